// What the miner beside this server says of the commitment to a day's scores.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "api/routes.h"
#include "base/deadline.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/log.h"
#include "http/own_routes.h"

namespace aml::api {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMostStatesBytes = 1 << 20;

// What the file says of the day, if it is a day of this network; null where it says nothing.
Json state_of(const std::filesystem::path& file, const Day& day) {
  if (!file_size_if_exists(file)) return nullptr;
  Json json = Json::parse(read_file(file, kMostStatesBytes));
  if (json.at("format_version").get<int>() > kDayStatesFormat) {
    throw Error(ErrorKind::unavailable, "it was written by a newer program");
  }
  const auto found = json.at("days").find(day.date.text());
  if (found == json.at("days").end()) return nullptr;
  if (found->at("network").get<std::string>() != day.metadata.network) return nullptr;
  return std::move(*found);
}

}  // namespace

Answer commitment_state(const Exchange& exchange) {
  http::refuse_parameters(exchange.target);
  if (auto refused = refuse_other_than_json(exchange)) return refused;
  const Day& day = requested_day(exchange);
  Json json{{"processing_date", day.date.text()}, {"state", "unknown"}};
  if (!exchange.commitments.empty()) {
    if (exchange.patience == http::Patience::none) return std::nullopt;
    const std::filesystem::path file = exchange.commitments / kDayStatesFile;
    try {
      const Json state = state_of(file, day);
      if (state.is_object()) {
        json.update(state);
        json["as_of"] = utc_text(changed_at(file));
      }
    } catch (const std::exception& e) {
      log::warning("what the miner committed to cannot be told",
                   {{"file", file.string()}, {"reason", e.what()}});
      throw Error(ErrorKind::unavailable,
                  "what the miner says of its commitments cannot be read; its next look at the "
                  "chain writes it anew");
    }
  }
  return Response{
      .fields = {{"Cache-Control", "no-store"}},
      .body = http::make_body(json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n")};
}

}  // namespace aml::api
