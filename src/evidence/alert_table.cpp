#include "evidence/alert_table.h"

#include <fmt/format.h>

#include <array>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "evidence/input_tables.h"
#include "evidence/json_column.h"
#include "results/rows.h"
#include "snapshot/data_files.h"

namespace aml::evidence {

namespace {

using Form = JsonColumn::Form;
using snapshot::File;

struct TableColumn {
  const char* name;
  const char* sql;
  Form form;
  const char* input;            // the file it comes from; null: the batch
  bool may_be_missing = false;  // then it is left out; others are null
};

constexpr std::array kColumns{
    TableColumn{"alert_id", "s.alert_id", Form::text, nullptr},
    TableColumn{"rank", "k.rank", Form::integer, nullptr},
    TableColumn{"score", "s.score", Form::number, nullptr},
    TableColumn{"rank_score", "k.score", Form::number, nullptr},
    // Four decimals: for a page that adds them up, and half the bytes.
    TableColumn{"probability", "round(s.probability, 4)", Form::number, nullptr, true},
    TableColumn{"sanctioned", "CAST(s.sanctioned AS BIGINT)", Form::integer, nullptr, true},
    TableColumn{"address", "a.address", Form::text, sot::kAlertsFile},
    TableColumn{"typology_type", "a.typology_type", Form::dictionary, sot::kAlertsFile},
    TableColumn{"severity", "a.severity", Form::dictionary, sot::kAlertsFile},
    TableColumn{"suspected_address_type", "a.suspected_address_type", Form::dictionary,
                sot::kAlertsFile},
    TableColumn{"risk_indicators", "array_to_string(list_sort(a.risk_indicators), ',')",
                Form::dictionary, sot::kAlertsFile},
    TableColumn{"volume_usd", "CAST(a.volume_usd AS DOUBLE)", Form::number, sot::kAlertsFile},
    TableColumn{"alert_confidence_score", "a.alert_confidence_score", Form::number,
                sot::kAlertsFile},
    TableColumn{"assets", "f.assets", Form::dictionary, sot::kFeaturesFile, true},
    TableColumn{"cluster_id", "m.cluster_id", Form::dictionary, sot::kClustersFile},
};

// "read", "absent" or "unreadable".
const char* try_to_read(bool is_there, const std::function<void()>& read) {
  if (!is_there) return "absent";
  try {
    read();
    return "read";
  } catch (const Error& error) {
    if (!is_fault_of_input(error)) throw;
    log::warning(error.what());
    return "unreadable";
  }
}

// Whether the alerts are those that the batch was made from: "true", "false", "null" for unknown.
const char* is_same_snapshot(const snapshot::Snapshot& input, const results::Metadata& metadata) {
  const auto expected = metadata.input_sha256.find(sot::kAlertsFile);
  if (!input.has(File::alerts) || expected == metadata.input_sha256.end()) return "null";
  try {
    return snapshot::verified_sha256(input.directory() / sot::kAlertsFile, {}) == expected->second
               ? "true"
               : "false";
  } catch (const Error& error) {
    log::warning(error.what());
    return "null";
  }
}

struct InputStates {
  std::string_view alerts;
  std::string_view clusters;
  std::string_view flows;
  std::string_view assets;  // features.parquet, of which nothing else is read

  // Of the file of that name.
  std::string_view of(std::string_view file) const {
    if (file == sot::kAlertsFile) return alerts;
    return file == sot::kClustersFile ? clusters : assets;
  }
};

InputStates read_inputs(snapshot::Snapshot& input) {
  InputStates states;
  states.alerts = try_to_read(input.has(File::alerts), [&] { make_alerts(input); });
  states.clusters = try_to_read(input.has(File::clusters), [&] { make_memberships(input); });
  states.flows = try_to_read(input.has(File::money_flows), [&] { input.open(File::money_flows); });
  states.assets = try_to_read(input.has(File::features) && states.alerts == "read",
                              [&] { make_assets(input); });
  return states;
}

std::string table_query(const std::filesystem::path& batch, const InputStates& states,
                        std::string_view columns) {
  std::string sql = fmt::format("SELECT {} FROM {} s LEFT JOIN {} k ON k.alert_id = s.alert_id",
                                columns, published(batch, results::kAlertsScoredFile),
                                published(batch, results::kAlertsRankedFile));
  if (states.alerts == "read") sql += " LEFT JOIN input_alerts a ON a.alert_id = s.alert_id";
  if (states.assets == "read") sql += " LEFT JOIN input_assets f ON f.address = a.address";
  if (states.clusters == "read") {
    sql += fmt::format(
        " LEFT JOIN (SELECT m.alert_id, m.cluster_id FROM memberships m LEFT JOIN {} c "
        "ON c.cluster_id = m.cluster_id QUALIFY row_number() OVER (PARTITION BY m.alert_id "
        "ORDER BY c.score DESC NULLS LAST, m.cluster_id) = 1) m ON m.alert_id = s.alert_id",
        published(batch, results::kClustersScoredFile));
  }
  return sql + " ORDER BY k.rank NULLS LAST, s.alert_id";
}

// Whether the batch has a column that not every one has.
bool has_column(Connection& connection, const std::filesystem::path& batch, const char* name) {
  return connection.query_int(
             fmt::format("SELECT count(*) FROM parquet_schema({}) WHERE name = '{}'",
                         sql_path(batch / results::kAlertsScoredFile), name)) > 0;
}

// As what the alerts' addresses are known; nothing where the batch, or the input, does not say.
class KnownColumn {
 public:
  // `addresses`: which of the result's columns has them.
  KnownColumn(const KnownAddresses& known, std::optional<std::size_t> addresses)
      : known_(known), addresses_(known.is_told() ? addresses : std::nullopt) {}

  void append(const Chunk& chunk) {
    if (!addresses_) return;
    const ColumnView addresses = chunk.column(*addresses_);
    for (std::size_t row = 0; row < chunk.rows(); ++row) {
      values_.append(known_.categories(addresses.text_or_empty(row)));
    }
  }
  std::string member() const { return addresses_ ? ",\"known_as\":" + values_.json() : ""; }

 private:
  const KnownAddresses& known_;
  std::optional<std::size_t> addresses_;
  JsonColumn values_{Form::dictionary};
};

std::optional<std::size_t> place_of(std::string_view name,
                                    const std::vector<const TableColumn*>& columns) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i]->name == name) return i;
  }
  return std::nullopt;
}

std::string columns_json(Connection& connection, const std::filesystem::path& batch,
                         const InputStates& states, const KnownAddresses& known) {
  std::vector<const TableColumn*> present;
  std::string select;
  for (const TableColumn& column : kColumns) {
    const bool is_there =
        (column.input == nullptr &&
         (!column.may_be_missing || has_column(connection, batch, column.name))) ||
        (column.input != nullptr && states.of(column.input) == "read");
    if (!is_there) continue;
    present.push_back(&column);
    select += fmt::format("{}{}", select.empty() ? "" : ", ", column.sql);
  }
  std::vector<JsonColumn> values;
  for (const TableColumn* column : present) values.emplace_back(column->form);
  KnownColumn known_as(known, place_of("address", present));
  QueryResult result = connection.query(table_query(batch, states, select));
  while (const auto chunk = result.next()) {
    known_as.append(*chunk);
    for (std::size_t i = 0; i < values.size(); ++i) values[i].append(chunk->column(i));
  }
  std::string json;
  std::size_t next = 0;
  for (const TableColumn& column : kColumns) {
    const bool is_there = next < present.size() && present[next] == &column;
    if (!is_there && column.may_be_missing) continue;
    json += fmt::format("{}\"{}\":{}", json.empty() ? "" : ",", column.name,
                        is_there ? values[next].json() : "null");
    if (is_there) ++next;
  }
  return json + known_as.member();
}

}  // namespace

std::string alert_table(snapshot::Snapshot& input, const std::filesystem::path& batch,
                        const results::Metadata& metadata, const KnownAddresses& known) {
  const InputStates states = read_inputs(input);
  return fmt::format(
      "\"inputs\":{{\"alerts\":\"{}\",\"clusters\":\"{}\",\"money_flows\":\"{}\","
      "\"same_snapshot\":{}}},\"columns\":{{{}}}",
      states.alerts, states.clusters, states.flows, is_same_snapshot(input, metadata),
      columns_json(input.connection(), batch, states, known));
}

}  // namespace aml::evidence
