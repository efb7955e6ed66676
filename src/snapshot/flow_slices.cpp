#include "snapshot/flow_slices.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/file_system.h"
#include "flows/feature_blocks.h"
#include "snapshot/day_flows.h"
#include "snapshot/money_flows.h"
#include "snapshot/snapshot.h"
#include "snapshot/table_writer.h"

namespace aml::snapshot {

namespace {

constexpr const char* kTable = "address_flows_slice";
constexpr const char* kRowsFile = kFlowSliceFiles[0];
constexpr const char* kSliceFile = kFlowSliceFiles[1];
constexpr std::int64_t kDay = 86400;

Date day_of(std::int64_t second) {
  return Date(std::chrono::sys_days(std::chrono::days(second / kDay)));
}

std::uint32_t clamped(std::int64_t second) {
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(second, 0, kMost));
}

// From the first to the last second of a window; {0, 0} where there are no subjects.
flows::Period all_windows(Snapshot& snapshot) {
  Connection& connection = snapshot.connection();
  snapshot.make(Table::subjects);
  return {
      clamped(connection.query_int("SELECT coalesce(min(window_start_second), 0) FROM subjects")),
      clamped(connection.query_int("SELECT coalesce(max(window_end_second), 0) FROM subjects"))};
}

// What a slice must have in common with the snapshot that takes it.
struct MadeOf {
  std::int64_t transfers = 0;
  std::int64_t subjects = 0;
  friend bool operator==(const MadeOf&, const MadeOf&) = default;
};

MadeOf made_of(Snapshot& snapshot) {
  snapshot.make(Table::subjects);
  return {snapshot.source(File::money_flows).rows(),
          snapshot.connection().query_int("SELECT count(*) FROM subjects")};
}

// A slice is added up by whole numbers; what is derived follows from the sums.
std::vector<TableColumn> columns_of(std::span<const flows::FeatureSet> sets) {
  std::vector<TableColumn> columns = {{"subject_id", ColumnType::int64}};
  for (const flows::FeatureSet& set : sets) {
    for (const flows::Definition& one : set.definitions) {
      if (one.merge == flows::Merge::derived) continue;
      columns.push_back({std::string(one.name), ColumnType::int64});
    }
  }
  return columns;
}

void add_window(Snapshot& snapshot, const WindowFlows& window,
                std::span<const flows::FeatureSet> sets, const flows::Period& owned,
                flows::Cuts& cuts) {
  const flows::Question question{
      .graph = window.graph, .owned = owned, .threads = snapshot.threads(), .cuts = &cuts};
  flows::FeatureBlocks blocks(question, sets, window.addresses);
  append_rows(snapshot.connection(), kTable, columns_of(sets), window.subject_ids.size(),
              [&](std::size_t first, std::size_t rows, TableChunk& chunk) {
                chunk.integers(0, window.subject_ids.data() + first, rows);
                std::size_t column = 1;
                for (const flows::Columns& set : blocks.block(first)) {
                  for (const flows::Column& one : set) {
                    if (one.definition->merge == flows::Merge::derived) continue;
                    chunk.integers(column++, one.integers.data() + blocks.place(first), rows);
                  }
                }
              });
}

}  // namespace

flows::Period FlowSlice::period() const {
  const std::int64_t begin = first.epoch_ms() / 1000;
  return {clamped(begin), clamped(begin + days * kDay)};
}

bool is_sliceable(const flows::FeatureSet& set) {
  return std::none_of(
      set.definitions.begin(), set.definitions.end(),
      [](const flows::Definition& one) { return one.merge == flows::Merge::global; });
}

std::vector<flows::FeatureSet> sets_wanted(std::span<const flows::FeatureSet> sets,
                                           const ColumnNames& wanted) {
  std::vector<flows::FeatureSet> some;
  std::copy_if(sets.begin(), sets.end(), std::back_inserter(some),
               [&](const flows::FeatureSet& set) {
                 return !wanted || std::any_of(set.definitions.begin(), set.definitions.end(),
                                               [&](const flows::Definition& one) {
                                                 return wanted->contains(std::string(one.name));
                                               });
               });
  return some;
}

std::vector<FlowSlice> flow_slices(Snapshot& snapshot, int days) {
  if (!has_transfers_by_time(snapshot)) return {};
  const flows::Period all = all_windows(snapshot);
  if (all.end <= all.begin) return {};
  std::vector<FlowSlice> slices;
  for (Date first = day_of(all.begin); first.epoch_ms() / 1000 < all.end;
       first = first.plus_days(days)) {
    if (slices.size() == kMostFlowSlices) {
      throw Error(ErrorKind::usage,
                  fmt::format("the windows of this day's alerts have more than {} slices of {} "
                              "days: ask for longer ones",
                              kMostFlowSlices, days));
    }
    slices.push_back({first, days});
  }
  return slices;
}

void write_flow_slice(Snapshot& snapshot, const FlowSlice& slice, const ColumnNames& wanted,
                      const std::filesystem::path& folder) {
  if (!has_transfers_by_time(snapshot)) {
    throw Error(ErrorKind::usage,
                fmt::format("{} has no transfers by time, so nothing can be cut into slices",
                            snapshot.directory().string()));
  }
  const MadeOf of = made_of(snapshot);
  std::vector<flows::FeatureSet> sets = sets_wanted(flows::transfer_sets(), wanted);
  std::erase_if(sets, [](const flows::FeatureSet& set) { return !is_sliceable(set); });
  const flows::Period owned = slice.period();
  const std::int64_t halo = flows::halo_seconds(flows::Settings());
  DayFlows day(snapshot, flows::Period{clamped(owned.begin - halo), clamped(owned.end + halo)});
  Connection& connection = snapshot.connection();
  make_empty_table(connection, kTable, columns_of(sets));
  flows::Cuts cuts;
  day.for_each_window(
      [&](const WindowFlows& window) { add_window(snapshot, window, sets, owned, cuts); });
  const auto write = [&](const std::string& select, const char* name) {
    connection.run(fmt::format("COPY ({}) TO {} (FORMAT parquet, COMPRESSION zstd)", select,
                               sql_path(folder / name)));
  };
  write(fmt::format("SELECT * FROM {}", kTable), kRowsFile);
  write(fmt::format(
            "SELECT {} AS days, {} AS transfers, {} AS subjects, count(*) AS slice_rows, {} "
            "AS service_transfers, {} AS searches_cut_short FROM {}",
            slice.days, of.transfers, of.subjects, cuts.service_transfers, cuts.searches, kTable),
        kSliceFile);
  connection.run(fmt::format("DROP TABLE {}", kTable));
}

FlowSlices::FlowSlices(Snapshot& snapshot, const std::filesystem::path& folder)
    : snapshot_(snapshot) {
  for (const std::filesystem::path& path : list_folder(folder)) {
    const std::string name = path.filename().string();
    if (name.starts_with('.')) continue;  // what a slice is staged with
    const std::optional<Date> first = Date::parse(name);
    if (!first) {
      throw Error(ErrorKind::bad_input,
                  fmt::format("{} is no slice of the flow graph: they are named after their first "
                              "day",
                              path.string()));
    }
    add(path, *first);
  }
  require_whole(folder);
}

void FlowSlices::add(const std::filesystem::path& folder, const Date& first) {
  Connection& connection = snapshot_.connection();
  const ParquetSource source(connection, folder / kSliceFile);
  QueryResult result = source.query(
      connection, fmt::format("SELECT CAST(days AS BIGINT), CAST(transfers AS BIGINT), "
                              "CAST(subjects AS BIGINT), CAST(slice_rows AS BIGINT), "
                              "CAST(service_transfers AS BIGINT), CAST(searches_cut_short AS "
                              "BIGINT) FROM {}",
                              source.table()));
  const std::optional<Chunk> chunk = result.next();
  const auto refuse = [&](const std::string& what) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{} {}: make the slice again", source.path().string(), what));
  };
  if (!chunk || chunk->rows() != 1) refuse("has not one row");
  std::int64_t values[6];
  for (std::size_t i = 0; i < std::size(values); ++i) {
    if (chunk->column(i).is_null(0)) refuse("says not all of what it was made of");
    values[i] = chunk->column(i).as_int64(0);
  }
  const MadeOf of = made_of(snapshot_);
  if (MadeOf{values[1], values[2]} != of) {
    refuse(
        fmt::format("is of {} transfers and {} addresses of alerts, where the snapshot has {} "
                    "and {}",
                    values[1], values[2], of.transfers, of.subjects));
  }
  const ParquetSource rows(connection, folder / kRowsFile, {.max_rows = snapshot_.max_rows()});
  if (rows.rows() != values[3]) {
    refuse(fmt::format("says {} rows, and {} has {}", values[3], kRowsFile, rows.rows()));
  }
  slices_.emplace(first, FlowSlice{first, static_cast<int>(values[0])});
  files_.push_back(rows.path());
  cuts_.service_transfers += values[4];
  cuts_.searches += values[5];
}

void FlowSlices::require_whole(const std::filesystem::path& folder) const {
  if (!has_transfers_by_time(snapshot_)) return;
  const flows::Period all = all_windows(snapshot_);
  std::uint32_t end = all.begin;
  for (const auto& [first, slice] : slices_) {
    const bool is_first = first == slices_.begin()->first;
    if (is_first ? slice.period().begin > all.begin : slice.period().begin != end) {
      throw Error(ErrorKind::bad_input,
                  fmt::format("{}: the slice of {} does not follow on the one before it",
                              folder.string(), first.text()));
    }
    end = slice.period().end;
  }
  if (end < all.end) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: there is no slice of {}", folder.string(), day_of(end).text()));
  }
}

flows::Columns FlowSlices::features(const flows::FeatureSet& set,
                                    std::span<const std::int64_t> subject_ids) const {
  flows::Columns sum = flows::empty_columns(set, subject_ids.size());
  std::vector<std::size_t> places;  // of the columns that are read
  std::string list;
  for (std::size_t i = 0; i < set.definitions.size(); ++i) {
    if (set.definitions[i].merge == flows::Merge::derived) continue;
    places.push_back(i);
    list += fmt::format(", CAST({} AS BIGINT)", sql_name(set.definitions[i].name));
  }
  Connection& connection = snapshot_.connection();
  for (const std::filesystem::path& file : files_) {
    const ParquetSource source(connection, file, {.max_rows = snapshot_.max_rows()});
    QueryResult rows = source.query(
        connection,
        fmt::format("SELECT CAST(subject_id AS BIGINT){} FROM {}", list, source.table()));
    flows::Columns part = flows::empty_columns(set, subject_ids.size());
    while (const std::optional<Chunk> chunk = rows.next()) {
      const ColumnView ids = chunk->column(0);
      for (std::size_t row = 0; row < chunk->rows(); ++row) {
        const auto found = std::ranges::lower_bound(subject_ids, ids.as_int64(row));
        // Of another window.
        if (found == subject_ids.end() || *found != ids.as_int64(row)) continue;
        const auto place = static_cast<std::size_t>(found - subject_ids.begin());
        for (std::size_t i = 0; i < places.size(); ++i) {
          const ColumnView column = chunk->column(i + 1);
          if (!column.is_null(row)) part[places[i]].integers[place] = column.as_int64(row);
        }
      }
    }
    flows::merge(sum, part);
  }
  set.derive(sum);
  return sum;
}

}  // namespace aml::snapshot
