#include "validator/api.h"

#include <fmt/format.h>

#include <array>
#include <functional>
#include <utility>

#include "base/date.h"
#include "base/error.h"
#include "base/file_system.h"
#include "bittensor/posted_commitment.h"
#include "http/conditional.h"
#include "http/list_answer.h"
#include "http/list_query.h"
#include "http/own_routes.h"
#include "validator/commitment_desk.h"
#include "validator/views.h"

namespace aml::validator {

namespace {

using http::Answer;
using http::Call;
using http::Response;
using http::Route;

constexpr std::string_view kJson = "application/json";
constexpr std::array kKnown{http::ListQuery::kLimit, http::ListQuery::kOffset};

// A list with a tag of what it holds.
struct TaggedRows {
  http::RowText rows;
  std::string etag;  // without quotes

  std::size_t bytes() const {
    return rows.text.capacity() + rows.rows.capacity() * sizeof(http::RowText::Row);
  }
};

std::string at(const Call& call, const char* name) { return call.path.find(name)->second; }

http::Patience patience_of(const Call& call) {
  return call.patient ? http::Patience::enough : http::Patience::none;
}

http::RouteDoc json_doc(std::string summary) {
  return {.summary = std::move(summary),
          .tag = "Validation",
          .bodies = {{std::string(kJson), R"({"type":"object"})"}},
          .refusals = {400, 404, 503},
          .is_tagged = true};
}

}  // namespace

// A route whose body `make` builds, on a builder thread; kept as long as nothing changes.
Route ValidatorApi::json_route(std::string pattern, std::string summary,
                               std::function<std::string(const Call&)> make) {
  const std::string name = pattern;
  return {.pattern = std::move(pattern),
          .answer = [this, name, make = std::move(make)](const Call& call) -> Answer {
            http::refuse_parameters(call.target);
            if (auto refused = http::refuse_other_than(kJson, call.request)) return refused;
            const auto coding = http::wanted_coding(call.request).value_or("identity");
            // By what the address means, not by how it is written.
            std::string key = fmt::format("{} {} {}", state(), coding, name);
            for (const auto& [parameter, value] : call.path) key += " " + value;
            const auto made =
                cache_.get<http::Encoded>(key, patience_of(call), [&](http::Budget::Charge&) {
                  const auto encoded =
                      std::make_shared<const http::Encoded>(http::encoded(make(call), coding));
                  return http::Cache::Made<http::Encoded>{
                      encoded, encoded->body->capacity() + sizeof(http::Encoded)};
                });
            if (!made) return std::nullopt;
            return http::conditional(call.request, *made);
          },
          .doc = json_doc(std::move(summary))};
}

// A route of an ensemble's rows, which are read once for all who ask for some of them.
Route ValidatorApi::ensemble_route(std::string pattern, std::string summary,
                                   std::function<http::RowText(const std::string& date)> make) {
  http::RouteDoc doc = json_doc(std::move(summary));
  const std::string number =
      fmt::format(R"({{"type":"integer","minimum":0,"maximum":{}}})", http::ListQuery::kMaxCount);
  doc.query = {{"limit", "At most so many rows", number}, {"offset", "Rows to skip", number}};
  const std::string name = pattern;
  return {.pattern = std::move(pattern),
          .answer = [this, name, make = std::move(make)](const Call& call) -> Answer {
            const std::string date = at(call, "date");
            return list(call, fmt::format("{} {} {}", state(), name, date),
                        [&] { return make(date); });
          },
          .doc = std::move(doc),
          .access = options_.ensemble_readers};
}

Answer ValidatorApi::list(const Call& call, const std::string& name,
                          const std::function<http::RowText()>& make) {
  const http::ListQuery query = http::parse_list_query(call.target, kKnown);
  if (auto refused = http::refuse_other_than(kJson, call.request)) return refused;
  const auto coding = http::wanted_coding(call.request).value_or("identity");
  const auto list = cache_.get<TaggedRows>(name, patience_of(call), [&](http::Budget::Charge&) {
    const auto made = std::make_shared<TaggedRows>(TaggedRows{make(), {}});
    made->etag = http::content_tag(made->rows.text);
    return http::Cache::Made<TaggedRows>{made, made->bytes()};
  });
  if (!list) return std::nullopt;
  const std::string etag =
      http::content_tag(fmt::format("{} {} {}", list->etag, query.text(), coding));
  Response response = http::conditional(
      call.request, http::Representation{
                        .etag = "\"" + etag + "\"", .coding = coding, .vary = "Accept-Encoding"});
  const bool is_whole =
      response.status == 304 ||
      http::add_list(cache_, patience_of(call),
                     {.rows = std::shared_ptr<const http::RowText>(list, &list->rows),
                      .query = query,
                      .coding = coding,
                      .key = name},
                     response);
  if (!is_whole) return std::nullopt;
  return response;
}

namespace {

Response health(Ledger* ledger) {
  std::string latest = "null";
  std::string chain = "null";
  bool is_healthy = false;
  if (ledger != nullptr) {
    chain = chain_status(*ledger);
    for (const RoundRecord& round : ledger->rounds()) {
      if (!ledger->is_judged(round.date, Stage::day)) continue;
      latest = "\"" + round.date + "\"";
      is_healthy = true;
      break;
    }
  }
  Response response{
      .fields = {{"Cache-Control", "no-store"}},
      .body = http::make_body(
          fmt::format("{{\"status\":\"{}\",\"timestamp\":\"{}\",\"version\":\"{}\","
                      "\"latest_round\":{},\"chain\":{}}}\n",
                      is_healthy ? "healthy" : "degraded", utc_now(), AML_VERSION, latest, chain))};
  response.status = is_healthy ? 200 : 503;
  return response;
}

http::OpenApi description() {
  http::OpenApi api;
  api.title = "aml-miner validator";
  api.version = "1.0.0";
  api.description = "What a validator found out about a subnet's miners, and why.";
  api.path_parameters = {
      {"date", "A day, YYYY-MM-DD, or latest",
       R"({"anyOf":[{"const":"latest"},{"type":"string","format":"date"}]})", R"("latest")"},
      {"hotkey", "A miner's ss58 address",
       R"({"type":"string","pattern":"^[1-9A-HJ-NP-Za-km-z]{46,48}$"})", ""}};
  return api;
}

}  // namespace

ValidatorApi::ValidatorApi(ValidatorApiOptions options)
    : options_(std::move(options)),
      pages_(options_.web / "pages"),
      vendor_(options_.web / "vendor"),
      watched_(options_.data_dir, SqlDatabase::Mode::read_only),
      cache_(*options_.budget),
      router_(routes()) {}

std::string ValidatorApi::state() {
  const std::filesystem::path ensembles = options_.data_dir / "ensembles";
  const auto written =
      path_exists(ensembles) ? changed_at(ensembles).time_since_epoch().count() : 0;
  const std::lock_guard lock(watching_);
  return fmt::format("{}-{}", watched_.data_version(), written);
}

void ValidatorApi::add_commitment_routes(std::vector<Route>& routes) {
  CommitmentDesk* desk = options_.commitments;
  http::RouteDoc doc{.summary = "A miner's commitment to a day, signed as btauth/1",
                     .tag = "Commitments",
                     .request_body = {{std::string(kJson), R"({"type":"object"})"}},
                     .bodies = {{std::string(kJson), R"({"type":"object"})"}},
                     .refusals = {400, 401, 403, 409, 410, 413, 429, 503}};
  routes.push_back({.method = "POST",
                    .pattern = bittensor::kCommitmentsPath,
                    .answer = [desk](const Call& call) -> Answer {
                      if (!call.patient) return std::nullopt;  // it is written down
                      return desk->take(call.request);
                    },
                    .doc = std::move(doc)});
  routes.push_back(
      json_route(std::string(bittensor::kCommitmentsPath) + "/{date}",
                 "What was committed for a day, with its proofs, after the deadline",
                 [desk](const Call& call) { return desk->list_json(at(call, "date")); }));
}

std::vector<Route> ValidatorApi::routes() {
  const std::filesystem::path folder = options_.data_dir;
  // A connection per request: readers never wait for the validator, nor it for them.
  const auto with_ledger = [folder](const auto& use) {
    return [folder, use](const Call& call) {
      Ledger ledger(folder, SqlDatabase::Mode::read_only);
      return use(ledger, call);
    };
  };
  std::vector<Route> routes{
      ensemble_route("/ensemble/scores/{date}", "What the miners together say of a day's alerts",
                     [folder](const std::string& date) { return ensemble_scores(folder, date); }),
      ensemble_route("/ensemble/rankings/{date}", "The same, by rank",
                     [folder](const std::string& date) { return ensemble_rankings(folder, date); }),
      json_route("/validation/{date}", "All miners of a round with all their checks",
                 with_ledger([](Ledger& ledger, const Call& c) {
                   return validation_of_day(ledger, at(c, "date"));
                 })),
      json_route("/validation/{date}/{hotkey}", "One miner: checks, and the proof of its answers",
                 with_ledger([](Ledger& ledger, const Call& c) {
                   return validation_of_miner(ledger, at(c, "date"), at(c, "hotkey"));
                 })),
      json_route("/miners/rankings", "Miners by what they contributed",
                 with_ledger([](Ledger& ledger, const Call&) { return miner_rankings(ledger); })),
      json_route("/miners/{hotkey}/history", "A miner's scores, day by day",
                 with_ledger([](Ledger& ledger, const Call& c) {
                   return miner_history(ledger, at(c, "hotkey"));
                 })),
      json_route("/weights/latest", "The weights set last, and the chain's answer",
                 with_ledger([](Ledger& ledger, const Call&) { return latest_weights(ledger); }))};
  routes.push_back({.pattern = "/health",
                    .answer = [folder](const Call& call) -> Answer {
                      http::refuse_parameters(call.target);
                      if (!call.patient) return std::nullopt;
                      Ledger ledger(folder, SqlDatabase::Mode::read_only);
                      return health(&ledger);
                    },
                    .doc = {.summary = "Whether there is a judged round to show",
                            .tag = "Server",
                            .bodies = {{std::string(kJson), R"({"type":"object"})"}},
                            .refusals = {503}}});
  if (options_.commitments != nullptr) add_commitment_routes(routes);
  metrics_.add_gauge("aml_validator_rounds", "Rounds in the ledger", [folder] {
    return static_cast<double>(Ledger(folder, SqlDatabase::Mode::read_only).rounds().size());
  });
  routes.push_back(http::metrics_route(metrics_));
  routes.push_back(http::openapi_route(description(), routes));
  routes.push_back(pages_.file_route("/", "validator/index.html"));
  routes.push_back(pages_.file_route("/docs", "docs/index.html"));
  routes.push_back(pages_.folder_route("/web"));
  routes.push_back(vendor_.folder_route("/vendor"));
  return routes;
}

std::optional<http::Response> ValidatorApi::answer_now(http::Request& request) {
  return router_.answer_now(request);
}

http::Response ValidatorApi::answer(http::Request& request) { return router_.answer(request); }

}  // namespace aml::validator
