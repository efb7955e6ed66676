#include "known/category.h"

#include <string>

#include "base/lower_case.h"

namespace aml::known {

namespace {

struct Word {
  std::string_view part;
  flows::KnownCategory category;
};
// The first that stands in a category counts.
constexpr Word kWords[] = {
    {"sanction", flows::kSanctions},
    {"ofac", flows::kSanctions},
    {"sextortion", flows::kScam},
    {"ransom", flows::kRansomware},
    {"malware", flows::kRansomware},
    {"extortion", flows::kRansomware},
    {"mixer", flows::kKnownMixer},
    {"mixing", flows::kKnownMixer},
    {"tumbler", flows::kKnownMixer},
    {"coinjoin", flows::kKnownMixer},
    {"tornado", flows::kKnownMixer},
    {"dark", flows::kDarknet},
    {"terror", flows::kDarknet},
    {"csam", flows::kDarknet},
    {"child", flows::kDarknet},
    {"drug", flows::kDarknet},
    {"traffick", flows::kDarknet},
    {"illicit", flows::kDarknet},
    {"hack", flows::kTheft},
    {"theft", flows::kTheft},
    {"stolen", flows::kTheft},
    {"exploit", flows::kTheft},
    {"heist", flows::kTheft},
    {"scam", flows::kScam},
    {"fraud", flows::kScam},
    {"phish", flows::kScam},
    {"ponzi", flows::kScam},
    {"pyramid", flows::kScam},
    {"fake", flows::kScam},
    {"rug_pull", flows::kScam},
    {"exchange", flows::kKnownExchange},
    {"vasp", flows::kKnownExchange},
    {"defi", flows::kKnownService},
    {"bridge", flows::kKnownService},
    {"payment", flows::kKnownService},
    {"merchant", flows::kKnownService},
    {"miner", flows::kKnownService},
    {"mining", flows::kKnownService},
    {"hosted", flows::kKnownService},
    {"custod", flows::kKnownService},
    {"organization", flows::kKnownService},
    {"donation", flows::kKnownService},
    {"service", flows::kKnownService},
    {"faucet", flows::kKnownService},
};

}  // namespace

std::optional<flows::KnownCategory> category_of(std::string_view category,
                                                std::string_view risk_level) {
  const std::string words = in_lower_case(std::string(category));
  const std::string risk = in_lower_case(std::string(risk_level));
  const bool is_high = risk == "high" || risk == "critical";
  for (const Word& word : kWords) {
    if (words.find(word.part) == std::string::npos) continue;
    return is_high && !flows::is_bad(word.category) ? flows::kOtherBad : word.category;
  }
  if (is_high) return flows::kOtherBad;
  if (risk == "low") return flows::kOtherGood;
  return std::nullopt;
}

}  // namespace aml::known
