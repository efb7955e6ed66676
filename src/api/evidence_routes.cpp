#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "api/routes.h"
#include "base/error.h"
#include "base/json_text.h"
#include "base/log.h"
#include "base/parse_number.h"
#include "evidence/alert_record.h"
#include "evidence/alert_table.h"
#include "evidence/flow_graph.h"
#include "evidence/flow_index.h"
#include "evidence/pattern_index.h"
#include "http/compression.h"
#include "http/conditional.h"

namespace aml::api {

namespace {

using evidence::InputDay;

constexpr std::uint64_t kMaxHops = 2;
constexpr std::uint64_t kMaxLimit = 100;

// What an answer is made of: its name among the answers of the day, and its members.
struct Evidence {
  std::string name;
  std::function<std::string()> read;
};

// The value of `read(snapshot)`, from an input that stays the same meanwhile; errors become fit for
// strangers.
template <typename Read>
auto read_input(const Exchange& exchange, const InputDay& day, Read read) {
  const auto throw_if_replaced = [&] {
    if (exchange.inputs.find(day.date).identity == day.identity) return;
    throw Error(ErrorKind::unavailable,
                fmt::format("the input of {} is being replaced; try again", day.date.text()));
  };
  try {
    const auto snapshot = exchange.inputs.open(day);
    auto value = read(*snapshot);
    throw_if_replaced();
    return value;
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::interrupted) throw;
    throw_if_replaced();
    if (e.kind() == ErrorKind::out_of_memory) {
      log::error(e.what(), {{"processing_date", day.date.text()}});
      throw Error(ErrorKind::unavailable,
                  "the question takes more memory than the server gives it; try again later");
    }
    if (e.kind() != ErrorKind::bad_input && e.kind() != ErrorKind::no_space) throw;
    log::error(e.what(), {{"processing_date", day.date.text()}});
    throw Error(ErrorKind::unavailable,
                fmt::format("a file of {} cannot be read, the server's log says which; that day "
                            "must be downloaded and processed again",
                            day.date.text()));
  }
}

std::string with_day(const Day& day, std::string_view members) {
  std::string json = "{\"processing_date\":";
  append_json_text(json, day.metadata.processing_date);
  json += ",\"network\":";
  append_json_text(json, day.metadata.network);
  fmt::format_to(std::back_inserter(json), ",\"window_days\":{},", day.metadata.window_days);
  json += members;
  return json += "}\n";
}

// The body in a content coding; null without patience.
Body evidence_body(const Exchange& exchange, const Evidence& evidence, const InputDay& input,
                   std::string_view coding) {
  const std::string key = cache_key(
      *exchange.day, fmt::format("evidence {} {} {}", coding, input.identity, evidence.name));
  return exchange.cache.get<std::string>(key, exchange.patience, [&](http::Budget::Charge&) {
    std::string bytes =
        coding == "identity"
            ? with_day(*exchange.day, evidence.read())
            : http::encode(coding, *evidence_body(exchange, evidence, input, "identity"));
    const Body body = http::make_body(std::move(bytes));
    return http::Cache::Made<std::string>{body, body->capacity()};
  });
}

Answer answer(const Exchange& exchange, const Evidence& evidence, const InputDay& input) {
  const auto coding = http::wanted_coding(exchange.request);
  if (!coding) return http::no_coding();
  const auto tag = etag(exchange, kAlertScores.file,
                        fmt::format("{} {} {}", evidence.name, input.identity, *coding));
  if (!tag) return std::nullopt;
  Response response = http::conditional(
      exchange.request, http::Representation{.etag = *tag,
                                             .cache_control = std::string(cache_control(exchange)),
                                             .coding = *coding,
                                             .vary = "Accept-Encoding"});
  if (response.status == 304) return response;
  response.body = evidence_body(exchange, evidence, input, *coding);
  if (!response.body) return std::nullopt;
  return response;
}

// What `Index` makes of the day's flows, in memory; null without patience.
template <typename Index>
std::shared_ptr<const Index> index_of(const Exchange& exchange, const InputDay& input,
                                      const char* name) {
  return exchange.cache.get<Index>(
      cache_key(*exchange.day, fmt::format("{} {}", name, input.identity)), exchange.patience,
      [&](http::Budget::Charge& charge) {
        const std::uint64_t max = exchange.cache.budget().max_bytes();
        auto index = read_input(exchange, input, [&](auto& opened) {
          // What it takes is known at the end; until then, about as much as the file.
          charge.resize(std::min(evidence::flow_file_bytes(opened), max));
          return std::make_shared<const Index>(opened, max);
        });
        const std::size_t bytes = index->bytes();
        return http::Cache::Made<Index>{std::move(index), bytes};
      });
}

// Throws Error{not_found} that names the file where the day's input lacks it.
void require_file(bool is_there, const char* file, const InputDay& day) {
  if (is_there) return;
  throw Error(ErrorKind::not_found,
              fmt::format("the server has no {} of {}: serve reads inputs from --input-root", file,
                          day.date.text()));
}

// The value of a parameter between 1 and `max`. Throws Error{usage} that names it.
std::uint64_t number_between(const std::string& name, const std::string& text, std::uint64_t max) {
  const auto value = parse_number<std::uint64_t>(text);
  if (!value || *value < 1 || *value > max) {
    throw Error(ErrorKind::usage, fmt::format("{} must be a whole number from 1 to {}", name, max));
  }
  return *value;
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
      asked.query.hops = static_cast<int>(number_between(name, value, kMaxHops));
    } else if (name == "limit") {
      asked.query.limit = number_between(name, value, kMaxLimit);
    } else if (value == "true" || value == "false") {
      asked.patterns = value == "true";
    } else {
      throw Error(ErrorKind::usage, "patterns must be true or false");
    }
  }
  return asked;
}

}  // namespace

Answer alert_table(const Exchange& exchange) {
  http::refuse_parameters(exchange.target);
  if (auto refused = refuse_other_than_json(exchange)) return refused;
  const Day& day = requested_day(exchange);
  const InputDay input = exchange.inputs.find(day.date);
  const auto read = [&](auto& snapshot) {
    for (const TableKind* kind : {&kAlertScores, &kAlertRankings, &kClusterScores}) {
      require_table(exchange, *kind);
    }
    return evidence::alert_table(snapshot, day.directory, day.metadata);
  };
  return answer(exchange, {"table", [&] { return read_input(exchange, input, read); }}, input);
}

Answer alert_input(const Exchange& exchange) {
  http::refuse_parameters(exchange.target);
  if (auto refused = refuse_other_than_json(exchange)) return refused;
  const Day& day = requested_day(exchange);
  const std::string& id = exchange.path.find("alert_id")->second;
  const InputDay input = exchange.inputs.find(day.date);
  require_file(input.has_alerts, "alerts.parquet", input);
  const auto read = [&](auto& snapshot) {
    require_table(exchange, kClusterScores);
    auto members = evidence::alert_record(snapshot, day.directory, id);
    if (members) return std::move(*members);
    throw Error(ErrorKind::not_found,
                fmt::format("the input of {} has no alert \"{}\"", day.date.text(), id));
  };
  return answer(exchange, {"alert " + id, [&] { return read_input(exchange, input, read); }},
                input);
}

Answer address_flows(const Exchange& exchange) {
  const FlowsAsked asked = parse_flow_query(exchange);
  const evidence::FlowQuery& query = asked.query;
  if (auto refused = refuse_other_than_json(exchange)) return refused;
  const Day& day = requested_day(exchange);
  const InputDay input = exchange.inputs.find(day.date);
  require_file(input.has_flows, "money_flows.parquet", input);
  const auto read = [&] {
    std::string members = "\"address\":";
    append_json_text(members, query.address);
    fmt::format_to(std::back_inserter(members), ",\"hops\":{},", query.hops);
    members += evidence::flows_around(*index_of<evidence::FlowIndex>(exchange, input, "flow index"),
                                      query);
    if (!asked.patterns) return members;
    const auto patterns = index_of<evidence::PatternIndex>(exchange, input, "pattern index");
    return members + ",\"patterns\":" + patterns->patterns_of(query.address);
  };
  return answer(
      exchange,
      {fmt::format("flows {} {} {} {}", query.hops, query.limit, asked.patterns, query.address),
       read},
      input);
}

}  // namespace aml::api
