#include "miner/day_state.h"

#include <nlohmann/json.hpp>

#include "base/deadline.h"

namespace aml::miner {

using Json = nlohmann::ordered_json;

Json state_json(const DayState& state) {
  Json json{{"state", state.is_committed ? "committed" : "not committed"},
            {"block", nullptr},
            {"open", state.is_open},
            {"revealed_to", state.revealed_to},
            {"of", nullptr}};
  if (state.validators) json["of"] = *state.validators;
  if (state.is_committed) json["block"] = state.block;
  return json;
}

std::string states_text(const DayStates& states, bool are_seconds) {
  Json days = Json::object();
  for (const auto& [date, state] : states) {
    days[date] = {{"network", state.network}, {"clock", are_seconds ? "seconds" : "blocks"}};
    days[date].update(state_json(state));
  }
  const Json json{{"format_version", kDayStatesFormat}, {"days", std::move(days)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace aml::miner
