#include "evidence/transfer_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/json_text.h"
#include "evidence/flow_text.h"
#include "flows/feature.h"

namespace aml::evidence {

namespace {

using flows::Address;
using flows::Edge;
using flows::EdgeId;
using flows::Graph;

constexpr std::int64_t kMsPerSecond = 1000;

// A row of money_flows as the address sees it.
struct Row {
  const Edge* edge = nullptr;
  EdgeId id = 0;
  bool is_outgoing = false;
};

bool is_asked(const TransferQuery& query, std::uint32_t second) {
  const bool is_all = query.from <= 0 && query.to == std::numeric_limits<std::int64_t>::max();
  const std::int64_t ms = second * kMsPerSecond;
  return is_all || (second != 0 && ms >= query.from && ms < query.to);
}

// Both directions in order of time; at one time what comes in stands first.
std::vector<Row> rows_of(const Graph& graph, Address address, const TransferQuery& query) {
  std::vector<Row> rows;
  const auto incoming = graph.incoming(address);
  const auto ids = graph.incoming_ids(address);
  for (std::size_t i = 0; i < incoming.size(); ++i) {
    if (is_asked(query, incoming[i].second)) rows.push_back({&incoming[i], ids[i], false});
  }
  const auto middle = static_cast<std::ptrdiff_t>(rows.size());
  const auto outgoing = graph.outgoing(address);
  for (std::size_t i = 0; i < outgoing.size(); ++i) {
    const EdgeId id = graph.first_outgoing(address) + static_cast<EdgeId>(i);
    if (is_asked(query, outgoing[i].second)) rows.push_back({&outgoing[i], id, true});
  }
  std::inplace_merge(rows.begin(), rows.begin() + middle, rows.end(),
                     [](const Row& a, const Row& b) { return a.edge->second < b.edge->second; });
  return rows;
}

void append_row(const Graph& graph, const Row& row, std::string& json) {
  json += "{\"direction\":";
  json += row.is_outgoing ? "\"out\"" : "\"in\"";
  json += ",\"address\":";
  append_json_text(json, graph.text(row.edge->other));
  json += ",\"amount_usd\":";
  if (row.edge->amount == flows::kUnpriced) {
    json += "null";
  } else {
    append_usd(json, row.edge->amount);
  }
  fmt::format_to(std::back_inserter(json), ",\"transfers\":{}", graph.transfers(row.id));
  append_timestamp(json, "timestamp", row.edge->second);
  append_timestamp(json, "last_timestamp", graph.last_second(row.id));
  const std::uint8_t marks = graph.marks(row.id);
  fmt::format_to(std::back_inserter(json), ",\"is_change\":{},\"is_consolidation\":{}}}",
                 (marks & flows::kChange) != 0, (marks & flows::kConsolidation) != 0);
}

void append_bins(const std::vector<std::int64_t>& bins, const char* name, std::string& json) {
  fmt::format_to(std::back_inserter(json), ",\"{}\":[", name);
  for (std::size_t i = 0; i < bins.size(); ++i) {
    if (i > 0) json += ',';
    append_usd(json, bins[i]);
  }
  json += ']';
}

// Those from and to known addresses, the largest of them, by time.
std::vector<Row> rows_of_known(const Graph& graph, std::span<const Row> timed,
                               const KnownMentions& mentions) {
  std::unordered_map<Address, bool> known;
  std::vector<Row> rows;
  for (const Row& row : timed) {
    const auto [place, is_new] = known.try_emplace(row.edge->other, false);
    if (is_new) place->second = mentions.knows(graph.text(row.edge->other));
    if (place->second) rows.push_back(row);
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return a.edge->amount > b.edge->amount;  // what has no price comes last
  });
  rows.resize(std::min(rows.size(), kMostOfKnown));
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.edge->second < b.edge->second; });
  return rows;
}

void append_rows(const Graph& graph, std::span<const Row> rows, KnownMentions& mentions,
                 std::string& json) {
  json += '[';
  for (const Row& row : rows) {
    if (json.back() != '[') json += ',';
    append_row(graph, row, json);
    mentions.add(graph.text(row.edge->other));
  }
  json += ']';
}

void append_timeline(const Graph& graph, std::span<const Row> rows, std::size_t count,
                     KnownMentions& mentions, std::string& json) {
  // Those without a time stand first.
  const auto timed =
      std::find_if(rows.begin(), rows.end(), [](const Row& row) { return row.edge->second != 0; });
  if (timed == rows.end()) {
    json += ",\"timeline\":null";
    return;
  }
  const std::int64_t first = timed->edge->second;
  const std::int64_t length = rows.back().edge->second - first + 1;
  std::vector<std::int64_t> incoming(count);
  std::vector<std::int64_t> outgoing(count);
  for (auto row = timed; row != rows.end(); ++row) {
    const auto bin = static_cast<std::size_t>((row->edge->second - first) *
                                              static_cast<std::int64_t>(count) / length);
    std::int64_t& sum = row->is_outgoing ? outgoing[bin] : incoming[bin];
    sum = flows::saturating_sum(sum, std::max<std::int64_t>(0, row->edge->amount));
  }
  fmt::format_to(std::back_inserter(json), ",\"timeline\":{{\"begin\":{},\"end\":{}",
                 first * kMsPerSecond, (first + length) * kMsPerSecond);
  append_bins(incoming, "incoming_usd", json);
  append_bins(outgoing, "outgoing_usd", json);
  if (mentions.is_told()) {
    json += ",\"known\":";
    append_rows(graph, rows_of_known(graph, {timed, rows.end()}, mentions), mentions, json);
  }
  json += '}';
}

}  // namespace

std::string transfers_of(const FlowIndex& index, const TransferQuery& query,
                         KnownMentions& mentions) {
  const Graph& graph = index.graph();
  mentions.add(query.address);
  std::vector<Row> rows;
  if (const auto address = graph.find(query.address)) rows = rows_of(graph, *address, query);
  std::string json =
      fmt::format("\"total_transfers\":{},\"offset\":{},\"transfers\":", rows.size(), query.offset);
  const std::size_t begin = std::min(query.offset, rows.size());
  const std::size_t count = std::min(query.limit, rows.size() - begin);
  append_rows(graph, std::span(rows).subspan(begin, count), mentions, json);
  if (query.bins > 0) append_timeline(graph, rows, query.bins, mentions, json);
  return json;
}

}  // namespace aml::evidence
