// What the miner tells anybody: GET /v1/info.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "miner/miner.h"

namespace aml::miner {

namespace {

constexpr std::chrono::seconds kFreshness{5};

}  // namespace

std::optional<http::Response> Miner::info_at_hand() {
  const std::lock_guard lock(info_mutex_);
  if (!dates_asked_ || Clock::now() - *dates_asked_ > kFreshness) return std::nullopt;
  http::Response response;
  response.fields.emplace_back("Cache-Control", "max-age=5");
  response.body = http::make_body(info_json());
  return response;
}

// Strangers may make the API list its days once every five seconds, together.
http::Response Miner::info() {
  const std::lock_guard asking(asking_dates_);
  if (auto response = info_at_hand()) return std::move(*response);
  std::vector<std::string> dates;
  std::string failure;
  try {
    dates = source_.dates();
  } catch (const Error& e) {
    failure = e.what();
  }
  {
    const std::lock_guard lock(info_mutex_);
    dates_ = std::move(dates);
    dates_failure_ = std::move(failure);
    dates_asked_ = Clock::now();
  }
  return *info_at_hand();
}

std::string Miner::info_json() const {
  using Json = nlohmann::ordered_json;
  Json protocols{"btauth/1"};
  if (options_.v10) protocols.push_back("v10");
  Json json{{"hotkey", hotkey_.ss58()},
            {"version", AML_VERSION},
            {"protocols", protocols},
            {"envelope", "aml-envelope/1"},
            {"kinds", {"alert_scores", "alert_rankings", "cluster_scores"}},
            {"dates", dates_}};
  if (!dates_failure_.empty()) json["dates_unavailable"] = dates_failure_;
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
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace aml::miner
