#include "snapshot/address_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "base/threads.h"
#include "flows/feature_blocks.h"
#include "snapshot/schema.h"
#include "snapshot/snapshot.h"
#include "snapshot/window_rows.h"

namespace aml::snapshot {

namespace {

constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();

// Moments of amounts can be larger than 32 bits hold.
float narrowed(double value) {
  constexpr auto kMost = static_cast<double>(std::numeric_limits<float>::max());
  return static_cast<float>(std::clamp(value, -kMost, kMost));  // NaN stays
}

// Numbers that mean something by themselves: no keys, times and lists, and not the community, whose
// number is a name.
const std::vector<std::string>& table_columns() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Column& column : feature_columns()) {
      const bool is_number = column.kind == Kind::count || column.kind == Kind::number ||
                             column.kind == Kind::money || column.kind == Kind::flag;
      if (is_number && !column.is_required && column.name != "community_id") {
        all.push_back(column.name);
      }
    }
    return all;
  }();
  return names;
}

std::string select_list(const WindowExpression& expression) {
  std::string select = expression("community_id");
  for (const std::string& name : table_columns()) {
    select += fmt::format(", CAST({} AS DOUBLE)", expression(name.c_str()));
  }
  return select;
}

// What features.parquet says, by column and address of the graph.
struct AddressTable {
  AddressView::Block columns;
  std::vector<std::int64_t> communities;

  explicit AddressTable(std::size_t addresses)
      : columns(table_columns().size(), std::vector<float>(addresses, kUnknown)),
        communities(addresses, flows::kMissing) {}
};

AddressTable read_table(Snapshot& snapshot, const flows::Graph& graph, const Window& window) {
  AddressTable table(0);
  const auto take = [&](const Chunk& chunk, Places places) {
    const ColumnView communities = chunk.column(1);
    for (std::size_t row = 0; row < places.size(); ++row) {
      if (places[row] && !communities.is_null(row)) {
        table.communities[*places[row]] = communities.as_int64(row);
      }
    }
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      const ColumnView column = chunk.column(c + 2);
      for (std::size_t row = 0; row < places.size(); ++row) {
        if (places[row] && !column.is_null(row)) {
          table.columns[c][*places[row]] = narrowed(column.as_double(row));
        }
      }
    }
  };
  read_window(snapshot, graph, window,
              {select_list, [&] { table = AddressTable(graph.addresses()); }, take});
  return table;
}

bool is_learned(const flows::Definition& definition) {
  return definition.unit != flows::Unit::seconds;
}

// A column of the graph's features, in USD where it is money.
void take_column(const flows::Column& column, std::vector<float>& values) {
  const bool is_money = column.definition->unit == flows::Unit::usd ||
                        column.definition->unit == flows::Unit::usd_hours;
  const double unit = is_money ? static_cast<double>(flows::kUnitsPerUsd) : 1;
  for (const std::int64_t value : column.integers) {
    values.push_back(value == flows::kMissing ? kUnknown
                                              : narrowed(static_cast<double>(value) / unit));
  }
  for (const double value : column.numbers) values.push_back(narrowed(value));
}

}  // namespace

AddressView::AddressView(Snapshot& snapshot, const WindowFlows& flows)
    : snapshot_(&snapshot),
      threads_(snapshot.threads()),
      graph_(flows.kept),
      prepared_(flows.prepared) {
  for (std::size_t i = 0; i < flows.subject_ids.size(); ++i) {
    subjects_.push_back({flows.subject_ids[i], flows.addresses[i]});
  }
  AddressTable table = read_table(snapshot, *graph_, flows.window);
  table_ = std::move(table.columns);
  communities_ = numbered(table.communities);
}

std::vector<std::string> AddressView::names() {
  std::vector<std::string> names = table_columns();
  for (const flows::FeatureSet& set : flows::transfer_sets()) {
    for (const flows::Definition& one : set.definitions) {
      if (is_learned(one)) names.push_back("graph_" + std::string(one.name));
    }
  }
  return names;
}

std::vector<flows::Address> AddressView::all() const {
  std::vector<flows::Address> addresses;
  for (std::size_t i = 0; i < graph_->addresses(); ++i) {
    const auto address = static_cast<flows::Address>(i);
    if (!graph_->outgoing(address).empty() || !graph_->incoming(address).empty()) {
      addresses.push_back(address);
    }
  }
  return addresses;
}

void AddressView::read(std::span<const flows::Address> addresses,
                       const std::function<void(std::size_t, const Block&)>& take) const {
  std::vector<flows::Filler> fillers;
  for (const flows::FeatureSet& set : flows::transfer_sets()) fillers.push_back(prepared_->of(set));
  flows::FeatureBlocks blocks(std::move(fillers), flows::transfer_sets(),
                              {addresses.begin(), addresses.end()});
  for (std::size_t first = 0; first < addresses.size();) {
    throw_if_stop_requested();
    const std::vector<flows::Columns>& computed = blocks.block(first);
    const std::size_t rows = blocks.rows();
    Block block;
    for (const std::vector<float>& column : table_) {
      std::vector<float>& values = block.emplace_back();
      values.reserve(rows);
      for (std::size_t i = 0; i < rows; ++i) values.push_back(column[addresses[first + i]]);
    }
    for (const flows::Columns& set : computed) {
      for (const flows::Column& column : set) {
        if (!is_learned(*column.definition)) continue;
        std::vector<float>& values = block.emplace_back();
        values.reserve(rows);
        take_column(column, values);
      }
    }
    take(first, block);
    first += rows;
  }
}

void visit_addresses(Snapshot& snapshot, const AddressVisitor& visitor) {
  snapshot.day_flows().for_each_window([&](const WindowFlows& flows) {
    if (flows.graph.edges() > 0) visitor(AddressView(snapshot, flows));
  });
}

}  // namespace aml::snapshot
