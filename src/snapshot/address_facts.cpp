#include "snapshot/address_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/threads.h"
#include "flows/known.h"
#include "snapshot/address_text.h"
#include "snapshot/facts_sql.h"
#include "snapshot/percentiles.h"
#include "snapshot/schema.h"
#include "snapshot/snapshot.h"

namespace aml::snapshot {

namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

struct KindColumn {
  const char* name;
  flows::Kind kind;
};
constexpr KindColumn kKindColumns[] = {
    {"is_mixer_like", flows::kMixer},
    {"is_exchange_like", flows::kExchange},
    {"is_contract_like", flows::kContract},
    {"is_new_address", flows::kNew},
    {"is_dormant_reactivated", flows::kDormant},
};

struct QuantityColumn {
  const char* name;
  const char* meaning;
};
// Of features.parquet: few that say different things, since each gives four features and more.
constexpr QuantityColumn kQuantityColumns[] = {
    {"degree_total", "counterparties"},
    {"total_volume_usd", "volume in USD"},
    {"avg_tx_out_usd", "mean payment in USD"},
    {"flow_concentration", "concentration of its flows"},
    {"activity_days", "days with activity"},
    {"regularity_score", "regularity"},
    {"burst_factor", "peak by average activity"},
    {"reciprocity_ratio", "reciprocity"},
    {"velocity_score", "velocity"},
    {"structuring_score", "structuring"},
    {"night_transaction_ratio", "activity at night"},
    {"small_transaction_ratio", "small transactions"},
    {"pagerank", "PageRank"},
    {"clustering_coefficient", "clustering coefficient"},
    {"global_anomaly_score", "anomaly"},
    {"suspicious_pattern_score", "suspicious patterns"},
};

constexpr std::size_t kQuantities = std::size(kQuantityColumns);

// The values of a window's addresses as they are read.
struct Values {
  std::vector<std::uint8_t> kinds;
  std::vector<std::int64_t> communities;        // or kNoCommunity
  std::vector<std::vector<double>> quantities;  // by quantity and address

  explicit Values(std::size_t addresses)
      : kinds(addresses, 0),
        communities(addresses, flows::kMissing),
        quantities(kQuantities, std::vector<double>(addresses, kUnknown)) {}
};

// kinds, community_id, quantities.
std::string select_list(const WindowExpression& expression) {
  std::string select = fmt::format("{}, {}", kinds_sql(expression), expression("community_id"));
  for (const QuantityColumn& quantity : kQuantityColumns) {
    select += fmt::format(", CAST({} AS DOUBLE)", expression(quantity.name));
  }
  return select;
}

Values read_values(Snapshot& snapshot, const flows::Graph& graph, const Window& window) {
  Values values(0);
  const auto take = [&](const Chunk& chunk, Places places) {
    const ColumnView kinds = chunk.column(1);
    const ColumnView communities = chunk.column(2);
    for (std::size_t row = 0; row < places.size(); ++row) {
      if (!places[row]) continue;
      values.kinds[*places[row]] = static_cast<std::uint8_t>(kinds.as_int64(row));
      if (!communities.is_null(row)) values.communities[*places[row]] = communities.as_int64(row);
    }
    for (std::size_t q = 0; q < kQuantities; ++q) {
      const ColumnView column = chunk.column(3 + q);
      for (std::size_t row = 0; row < places.size(); ++row) {
        if (places[row] && !column.is_null(row)) {
          values.quantities[q][*places[row]] = column.as_double(row);
        }
      }
    }
  };
  read_window(snapshot, graph, window,
              {select_list, [&] { values = Values(graph.addresses()); }, take});
  return values;
}

std::vector<std::uint32_t> count_alerts(Snapshot& snapshot, const flows::Graph& graph,
                                        const Window& window) {
  std::vector<std::uint32_t> alerts(graph.addresses(), 0);
  QueryResult rows = snapshot.connection().query(
      fmt::format("SELECT s.address, count(*) FROM alerts a JOIN subjects s ON s.subject_id = "
                  "a.subject_id WHERE s.window_days = {} AND s.processing_date = DATE {} "
                  "GROUP BY s.address",
                  window.days, sql_text(window.date)));
  while (const std::optional<Chunk> chunk = rows.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      const auto address = graph.find(chunk->column(0).as_text(row));
      if (address) alerts[*address] = static_cast<std::uint32_t>(chunk->column(1).as_int64(row));
    }
  }
  return alerts;
}

// By address the categories that known_addresses has it in; empty where that table is.
std::vector<std::uint16_t> read_known(Snapshot& snapshot, const flows::Graph& graph) {
  std::unordered_map<std::string, std::uint16_t> categories;
  QueryResult rows =
      snapshot.connection().query("SELECT DISTINCT address, category FROM known_addresses");
  while (const std::optional<Chunk> chunk = rows.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      const auto* const name = std::find(flows::kKnownNames.begin(), flows::kKnownNames.end(),
                                         chunk->column(1).as_text(row));
      if (name == flows::kKnownNames.end()) continue;
      categories[std::string(chunk->column(0).as_text(row))] |=
          flows::bit(static_cast<flows::KnownCategory>(name - flows::kKnownNames.begin()));
    }
  }
  if (categories.empty()) return {};
  std::vector<std::uint16_t> known(graph.addresses(), 0);
  for (std::size_t i = 0; i < known.size(); ++i) {
    const auto found = categories.find(comparable(graph.text(static_cast<flows::Address>(i))));
    if (found != categories.end()) known[i] = found->second;
  }
  return known;
}

}  // namespace

std::string kinds_sql(const WindowExpression& expression) {
  std::string sum = "0";
  for (const auto& [name, kind] : kKindColumns) {
    sum += fmt::format(" + coalesce({}, 0) * {}", expression(name), flows::bit(kind));
  }
  return fmt::format("CAST({} AS BIGINT)", sum);
}

std::string more_facts_sql(Engine engine, const WindowExpression& expression) {
  std::string list = ", " + expression("community_id") + " AS community";
  for (std::size_t q = 0; q < kQuantities; ++q) {
    const std::string name = kQuantityColumns[q].name;
    const std::string value = expression(name.c_str());
    const bool is_money = column_named(feature_columns(), name).kind == Kind::money;
    // DuckDB's own cast is what read_values() has.
    list +=
        fmt::format(", {} AS q_{}",
                    is_money && engine == Engine::spark ? decimal_as_double(engine, value, 22, 6)
                                                        : fmt::format("CAST({} AS DOUBLE)", value),
                    q);
  }
  return list;
}

std::vector<std::uint32_t> numbered(const std::vector<std::int64_t>& communities) {
  std::vector<std::int64_t> names(communities);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::vector<std::uint32_t> numbers(communities.size(), flows::kNoCommunity);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (communities[i] == flows::kMissing) continue;
    numbers[i] = static_cast<std::uint32_t>(
        std::lower_bound(names.begin(), names.end(), communities[i]) - names.begin());
  }
  return numbers;
}

flows::Facts no_address_facts() {
  flows::Facts facts;
  for (const auto& [name, meaning] : kQuantityColumns) {
    facts.quantities.push_back({name, meaning, {}});
  }
  return facts;
}

flows::Facts read_address_facts(Snapshot& snapshot, const flows::Graph& graph, const Window& window,
                                FactNeeds needs) {
  flows::Facts facts = no_address_facts();
  if (needs.alerts) facts.alerts = count_alerts(snapshot, graph, window);
  if (needs.known) facts.known = read_known(snapshot, graph);
  if (!needs.features) return facts;
  Values values = read_values(snapshot, graph, window);
  facts.kinds = std::move(values.kinds);
  facts.communities = numbered(values.communities);
  parallel_blocks(kQuantities, 1, snapshot.threads(), [&](std::size_t begin, std::size_t end) {
    for (std::size_t q = begin; q < end; ++q) {
      facts.quantities[q].percentiles = percentiles(values.quantities[q]);
    }
  });
  return facts;
}

}  // namespace aml::snapshot
