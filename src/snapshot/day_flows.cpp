#include "snapshot/day_flows.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "flows/make_graph.h"
#include "snapshot/flow_columns.h"
#include "snapshot/snapshot.h"

namespace aml::snapshot {

namespace {

std::uint32_t second_of(std::int64_t second) {
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(second, 0, kMost));
}

// Reads what `part` says: a period, or nothing, or a part of the addresses.
template <typename Part>
flows::Graph read_file(Snapshot& snapshot, const Part& part) {
  Findings& findings = snapshot.findings();
  const ParquetSource& source = snapshot.source(File::money_flows);
  findings.input_rows["money_flows"] = source.rows();
  flows::Graph graph = read_flow_graph(snapshot.connection(), source, snapshot.threads(), part);
  findings.flow_counts = flows::named(graph.counts());
  return graph;
}

flows::Graph read_graph(Snapshot& snapshot, const std::optional<flows::Period>& period) {
  if (snapshot.has(File::money_flows)) return read_file(snapshot, period);
  snapshot.findings().warnings.push_back(
      fmt::format("{} is missing: features of money flows are empty", sot::kMoneyFlowsFile));
  return flows::make_graph({}, 1);
}

bool has_transfers(const flows::Graph& graph, flows::Address address) {
  return !graph.outgoing(address).empty() || !graph.incoming(address).empty();
}

}  // namespace

DayFlows::DayFlows(Snapshot& snapshot, const std::optional<flows::Period>& period)
    : snapshot_(snapshot),
      graph_(std::make_shared<const flows::Graph>(read_graph(snapshot, period))),
      span_(graph_->span()) {
  find_windows();
}

DayFlows::DayFlows(Snapshot& snapshot, const flows::AddressPart& part)
    : snapshot_(snapshot),
      graph_(std::make_shared<const flows::Graph>(read_file(snapshot, part))),
      part_(part),
      span_(graph_->span()),
      // That an alert has no transfers says nothing of a part.
      is_looked_at_(true) {
  find_windows();
}

void DayFlows::find_windows() {
  QueryResult rows = snapshot_.connection().query(
      "SELECT window_days, CAST(processing_date AS VARCHAR), window_start_second, "
      "window_end_second, count(*) FROM subjects GROUP BY window_days, processing_date, "
      "window_start_second, window_end_second ORDER BY count(*) DESC, "
      "window_days ASC, processing_date ASC");
  std::int64_t left_out = 0;
  while (const std::optional<Chunk> chunk = rows.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      if (windows_.size() == kMostFlowWindows) {
        left_out += chunk->column(4).as_int64(row);
        continue;
      }
      windows_.push_back(
          {{chunk->column(0).as_int64(row), std::string(chunk->column(1).as_text(row))},
           {second_of(chunk->column(2).as_int64(row)), second_of(chunk->column(3).as_int64(row))}});
    }
  }
  if (left_out > 0 && graph_->edges() > 0) {
    snapshot_.findings().warnings.push_back(
        fmt::format("{} addresses are of other windows than the {} with the most: they have no "
                    "features of money flows",
                    left_out, kMostFlowWindows));
  }
}

// Adds the window's subjects that have transfers.
void DayFlows::find_subjects(WindowFlows& flows) const {
  QueryResult rows = snapshot_.connection().query(
      fmt::format("SELECT subject_id, address FROM subjects WHERE window_days = {} AND "
                  "processing_date = DATE {} ORDER BY subject_id",
                  flows.window.days, sql_text(flows.window.date)));
  while (const std::optional<Chunk> chunk = rows.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      const auto address = flows.graph.find(chunk->column(1).as_text(row));
      if (!address || !has_transfers(flows.graph, *address)) continue;
      const bool is_others = part_ && !part_->owns(flows.graph.book().hash(*address));
      (is_others ? flows.other_subject_ids : flows.subject_ids)
          .push_back(chunk->column(0).as_int64(row));
      (is_others ? flows.other_addresses : flows.addresses).push_back(*address);
    }
  }
}

const WindowFlows& DayFlows::window_flows(std::size_t place) {
  if (newest_ && newest_place_ == place) return *newest_;
  newest_.reset();  // its memory first
  const auto& [window, period] = windows_[place];
  // Pairs that overlap the window count as a whole. Windows end with their processing date's last
  // second, because producers differ in whether that day itself belongs to the window.
  const bool is_whole =
      graph_->has_transfers() && period.begin <= span_.begin && span_.end <= period.end;
  std::shared_ptr<const flows::Graph> kept = graph_;
  if (!is_whole) kept = std::make_shared<const flows::Graph>(graph_->within(period));
  auto flows = std::make_unique<WindowFlows>(
      WindowFlows{window,
                  *kept,
                  {},
                  {},
                  kept,
                  std::make_shared<flows::PreparedSets>(kept, snapshot_.threads())});
  find_subjects(*flows);
  newest_ = std::move(flows);
  newest_place_ = place;
  return *newest_;
}

void DayFlows::for_each_window(const std::function<void(const WindowFlows&)>& use) {
  bool is_empty = true;
  for (std::size_t place = 0; place < windows_.size(); ++place) {
    const WindowFlows& flows = window_flows(place);
    is_empty &= flows.subject_ids.empty();
    use(flows);
  }
  const bool is_known = is_looked_at_ || windows_.empty() || graph_->counts().rows() == 0;
  is_looked_at_ = true;
  if (!is_known && is_empty) {
    snapshot_.findings().warnings.push_back(fmt::format(
        "{}: no transfer from or to an alerted address lies within its window; features of money "
        "flows are empty",
        sot::kMoneyFlowsFile));
  }
}

}  // namespace aml::snapshot
