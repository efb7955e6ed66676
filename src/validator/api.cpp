#include "validator/api.h"

#include <fmt/format.h>

#include <functional>
#include <utility>

#include "base/date.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/hash.h"
#include "http/compression.h"
#include "http/negotiation.h"
#include "http/own_routes.h"
#include "validator/views.h"

namespace aml::validator {

namespace {

using http::Answer;
using http::Call;
using http::Response;
using http::Route;

constexpr std::string_view kJson = "application/json";
constexpr const char* kNumber = R"({"type":"integer","minimum":0,"maximum":999999999})";
constexpr std::size_t kWorthPacking = 1024;
constexpr std::size_t kMostKept = 64 << 20;  // bytes of bodies

// A JSON body as it is sent.
struct Packed {
  std::string coding;  // "identity", "gzip", …
  std::string etag;
  http::Body body;
};

Packed pack(std::string body, const std::string& coding) {
  Packed packed{body.size() >= kWorthPacking ? coding : "identity", "", nullptr};
  packed.etag =
      fmt::format("\"{}-{}\"", hash_text(HashKind::sha256, body).substr(0, 32), packed.coding);
  if (packed.coding != "identity") body = http::encode(packed.coding, body);
  packed.body = http::make_body(std::move(body));
  return packed;
}

Response tagged(const Call& call, const Packed& packed) {
  Response response{.fields = {{"ETag", packed.etag},
                               {"Cache-Control", "no-cache"},
                               {"Vary", "Accept-Encoding"}}};
  if (http::matches_etag(call.request.fields.joined("If-None-Match"), packed.etag)) {
    response.status = 304;
    return response;
  }
  if (packed.coding != "identity") response.fields.emplace_back("Content-Encoding", packed.coding);
  response.body = packed.body;
  return response;
}

std::size_t number_of(const std::string& name, const std::string& value) {
  constexpr std::size_t kMostDigits = 9;
  if (value.empty() || value.size() > kMostDigits ||
      value.find_first_not_of("0123456789") != std::string::npos) {
    throw Error(ErrorKind::usage, fmt::format("{} must be a whole number", name));
  }
  return std::stoul(value);
}

Slice slice_of(const http::Target& target) {
  Slice slice;
  for (const auto& [name, value] : target.parameters) {
    if (name == "limit") {
      slice.limit = number_of(name, value);
    } else if (name == "offset") {
      slice.offset = number_of(name, value);
    } else {
      throw Error(ErrorKind::usage, "there is no parameter " + http::shown(name));
    }
  }
  return slice;
}

std::string at(const Call& call, const char* name) { return call.path.find(name)->second; }

}  // namespace

// A route whose body `make` builds, on a builder thread; kept as long as nothing changes.
Route ValidatorApi::json_route(std::string pattern, std::string summary,
                               std::function<std::string(const Call&)> make, bool is_list) {
  http::RouteDoc doc{.summary = std::move(summary),
                     .tag = "Validation",
                     .bodies = {{std::string(kJson), R"({"type":"object"})"}},
                     .refusals = {400, 404, 503},
                     .is_tagged = true};
  if (is_list) {
    doc.query = {{"limit", "At most so many rows", kNumber}, {"offset", "Rows to skip", kNumber}};
  }
  return {.pattern = std::move(pattern),
          .answer = [this, make = std::move(make), is_list](const Call& call) -> Answer {
            if (!is_list) http::refuse_parameters(call.target);
            if (auto refused = http::refuse_other_than(kJson, call.request)) return refused;
            const std::string coding(
                http::choose_encoding(call.request.fields.joined("Accept-Encoding"))
                    .value_or("identity"));
            const auto packed = cache_.get<Packed>(
                fmt::format("{} {} {}", state(), coding, call.request.target),
                call.patient ? http::Patience::enough : http::Patience::none, [&] {
                  const auto made = std::make_shared<const Packed>(pack(make(call), coding));
                  return http::Cache::Made<Packed>{made, made->body->capacity() + sizeof(Packed)};
                });
            if (!packed) return std::nullopt;
            return tagged(call, *packed);
          },
          .doc = std::move(doc)};
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
      cache_(kMostKept),
      router_(routes()) {}

std::string ValidatorApi::state() {
  const std::filesystem::path ensembles = options_.data_dir / "ensembles";
  const auto written =
      path_exists(ensembles) ? changed_at(ensembles).time_since_epoch().count() : 0;
  const std::lock_guard lock(watching_);
  return fmt::format("{}-{}", watched_.data_version(), written);
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
      json_route(
          "/ensemble/scores/{date}", "What the miners together say of a day's alerts",
          [folder](const Call& c) {
            return ensemble_scores(folder, at(c, "date"), slice_of(c.target));
          },
          true),
      json_route(
          "/ensemble/rankings/{date}", "The same, by rank",
          [folder](const Call& c) {
            return ensemble_rankings(folder, at(c, "date"), slice_of(c.target));
          },
          true),
      json_route("/validation/{date}", "All miners of a round with all their checks",
                 with_ledger([](Ledger& ledger, const Call& c) {
                   return validation_of_day(ledger, at(c, "date"));
                 })),
      json_route("/validation/{date}/{hotkey}", "One miner: checks, and the proof of its answers",
                 with_ledger([](Ledger& ledger, const Call& c) {
                   return validation_of_miner(ledger, at(c, "date"), at(c, "hotkey"));
                 })),
      json_route("/miners/rankings", "Miners by quality",
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
  metrics_.add_gauge("aml_validator_rounds", "Rounds in the ledger", [folder] {
    return static_cast<double>(Ledger(folder, SqlDatabase::Mode::read_only).rounds().size());
  });
  routes.push_back(http::metrics_route(metrics_));
  routes.push_back(http::openapi_route(description(), routes));
  routes.push_back(pages_.file_route("/", "validator/index.html"));
  routes.push_back(pages_.folder_route("/web"));
  routes.push_back(vendor_.folder_route("/vendor"));
  return routes;
}

std::optional<http::Response> ValidatorApi::answer_now(http::Request& request) {
  return router_.answer_now(request);
}

http::Response ValidatorApi::answer(http::Request& request) { return router_.answer(request); }

}  // namespace aml::validator
