#include "evidence/flow_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/error.h"
#include "snapshot/data_files.h"
#include "snapshot/money_flows.h"
#include "sot/snapshot.h"

namespace aml::evidence {

namespace {

constexpr double kUnitsPerUsd = 1e4;

// The file's rows as source, dest, transfers, amount in USD, first and last second.
std::string flows_query(Connection& connection, const snapshot::ParquetSource& source) {
  const snapshot::FlowColumns flow = snapshot::flow_columns(connection, source);
  return fmt::format("SELECT {}, {}, {}, CAST({} AS DOUBLE), {}, {} FROM {} r", flow.source,
                     flow.dest, flow.transfers, flow.amount, flow.first_second, flow.last_second,
                     source.table());
}

// Within the numbers that 32 bits hold; 0 for what is missing.
std::uint32_t small(const ColumnView& column, std::size_t row) {
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  if (column.is_null(row)) return 0;
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(column.as_int64(row), 0, kMost));
}

void add_to(Flow& sum, const Flow& flow) {
  const auto earlier = [](std::uint32_t a, std::uint32_t b) {
    return a == 0 || b == 0 ? std::max(a, b) : std::min(a, b);
  };
  sum.transfers = saturating_sum(sum.transfers, flow.transfers);
  sum.amount = saturating_sum(sum.amount, flow.amount);
  sum.first_second = earlier(sum.first_second, flow.first_second);
  sum.last_second = std::max(sum.last_second, flow.last_second);
}

// Sorts by both ends and sums up flows that share them.
void sum_up(std::vector<Flow>& flows) {
  const auto key = [](const Flow& flow) { return std::uint64_t{flow.source} << 32 | flow.dest; };
  std::sort(flows.begin(), flows.end(),
            [&](const Flow& a, const Flow& b) { return key(a) < key(b); });
  auto last = flows.begin();
  for (auto flow = flows.begin(); flow != flows.end(); ++flow) {
    if (flow == flows.begin()) continue;
    if (key(*last) == key(*flow)) {
      add_to(*last, *flow);
    } else {
      *++last = *flow;
    }
  }
  if (!flows.empty()) flows.erase(last + 1, flows.end());
  flows.shrink_to_fit();
}

}  // namespace

std::uint64_t flow_file_bytes(const snapshot::Snapshot& input) {
  return snapshot::data_size(input.directory() / sot::kMoneyFlowsFile);
}

FlowIndex::FlowIndex(const std::vector<std::string>& addresses, std::vector<Flow> flows)
    : flows_(std::move(flows)) {
  const std::vector<std::string_view> views(addresses.begin(), addresses.end());
  std::vector<std::uint32_t> numbers(views.size());
  addresses_.number(views, numbers);
  arrange();
}

FlowIndex::FlowIndex(snapshot::Snapshot& input, std::size_t max_bytes) {
  const snapshot::ParquetSource& source = input.source(snapshot::File::money_flows);
  const auto rows = static_cast<std::size_t>(source.rows());
  if (rows * sizeof(Flow) > max_bytes || rows > std::numeric_limits<std::uint32_t>::max()) {
    throw Error(ErrorKind::unavailable,
                fmt::format("{} of {} has {} rows, too many for this server's memory: serve with a "
                            "larger --cache-mb",
                            source.file_name(), input.directory().filename().string(), rows));
  }
  flows_.reserve(rows);
  QueryResult result = input.connection().stream(flows_query(input.connection(), source));
  while (const auto chunk = result.next()) add(*chunk);
  arrange();
}

// What has no ends or no amount is no flow.
void FlowIndex::add(const Chunk& chunk) {
  const ColumnView from = chunk.column(0);
  const ColumnView to = chunk.column(1);
  const ColumnView transfers = chunk.column(2);
  const ColumnView amount = chunk.column(3);
  const ColumnView first = chunk.column(4);
  const ColumnView last = chunk.column(5);
  std::vector<std::size_t> rows;
  std::vector<std::string_view> ends;  // source and dest of each row
  for (std::size_t row = 0; row < chunk.rows(); ++row) {
    if (from.is_null(row) || to.is_null(row) || amount.is_null(row)) continue;
    rows.push_back(row);
    ends.push_back(from.as_text(row));
    ends.push_back(to.as_text(row));
  }
  std::vector<std::uint32_t> numbers(ends.size());
  addresses_.number(ends, numbers);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t row = rows[i];
    flows_.push_back({numbers[2 * i], numbers[2 * i + 1], small(transfers, row), small(first, row),
                      small(last, row), std::llround(amount.as_double(row) * kUnitsPerUsd)});
  }
}

void FlowIndex::arrange() {
  sum_up(flows_);
  const std::size_t count = addresses_.size();
  outgoing_begin_.assign(count + 1, 0);
  incoming_begin_.assign(count + 1, 0);
  for (const Flow& flow : flows_) {
    ++outgoing_begin_[flow.source + 1];
    ++incoming_begin_[flow.dest + 1];
  }
  for (std::size_t i = 0; i < count; ++i) {
    outgoing_begin_[i + 1] += outgoing_begin_[i];
    incoming_begin_[i + 1] += incoming_begin_[i];
  }
  incoming_.resize(flows_.size());
  std::vector<std::uint32_t> next(incoming_begin_.begin(), incoming_begin_.end() - 1);
  for (std::uint32_t i = 0; i < flows_.size(); ++i) incoming_[next[flows_[i].dest]++] = i;
}

std::size_t FlowIndex::bytes() const {
  return flows_.capacity() * sizeof(Flow) + addresses_.bytes() +
         (outgoing_begin_.size() + incoming_begin_.size() + incoming_.size()) *
             sizeof(std::uint32_t);
}

std::span<const Flow> FlowIndex::outgoing(std::uint32_t address) const {
  return {flows_.data() + outgoing_begin_[address], flows_.data() + outgoing_begin_[address + 1]};
}

std::span<const std::uint32_t> FlowIndex::incoming(std::uint32_t address) const {
  return {incoming_.data() + incoming_begin_[address],
          incoming_.data() + incoming_begin_[address + 1]};
}

}  // namespace aml::evidence
