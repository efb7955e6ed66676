#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "validation/alert_index.h"
#include "validation/verdict.h"

// Shortcuts that need no model. They are looked for on a secret sample of alerts that differs by
// round and miner, so that nobody can have a model for the sample and a shortcut for the rest.
namespace aml::validation {

inline constexpr std::size_t kTrapSample = 1000;  // alerts
inline constexpr double kTrapCloseness = 0.01;    // scores so near are the same to a trap

// An alert that the SOT's owner planted, with the score a shortcut would give it.
struct PlantedTrap {
  std::size_t alert = 0;
  double expected_score = 0;
};

// What a submission's scores are compared with; all spans are by alert number.
struct TrapInput {
  std::span<const double> scores;
  const AlertFacts* facts = nullptr;
  std::span<const std::size_t> sample;
  // The miner's own score of the same address on another day; NaN where there is none, or where
  // the stock model too says the same on both days: then so may any model. May be empty.
  std::span<const double> other_day;
  std::span<const PlantedTrap> planted;
};

// One check per shortcut (confidence, severity, typology, severity and typology, other day), and
// one for all planted alerts, each of which costs as much as a shortcut. A shortcut is hit where at
// least 90 % of the sample score within 0.01 of it and it explains the scores, or where the scores
// are nothing but a function of it, whatever the function.
std::vector<Check> check_traps(const TrapInput& input);

}  // namespace aml::validation
