#include "evidence/alert_record.h"

#include <fmt/format.h>

#include <iterator>
#include <span>
#include <utility>

#include "base/error.h"
#include "base/json_text.h"
#include "base/log.h"
#include "evidence/input_tables.h"
#include "known/kept_day.h"
#include "results/rows.h"
#include "snapshot/tables.h"

namespace aml::evidence {

namespace {

enum class Form { text, integer, number, list };  // list: a VARCHAR[], at most kMaxMembers

struct Member {
  const char* name;
  Form form;
  const char* sql = nullptr;  // where it is more than the column of that name
};

constexpr Member kAlertMembers[] = {
    {"alert_id", Form::text},
    {"address", Form::text},
    {"window_days", Form::integer},
    {"typology_type", Form::text},
    {"pattern_id", Form::text},
    {"pattern_type", Form::text},
    {"severity", Form::text},
    {"suspected_address_type", Form::text},
    {"suspected_address_subtype", Form::text},
    {"alert_confidence_score", Form::number},
    {"description", Form::text},
    {"volume_usd", Form::number},
    {"evidence_json", Form::text},
    {"risk_indicators", Form::list},
};

constexpr Member kClusterMembers[] = {
    {"cluster_id", Form::text},
    {"score", Form::number, "s.score"},
    {"cluster_type", Form::text},
    {"primary_address", Form::text},
    {"pattern_id", Form::text},
    {"primary_alert_id", Form::text},
    {"total_alerts", Form::integer},
    {"total_volume_usd", Form::number},
    {"severity_max", Form::text},
    {"confidence_avg", Form::number},
    {"earliest_alert_timestamp", Form::integer, "c.earliest_alert_timestamp * 1000"},
    {"latest_alert_timestamp", Form::integer, "c.latest_alert_timestamp * 1000"},
    {"related_alert_ids", Form::list},
    {"addresses_involved", Form::list},
};

constexpr Member kAddressMembers[] = {
    {"alert_id", Form::text},           {"rank", Form::integer, "k.rank"},
    {"score", Form::number, "s.score"}, {"typology_type", Form::text},
    {"severity", Form::text},           {"volume_usd", Form::number},
};

std::string select_list(std::span<const Member> members) {
  std::string list;
  for (const Member& member : members) {
    std::string sql =
        member.sql == nullptr ? fmt::format("c.{}", member.name) : std::string(member.sql);
    if (member.form == Form::number) sql = fmt::format("CAST({} AS DOUBLE)", sql);
    if (member.form == Form::list) {
      sql = fmt::format("CAST(to_json(list_slice({}, 1, {})) AS VARCHAR)", sql, kMaxMembers);
    }
    list += (list.empty() ? "" : ", ") + sql;
  }
  return list;
}

void append_value(std::string& json, Form form, const ColumnView& column, std::size_t row) {
  if (column.is_null(row)) {
    json += "null";
  } else if (form == Form::text) {
    append_json_text(json, column.as_text(row));
  } else if (form == Form::list) {
    json += column.as_text(row);
  } else if (form == Form::number) {
    append_json_number(json, column.as_double(row));
  } else {
    fmt::format_to(std::back_inserter(json), "{}", column.as_int64(row));
  }
}

// "name":value,… of one row.
void append_members(std::string& json, std::span<const Member> members, const Chunk& chunk,
                    std::size_t row) {
  for (std::size_t i = 0; i < members.size(); ++i) {
    json += fmt::format("{}\"{}\":", i == 0 ? "" : ",", members[i].name);
    append_value(json, members[i].form, chunk.column(i), row);
  }
}

// Rows as a JSON array of objects.
std::string rows_json(QueryResult result, std::span<const Member> members) {
  std::string json = "[";
  while (const auto chunk = result.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      json += json.back() == '[' ? "{" : ",{";
      append_members(json, members, *chunk, row);
      json += '}';
    }
  }
  return json + "]";
}

std::string clusters_json(snapshot::Snapshot& input, const std::filesystem::path& batch,
                          const std::string& alert_id) {
  const std::string clusters = input.clusters(snapshot::cluster_columns());
  QueryResult result =
      input.source(snapshot::File::clusters)
          .query(
              input.connection(),
              fmt::format("SELECT {0} FROM ({1}) c LEFT JOIN {2} s ON s.cluster_id = c.cluster_id "
                          "WHERE list_contains({3}, {4}) "
                          "ORDER BY s.score DESC NULLS LAST, c.cluster_id LIMIT {5}",
                          select_list(kClusterMembers), clusters,
                          published(batch, results::kClustersScoredFile), snapshot::kClusterMembers,
                          sql_text(alert_id), kMaxClusters));
  return rows_json(std::move(result), kClusterMembers);
}

}  // namespace

std::optional<std::string> alert_record(snapshot::Snapshot& input,
                                        const std::filesystem::path& batch,
                                        const std::string& alert_id, KnownMentions& mentions) {
  const std::string alert = input.alerts(snapshot::alert_columns(), alert_id);
  QueryResult result =
      input.source(snapshot::File::alerts)
          .query(input.connection(),
                 fmt::format("SELECT {} FROM ({}) c", select_list(kAlertMembers), alert));
  const auto chunk = result.next();
  if (!chunk || chunk->rows() == 0) return std::nullopt;
  std::string json;
  append_members(json, kAlertMembers, *chunk, 0);
  constexpr std::size_t kAddress = 1;
  mentions.add(chunk->column(kAddress).text_or_empty(0));
  json += ",\"clusters\":";
  if (!input.has(snapshot::File::clusters)) return json + "null";
  try {
    return json + clusters_json(input, batch, alert_id);
  } catch (const Error& error) {
    if (!is_fault_of_input(error)) throw;
    log::warning(error.what());
    return json + "null";
  }
}

std::string alerts_of_address(snapshot::Snapshot& input, const std::filesystem::path& batch,
                              const std::string& address) {
  const std::string alerts = input.alerts(snapshot::alert_columns());
  return rows_json(
      input.source(snapshot::File::alerts)
          .query(input.connection(),
                 fmt::format("SELECT {} FROM ({}) c JOIN {} s ON s.alert_id = c.alert_id LEFT JOIN "
                             "{} k ON k.alert_id = c.alert_id WHERE c.address = {} "
                             "ORDER BY k.rank NULLS LAST, c.alert_id LIMIT {}",
                             select_list(kAddressMembers), alerts,
                             published(batch, results::kAlertsScoredFile),
                             published(batch, results::kAlertsRankedFile), sql_text(address),
                             kMaxAlerts)),
      kAddressMembers);
}

std::string kept_alerts_of_address(snapshot::Snapshot& session, const std::filesystem::path& kept,
                                   const std::string& address) {
  const snapshot::ParquetSource source(session.connection(), kept);
  const std::string table = known::kept_table(kept);
  return rows_json(
      source.query(session.connection(),
                   fmt::format("SELECT {} FROM {} c JOIN {} s ON s.alert_id = c.alert_id JOIN {} k "
                               "ON k.alert_id = c.alert_id WHERE c.address = {} AND c.score IS NOT "
                               "NULL ORDER BY k.rank NULLS LAST, c.alert_id LIMIT {}",
                               select_list(kAddressMembers), table, table, table, sql_text(address),
                               kMaxAlerts)),
      kAddressMembers);
}

}  // namespace aml::evidence
