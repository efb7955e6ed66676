#include "commands/flow_tables.h"

#include <numeric>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "flows/feature_blocks.h"
#include "snapshot/table_writer.h"

namespace aml::commands {

using snapshot::column_type;
using snapshot::TableChunk;
using snapshot::write_table;

void write_flow_features(const std::filesystem::path& file, const flows::Question& question,
                         std::span<const flows::FeatureSet> sets, const std::string& memory_limit) {
  std::vector<TableColumn> columns = {{"address", ColumnType::text}};
  for (const flows::FeatureSet& set : sets) {
    for (const flows::Definition& one : set.definitions) {
      columns.push_back({std::string(one.name), column_type(one.unit)});
    }
  }
  std::vector<flows::Address> addresses(question.graph.addresses());
  std::iota(addresses.begin(), addresses.end(), flows::Address{0});
  flows::FeatureBlocks blocks(question, sets, std::move(addresses));
  write_table(file, columns, question.graph.addresses(), memory_limit,
              [&](std::size_t first, std::size_t rows, TableChunk& chunk) {
                const auto& block = blocks.block(first);
                const std::size_t place = blocks.place(first);
                for (std::size_t row = 0; row < rows; ++row) {
                  chunk.text(0, row, question.graph.text(static_cast<flows::Address>(first + row)));
                }
                chunk.features(1, block, place, rows);
              });
}

void write_patterns(const std::filesystem::path& file, const flows::Graph& graph,
                    const flows::PatternList& list, const std::string& memory_limit) {
  const std::vector<TableColumn> columns = {{"pattern_id", ColumnType::text},
                                            {"pattern_type", ColumnType::text},
                                            {"way", ColumnType::int64},
                                            {"addresses", ColumnType::text_list},
                                            {"pattern_addresses", ColumnType::int64},
                                            {"transfers", ColumnType::int64},
                                            {"amount_usd", ColumnType::rounded_money},
                                            {"first_timestamp", ColumnType::int64},
                                            {"last_timestamp", ColumnType::int64}};
  struct Row {
    std::size_t pattern = 0;
    std::size_t way = 0;
  };
  std::vector<Row> ways;
  for (std::size_t i = 0; i < list.patterns.size(); ++i) {
    for (std::size_t way = 0; way < list.patterns[i].ways.size(); ++way) ways.push_back({i, way});
  }
  std::size_t named = list.patterns.size();  // the pattern that has `id` and `distinct`
  std::string id;
  std::int64_t distinct = 0;
  const auto milliseconds = [](std::uint32_t second) {
    return second == 0 ? flows::kMissing : std::int64_t{second} * 1000;
  };
  write_table(file, columns, ways.size(), memory_limit,
              [&](std::size_t first, std::size_t rows, TableChunk& chunk) {
                std::vector<std::int64_t> values[6];
                for (std::size_t row = 0; row < rows; ++row) {
                  const Row& at = ways[first + row];
                  const flows::Pattern& pattern = list.patterns[at.pattern];
                  if (named != at.pattern) {
                    named = at.pattern;
                    id = flows::pattern_id(graph, pattern);
                    std::set<flows::Address> all;
                    for (const auto& way : pattern.ways) all.insert(way.begin(), way.end());
                    distinct = static_cast<std::int64_t>(all.size());
                  }
                  chunk.text(0, row, id);
                  chunk.text(1, row, flows::name_of(pattern.type));
                  std::vector<std::string_view> names;
                  for (const flows::Address address : pattern.ways[at.way]) {
                    names.push_back(graph.text(address));
                  }
                  chunk.texts(3, row, names);
                  values[0].push_back(static_cast<std::int64_t>(at.way + 1));
                  values[1].push_back(distinct);
                  values[2].push_back(pattern.transfers);
                  values[3].push_back(pattern.amount);
                  values[4].push_back(milliseconds(pattern.first_second));
                  values[5].push_back(milliseconds(pattern.last_second));
                }
                constexpr std::size_t kPlaces[] = {2, 4, 5, 6, 7, 8};
                for (std::size_t i = 0; i < std::size(kPlaces); ++i) {
                  chunk.integers(kPlaces[i], values[i].data(), rows);
                }
              });
}

}  // namespace aml::commands
