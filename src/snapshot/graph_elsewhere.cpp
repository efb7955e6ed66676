#include "snapshot/graph_elsewhere.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/json_count.h"
#include "base/json_text.h"
#include "snapshot/address_parts.h"
#include "snapshot/snapshot.h"
#include "sot/snapshot.h"

namespace aml::snapshot {

namespace {

using Json = nlohmann::json;

constexpr const char* kFile = "graph.json";
constexpr std::size_t kMostGraphBytes = 64 << 10;
constexpr int kDeepestGraph = 16;

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& what) {
  throw Error(ErrorKind::bad_input,
              fmt::format("{} {}: make it again of what `aml-miner sql --json` prints",
                          path.string(), what));
}

Json read_object(const std::filesystem::path& path) {
  const std::string text = read_file(path, kMostGraphBytes);
  if (nests_deeper(text, kDeepestGraph)) refuse(path, "is nested too deep");
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) refuse(path, "is no JSON object");
  return json;
}

// A member that is an object of whole numbers that count something.
std::map<std::string, std::int64_t> numbers_of(const Json& object,
                                               const std::filesystem::path& path,
                                               const char* member) {
  std::map<std::string, std::int64_t> numbers;
  for (const auto& [name, number] : object.items()) {
    const std::optional<std::int64_t> count = count_in(number);
    if (!count) refuse(path, fmt::format("has {} that are no whole numbers from 0", member));
    numbers[name] = *count;
  }
  return numbers;
}

// The features of the row of a chunk, which has them from the second column on.
void take_row(const Chunk& chunk, std::size_t row, std::size_t place, flows::Columns& columns) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const ColumnView values = chunk.column(i + 1);
    if (values.is_null(row)) continue;
    if (flows::is_integer(columns[i].definition->unit)) {
      columns[i].integers[place] = values.as_int64(row);
    } else {
      columns[i].numbers[place] = values.as_double(row);
    }
  }
}

std::string select_list(const flows::FeatureSet& family) {
  std::string list = "CAST(subject_id AS BIGINT)";
  for (const flows::Definition& one : family.definitions) {
    list += fmt::format(", CAST({} AS {})", sql_name(one.name),
                        flows::is_integer(one.unit) ? "BIGINT" : "DOUBLE");
  }
  return list;
}

}  // namespace

std::string family_table(const flows::FeatureSet& family) {
  return fmt::format("family_{}", family.name);
}

GraphElsewhere::GraphElsewhere(Snapshot& snapshot, const std::filesystem::path& folder)
    : snapshot_(snapshot), folder_(folder) {
  const std::filesystem::path path = folder / kFile;
  const Json json = read_object(path);
  const auto made_of = json.find("snapshot_sha256");
  if (made_of == json.end() || !made_of->is_string()) refuse(path, "has no snapshot_sha256");
  const std::string sha256 = sot::snapshot_sha256(snapshot.hash_files());
  if (*made_of != sha256) {
    refuse(path, fmt::format("is of the snapshot {}, where this one is {}",
                             made_of->get<std::string>(), sha256));
  }
  const auto rows = json.find("rows");
  if (rows == json.end() || !rows->is_object()) {
    refuse(path, "has no object rows, which says what there is");
  }
  rows_ = numbers_of(*rows, path, "rows");
  const auto counts = json.find("flow_counts");
  if (counts == json.end()) return;
  if (!counts->is_object()) refuse(path, "has flow_counts that are no object");
  flow_counts_ = numbers_of(*counts, path, "flow_counts");
}

ParquetSource GraphElsewhere::open(const std::string& table) const {
  ParquetSource source(snapshot_.connection(), folder_ / (table + ".parquet"),
                       {.max_rows = snapshot_.max_rows()});
  if (source.rows() != rows_.at(table)) {
    refuse(source.path(),
           fmt::format("has {} rows where {} says {}", source.rows(), kFile, rows_.at(table)));
  }
  return source;
}

void GraphElsewhere::make(const std::string& table) const {
  const ParquetSource source = open(table);
  source.run(snapshot_.connection(),
             fmt::format("CREATE TABLE {} AS SELECT * FROM {}", table, source.table()));
}

std::vector<std::int64_t> GraphElsewhere::subjects() const {
  Connection& connection = snapshot_.connection();
  const ParquetSource source = open(kSubjectsOfFlows);
  std::vector<std::int64_t> subjects;
  QueryResult rows = source.query(
      connection,
      fmt::format("SELECT CAST(subject_id AS BIGINT) AS id FROM {} ORDER BY id", source.table()));
  while (const std::optional<Chunk> chunk = rows.next()) {
    const ColumnView ids = chunk->column(0);
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      if (ids.is_null(row)) refuse(source.path(), "has a row of no subject");
      if (!subjects.empty() && subjects.back() == ids.as_int64(row)) {
        refuse(source.path(), fmt::format("has subject {} twice", ids.as_int64(row)));
      }
      subjects.push_back(ids.as_int64(row));
    }
  }
  return subjects;
}

bool GraphElsewhere::has(const flows::FeatureSet& family) const {
  return rows_.contains(family_table(family));
}

flows::Columns GraphElsewhere::features(const flows::FeatureSet& family,
                                        std::span<const std::int64_t> subject_ids) const {
  const std::string name = family_table(family);
  Connection& connection = snapshot_.connection();
  const ParquetSource source = open(name);
  flows::Columns columns = flows::empty_columns(family, subject_ids.size());
  std::vector<bool> is_there(subject_ids.size(), false);
  QueryResult rows = source.query(
      connection, fmt::format("SELECT {} FROM {}", select_list(family), source.table()));
  while (const std::optional<Chunk> chunk = rows.next()) {
    const ColumnView ids = chunk->column(0);
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      if (ids.is_null(row)) refuse(source.path(), "has a row of no subject");
      const auto found = std::ranges::lower_bound(subject_ids, ids.as_int64(row));
      // Of another window.
      if (found == subject_ids.end() || *found != ids.as_int64(row)) continue;
      const auto place = static_cast<std::size_t>(found - subject_ids.begin());
      if (is_there[place]) refuse(source.path(), fmt::format("has subject {} twice", *found));
      is_there[place] = true;
      take_row(*chunk, row, place, columns);
    }
  }
  const auto missing = std::find(is_there.begin(), is_there.end(), false);
  if (missing != is_there.end()) {
    refuse(source.path(), fmt::format("lacks subject {}", subject_ids[missing - is_there.begin()]));
  }
  return columns;
}

}  // namespace aml::snapshot
