#include "validator/other_day.h"

#include <cmath>
#include <string_view>
#include <unordered_map>

#include "validation/traps.h"

namespace aml::validator {

std::vector<std::size_t> moved_addresses(const Day& day, const Day& other) {
  std::unordered_map<std::string_view, std::size_t> alert_of;
  for (std::size_t i = 0; i < other.facts.address.size(); ++i) {
    alert_of[other.facts.address[i]] = i;
  }
  std::vector<std::size_t> moved(day.facts.address.size(), kNoAlert);
  for (std::size_t i = 0; i < moved.size(); ++i) {
    const auto found = alert_of.find(day.facts.address[i]);
    if (found == alert_of.end()) continue;
    const double change = day.baseline[i] - other.baseline[found->second];
    if (std::abs(change) > validation::kTrapCloseness) moved[i] = found->second;
  }
  return moved;
}

std::vector<double> scores_then(std::span<const std::size_t> moved,
                                std::span<const double> scores) {
  std::vector<double> then(moved.size(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t alert = 0; alert < then.size(); ++alert) {
    if (moved[alert] != kNoAlert) then[alert] = scores[moved[alert]];
  }
  return then;
}

}  // namespace aml::validator
