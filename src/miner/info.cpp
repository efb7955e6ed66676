// What the miner tells anybody: GET /v1/info.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "miner/miner.h"

namespace aml::miner {

namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

}  // namespace

// Strangers may ask: everything is at hand, and nobody waits for the API.
http::Response Miner::info() {
  http::Response response;
  response.fields.emplace_back("Cache-Control", "max-age=5");
  response.body = http::make_body(info_json(dates_.known()));
  return response;
}

std::string Miner::info_json(const DateList::Known& days) const {
  using Json = nlohmann::ordered_json;
  Json protocols{"btauth/1"};
  if (options_.v10) protocols.push_back("v10");
  Json json{{"hotkey", hotkey_.ss58()},
            {"version", AML_VERSION},
            {"protocols", protocols},
            {"envelope", "aml-envelope/1"},
            {"kinds", {"alert_scores", "alert_rankings", "cluster_scores"}},
            {"dates", days.dates}};
  if (!days.failure.empty()) json["dates_unavailable"] = days.failure;
  json["policy"] = {{"min_stake", options_.policy.min_stake},
                    {"per_minute", options_.policy.per_minute},
                    {"at_once", options_.policy.at_once}};
  json["metagraph"] = nullptr;
  if (watch_ != nullptr) {
    json["netuid"] = watch_->netuid();
    if (const auto known = watch_->known()) {
      json["metagraph"] = {{"block", known->graph.block},
                           {"neurons", known->graph.neurons.size()},
                           {"age_seconds", std::max(0.0, known->age_seconds())}};
    }
  }
  json["validator_seconds_ago"] = nullptr;
  if (const std::int64_t asked = validator_asked_; asked > 0) {
    const std::int64_t now = bittensor::unix_time_ns() / kNsPerSecond;
    json["validator_seconds_ago"] = std::max<std::int64_t>(0, now - asked);
  }
  if (commitments_ != nullptr) {
    json["commitments"] = Json::object();
    for (const auto& [date, state] : commitments_->states()) {
      json["commitments"][date] = state_json(state);
    }
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace aml::miner
