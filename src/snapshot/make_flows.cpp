// The tables of single money flows: flows, and subject_flows between two subjects.
#include <algorithm>
#include <vector>

#include "snapshot/day_flows.h"
#include "snapshot/snapshot.h"
#include "snapshot/table_writer.h"
#include "snapshot/tables.h"

namespace aml::snapshot {

namespace {

using flows::kMissing;

const std::vector<TableColumn> kFlowColumns = {
    {"subject_id", ColumnType::int64},         {"is_incoming", ColumnType::int64},
    {"counterparty", ColumnType::text},        {"transfers", ColumnType::int64},
    {"amount_usd", ColumnType::rounded_money}, {"single_amount_usd", ColumnType::rounded_money},
    {"first_second", ColumnType::int64},       {"last_second", ColumnType::int64}};

const std::vector<TableColumn> kSubjectFlowColumns = {{"payer_subject_id", ColumnType::int64},
                                                      {"payee_subject_id", ColumnType::int64},
                                                      {"transfers", ColumnType::int64},
                                                      {"amount_usd", ColumnType::rounded_money}};

std::int64_t amount_of(const flows::Edge& edge) {
  return edge.amount == flows::kUnpriced ? kMissing : edge.amount;
}

std::int64_t time_of(std::uint32_t second) { return second == 0 ? kMissing : second; }

// Goes through the sides of a window's transfers that are a subject's: by subject, what it received
// and then what it paid.
class Sides {
 public:
  explicit Sides(const WindowFlows& window) : window_(window) {}

  std::size_t rows() const {
    std::size_t rows = 0;
    for (const flows::Address address : window_.addresses) {
      rows += window_.graph.incoming(address).size() + window_.graph.outgoing(address).size();
    }
    return rows;
  }

  // The next row goes to `row` of the chunk.
  void write(std::size_t row, TableChunk& chunk) {
    const flows::Graph& graph = window_.graph;
    while (edge_ == edges().size()) advance();
    const flows::Address own = window_.addresses[subject_];
    const flows::Edge& edge = edges()[edge_];
    const flows::EdgeId id = is_incoming_
                                 ? graph.incoming_ids(own)[edge_]
                                 : graph.first_outgoing(own) + static_cast<flows::EdgeId>(edge_);
    const std::int64_t transfers = graph.transfers(id);
    const std::int64_t amount = amount_of(edge);
    chunk.integer(0, row, window_.subject_ids[subject_]);
    chunk.integer(1, row, is_incoming_ ? 1 : 0);
    chunk.text(2, row, graph.text(edge.other));
    chunk.integer(3, row, transfers);
    chunk.integer(4, row, amount);
    chunk.integer(5, row, transfers == 1 ? amount : kMissing);
    chunk.integer(6, row, time_of(edge.second));
    chunk.integer(7, row, time_of(graph.last_second(id)));
    ++edge_;
  }

 private:
  std::span<const flows::Edge> edges() const {
    const flows::Address own = window_.addresses[subject_];
    return is_incoming_ ? window_.graph.incoming(own) : window_.graph.outgoing(own);
  }
  void advance() {
    edge_ = 0;
    subject_ += is_incoming_ ? 0 : 1;
    is_incoming_ = !is_incoming_;
  }

  const WindowFlows& window_;
  std::size_t subject_ = 0;
  bool is_incoming_ = true;
  std::size_t edge_ = 0;
};

// What one subject paid to another.
struct SubjectFlow {
  std::int64_t payer = 0;
  std::int64_t payee = 0;
  std::int64_t transfers = 0;
  std::int64_t amount = kMissing;  // of those whose amount is known
};

std::vector<SubjectFlow> flows_between(const WindowFlows& window) {
  const flows::Graph& graph = window.graph;
  std::vector<std::int64_t> subject_of(graph.addresses(), kMissing);
  for (std::size_t i = 0; i < window.addresses.size(); ++i) {
    subject_of[window.addresses[i]] = window.subject_ids[i];
  }
  for (std::size_t i = 0; i < window.other_addresses.size(); ++i) {
    subject_of[window.other_addresses[i]] = window.other_subject_ids[i];
  }
  std::vector<SubjectFlow> all;
  for (std::size_t i = 0; i < window.addresses.size(); ++i) {
    const flows::Address payer = window.addresses[i];
    const std::size_t begin = all.size();
    flows::EdgeId id = graph.first_outgoing(payer);
    for (const flows::Edge& edge : graph.outgoing(payer)) {
      const std::int64_t transfers = graph.transfers(id++);
      const std::int64_t payee = subject_of[edge.other];
      if (payee != kMissing) {
        all.push_back({window.subject_ids[i], payee, transfers, amount_of(edge)});
      }
    }
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(begin);
    std::sort(first, all.end(),
              [](const SubjectFlow& a, const SubjectFlow& b) { return a.payee < b.payee; });
    auto last = first;
    for (auto flow = first; flow != all.end(); ++flow) {
      if (flow == first) continue;
      if (flow->payee != last->payee) {
        *++last = *flow;
        continue;
      }
      last->transfers += flow->transfers;
      if (last->amount == kMissing) {
        last->amount = flow->amount;
      } else if (flow->amount != kMissing) {
        last->amount = flows::saturating_sum(last->amount, flow->amount);
      }
    }
    if (first != all.end()) all.erase(last + 1, all.end());
  }
  return all;
}

}  // namespace

void fill_flows(Snapshot& snapshot, DayFlows& day) {
  make_empty_table(snapshot.connection(), "flows", kFlowColumns);
  day.for_each_window([&](const WindowFlows& window) {
    Sides sides(window);
    append_rows(snapshot.connection(), "flows", kFlowColumns, sides.rows(),
                [&](std::size_t, std::size_t rows, TableChunk& chunk) {
                  for (std::size_t row = 0; row < rows; ++row) sides.write(row, chunk);
                });
  });
}

void make_flows(Snapshot& snapshot) { fill_flows(snapshot, snapshot.day_flows()); }

void fill_subject_flows(Snapshot& snapshot, DayFlows& day) {
  make_empty_table(snapshot.connection(), "subject_flows", kSubjectFlowColumns);
  day.for_each_window([&](const WindowFlows& window) {
    const std::vector<SubjectFlow> flows = flows_between(window);
    append_rows(snapshot.connection(), "subject_flows", kSubjectFlowColumns, flows.size(),
                [&](std::size_t first, std::size_t rows, TableChunk& chunk) {
                  for (std::size_t row = 0; row < rows; ++row) {
                    const SubjectFlow& flow = flows[first + row];
                    chunk.integer(0, row, flow.payer);
                    chunk.integer(1, row, flow.payee);
                    chunk.integer(2, row, flow.transfers);
                    chunk.integer(3, row, flow.amount);
                  }
                });
  });
}

void make_subject_flows(Snapshot& snapshot) { fill_subject_flows(snapshot, snapshot.day_flows()); }

}  // namespace aml::snapshot
