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
#include "evidence/transfer_list.h"
#include "http/compression.h"
#include "http/conditional.h"

namespace aml::api {

namespace {

using evidence::InputDay;

constexpr std::uint64_t kMaxHops = 2;
constexpr std::uint64_t kMaxLimit = 100;
constexpr std::uint64_t kMaxTransfers = 1000;
constexpr std::uint64_t kMaxBins = 400;
// Until the year 2106, which is as far as a transfer's time goes.
constexpr std::uint64_t kMaxTime = 4'294'967'296'000;
constexpr std::uint64_t kMaxDays = 90;
constexpr std::uint64_t kUsualDays = 30;

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
  } catch (const snapshot::TooManyRows& e) {
    log::error(e.what(), {{"processing_date", day.date.text()}});
    throw Error(ErrorKind::unavailable,
                fmt::format("{} of {} has more rows than this server reads: serve with a larger "
                            "--max-rows",
                            e.file_name(), day.date.text()));
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

// Throws Error{not_found} that names the file where the day's input lacks it.
void require_file(bool is_there, const char* file, const InputDay& day) {
  if (is_there) return;
  throw Error(ErrorKind::not_found,
              fmt::format("the server has no {} of {}: serve reads inputs from --input-root", file,
                          day.date.text()));
}

// The value of a parameter between `min` and `max`. Throws Error{usage} that names it.
std::uint64_t number_between(const std::string& name, const std::string& text, std::uint64_t min,
                             std::uint64_t max) {
  const auto value = parse_number<std::uint64_t>(text);
  if (!value || *value < min || *value > max) {
    throw Error(ErrorKind::usage,
                fmt::format("{} must be a whole number from {} to {}", name, min, max));
  }
  return *value;
}

// Of how many of the newest days the path's address is looked for. Throws Error{usage}.
std::size_t days_asked(const Exchange& exchange) {
  std::size_t days = kUsualDays;
  bool is_given = false;
  for (const auto& [name, value] : exchange.target.parameters) {
    if (name != "days") throw Error(ErrorKind::usage, "unknown parameter; known here: days");
    if (std::exchange(is_given, true))
      throw Error(ErrorKind::usage, "days is given more than once");
    days = number_between(name, value, 1, kMaxDays);
  }
  return days;
}

// The days of which the server knows something, newest first: those that have a batch, and older
// ones of which something stayed.
std::vector<Date> known_days(const Exchange& exchange) {
  std::vector<Date> dates = exchange.archive.dates();
  if (dates.empty()) return dates;
  const Date newest = dates.front();
  for (const Date date : exchange.inputs.kept_dates()) {
    if (date < newest && !exchange.archive.is_held(date)) dates.push_back(date);
  }
  std::ranges::sort(dates, std::greater<>());
  const auto repeated = std::ranges::unique(dates);
  dates.erase(repeated.begin(), repeated.end());
  return dates;
}

// The alerts of a day about an address, "null" where its input is missing or damaged; null without
// patience. The exchange's day is its batch, if there is one.
Body alerts_on_day(const Exchange& exchange, const InputDay& input, const std::string& address) {
  const std::string name = fmt::format("address {} {}", input.identity, address);
  return exchange.cache.get<std::string>(
      exchange.day ? cache_key(*exchange.day, name) : input.date.text() + " kept " + name,
      exchange.patience, [&](http::Budget::Charge&) {
        std::string json = "null";
        try {
          if (input.has_kept && (!input.has_alerts || !exchange.day)) {
            json = read_input(exchange, input, [&](auto& snapshot) {
              return evidence::kept_alerts_of_address(
                  snapshot, exchange.inputs.kept_file(input.date), address);
            });
          } else if (input.has_alerts && exchange.day) {
            for (const TableKind* kind : {&kAlertScores, &kAlertRankings}) {
              require_table(exchange, *kind);
            }
            json = read_input(exchange, input, [&](auto& snapshot) {
              return evidence::alerts_of_address(snapshot, exchange.day->directory, address);
            });
          }
        } catch (const Error& e) {
          if (e.kind() != ErrorKind::unavailable && e.kind() != ErrorKind::bad_input) throw;
        }
        const Body body = http::make_body(std::move(json));
        return http::Cache::Made<std::string>{body, body->capacity()};
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

// What `read` says of an address by the day's money flows, under that name among the day's answers.
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
    return text + "," + read(*flow_index(exchange, input), input);
  };
  return answer(exchange, {std::move(name), members}, input);
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
  const auto read = [&](const evidence::FlowIndex& index, const InputDay& input) {
    std::string members =
        fmt::format("\"hops\":{},{}", query.hops, evidence::flows_around(index, query));
    if (!asked.patterns) return members;
    return members +
           ",\"patterns\":" + pattern_index(exchange, input, index)->patterns_of(query.address);
  };
  return answer_of_flows(
      exchange, query.address,
      fmt::format("flows {} {} {} {}", query.hops, query.limit, asked.patterns, query.address),
      read);
}

Answer address_transfers(const Exchange& exchange) {
  const evidence::TransferQuery query = parse_transfer_query(exchange);
  return answer_of_flows(exchange, query.address,
                         fmt::format("transfers {} {} {} {} {} {}", query.from, query.to,
                                     query.offset, query.limit, query.bins, query.address),
                         [&](const evidence::FlowIndex& index, const InputDay&) {
                           return evidence::transfers_of(index, query);
                         });
}

Answer address_days(const Exchange& exchange) {
  const std::size_t most = days_asked(exchange);
  if (auto refused = refuse_other_than_json(exchange)) return refused;
  const std::string& address = exchange.path.find("address")->second;
  std::string days = "[";
  std::size_t searched = 0;
  for (const Date date : known_days(exchange)) {
    if (searched == most) break;
    exchange.day = exchange.archive.find(date).day;
    ++searched;
    const Body alerts = alerts_on_day(exchange, exchange.inputs.find(date), address);
    if (!alerts) return std::nullopt;
    if (*alerts == "[]") continue;
    fmt::format_to(std::back_inserter(days),
                   "{}{{\"processing_date\":\"{}\",\"has_batch\":{},\"alerts\":{}}}",
                   days.back() == '[' ? "" : ",", date.text(), exchange.day != nullptr, *alerts);
  }
  exchange.day = nullptr;  // the answer is of no one batch
  if (searched == 0) throw Error(ErrorKind::unavailable, "no batch has been published yet");
  std::string json = "{\"address\":";
  append_json_text(json, address);
  fmt::format_to(std::back_inserter(json), ",\"days_searched\":{},\"days\":{}]}}\n", searched,
                 days);
  const std::string tag = http::content_tag(json);
  Response response = http::conditional(
      exchange.request,
      http::Representation{.etag = "\"" + tag + "\"", .cache_control = "no-cache"});
  if (response.status == 200) response.body = exchange.cache.budget().body(std::move(json));
  return response;
}

}  // namespace aml::api
