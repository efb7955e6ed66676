#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "api/evidence_answer.h"
#include "api/routes.h"
#include "base/error.h"
#include "base/json_text.h"
#include "evidence/flow_graph.h"
#include "evidence/flow_index.h"
#include "evidence/pattern_index.h"
#include "evidence/transfer_list.h"

namespace aml::api {

namespace {

using evidence::InputDay;

constexpr std::uint64_t kMaxHops = 2;
constexpr std::uint64_t kMaxLimit = 100;
constexpr std::uint64_t kMaxTransfers = 1000;
constexpr std::uint64_t kMaxBins = 400;
// Until the year 2106, which is as far as a transfer's time goes.
constexpr std::uint64_t kMaxTime = 4'294'967'296'000;

// What `make` makes of the day's flows, in memory; null without patience. Until its size is known
// it is charged with what `make` says.
template <typename Index, typename Make>
std::shared_ptr<const Index> kept(const Exchange& exchange, const InputDay& input, const char* name,
                                  Make make) {
  return exchange.cache.get<Index>(
      cache_key(*exchange.day, fmt::format("{} {}", name, input.identity)), exchange.patience,
      [&](http::Budget::Charge& charge) {
        const std::shared_ptr<const Index> index = make(charge);
        return http::Cache::Made<Index>{index, index->bytes()};
      });
}

std::shared_ptr<const evidence::FlowIndex> flow_index(const Exchange& exchange,
                                                      const InputDay& input) {
  return kept<evidence::FlowIndex>(
      exchange, input, "flow index", [&](http::Budget::Charge& charge) {
        const std::uint64_t max = exchange.cache.budget().max_bytes();
        return read_input(exchange, input, [&](auto& opened) {
          // What it takes is known at the end; until then, about as much as the file.
          charge.resize(std::min(evidence::flow_file_bytes(opened), max));
          return std::make_shared<const evidence::FlowIndex>(opened, max);
        });
      });
}

std::shared_ptr<const evidence::PatternIndex> pattern_index(const Exchange& exchange,
                                                            const InputDay& input,
                                                            const evidence::FlowIndex& flows) {
  return kept<evidence::PatternIndex>(
      exchange, input, "pattern index", [&](http::Budget::Charge& /*charge*/) {
        return std::make_shared<const evidence::PatternIndex>(flows.graph(), /*threads=*/1);
      });
}

struct FlowsAsked {
  evidence::FlowQuery query;
  bool patterns = false;
};

FlowsAsked parse_flow_query(const Exchange& exchange) {
  FlowsAsked asked{.query = {.address = exchange.path.find("address")->second}};
  std::set<std::string> given;
  for (const auto& [name, value] : exchange.target.parameters) {
    if (name != "hops" && name != "limit" && name != "patterns") {
      throw Error(ErrorKind::usage, "unknown parameter; known here: hops, limit, patterns");
    }
    if (!given.insert(name).second) {
      throw Error(ErrorKind::usage, name + " is given more than once");
    }
    if (name == "hops") {
      asked.query.hops = static_cast<int>(number_between(name, value, 1, kMaxHops));
    } else if (name == "limit") {
      asked.query.limit = number_between(name, value, 1, kMaxLimit);
    } else if (value == "true" || value == "false") {
      asked.patterns = value == "true";
    } else {
      throw Error(ErrorKind::usage, "patterns must be true or false");
    }
  }
  return asked;
}

evidence::TransferQuery parse_transfer_query(const Exchange& exchange) {
  evidence::TransferQuery query{.address = exchange.path.find("address")->second};
  std::set<std::string> given;
  for (const auto& [name, value] : exchange.target.parameters) {
    if (!given.insert(name).second) {
      throw Error(ErrorKind::usage, name + " is given more than once");
    }
    if (name == "from") {
      query.from = static_cast<std::int64_t>(number_between(name, value, 0, kMaxTime));
    } else if (name == "to") {
      query.to = static_cast<std::int64_t>(number_between(name, value, 0, kMaxTime));
    } else if (name == "offset") {
      query.offset = number_between(name, value, 0, snapshot::kMaxRows);
    } else if (name == "limit") {
      query.limit = number_between(name, value, 1, kMaxTransfers);
    } else if (name == "bins") {
      query.bins = number_between(name, value, 1, kMaxBins);
    } else {
      throw Error(ErrorKind::usage, "unknown parameter; known here: from, to, offset, limit, bins");
    }
  }
  return query;
}

// What `read` says of an address by the day's money flows, and who of those in it is known, under
// that name among the day's answers.
template <typename Read>
Answer answer_of_flows(const Exchange& exchange, const std::string& address, std::string name,
                       Read read) {
  if (auto refused = refuse_other_than_json(exchange)) return refused;
  const Day& day = requested_day(exchange);
  const InputDay input = exchange.inputs.find(day.date);
  require_file(input.has_flows, "money_flows.parquet", input);
  const auto members = [&] {
    std::string text = "\"address\":";
    append_json_text(text, address);
    const evidence::KnownAddresses known = known_addresses(exchange);
    evidence::KnownMentions mentions(known);
    text += "," + read(*flow_index(exchange, input), input, mentions);
    return text + mentions.member();
  };
  return answer_evidence(exchange, {std::move(name), members}, input);
}

}  // namespace

Answer address_flows(const Exchange& exchange) {
  const FlowsAsked asked = parse_flow_query(exchange);
  const evidence::FlowQuery& query = asked.query;
  const auto read = [&](const evidence::FlowIndex& index, const InputDay& input,
                        evidence::KnownMentions& mentions) {
    std::string members =
        fmt::format("\"hops\":{},{}", query.hops, evidence::flows_around(index, query, mentions));
    if (!asked.patterns) return members;
    return members + ",\"patterns\":" +
           pattern_index(exchange, input, index)->patterns_of(query.address, mentions);
  };
  return answer_of_flows(
      exchange, query.address,
      fmt::format("flows {} {} {} {}", query.hops, query.limit, asked.patterns, query.address),
      read);
}

Answer address_transfers(const Exchange& exchange) {
  const evidence::TransferQuery query = parse_transfer_query(exchange);
  return answer_of_flows(
      exchange, query.address,
      fmt::format("transfers {} {} {} {} {} {}", query.from, query.to, query.offset, query.limit,
                  query.bins, query.address),
      [&](const evidence::FlowIndex& index, const InputDay&, evidence::KnownMentions& mentions) {
        return evidence::transfers_of(index, query, mentions);
      });
}

}  // namespace aml::api
