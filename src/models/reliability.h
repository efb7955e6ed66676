#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "models/calibration.h"

namespace aml::models {

// Rows of like probability: what was promised of them and what became true.
struct ReliabilityBin {
  double from = 0;       // probabilities from here, inclusive
  double to = 1;         // to here, inclusive
  double predicted = 0;  // their mean
  Share observed;
};

// How far probabilities keep what they say.
struct Reliability {
  double expected_per_observed = 0;  // Σ probabilities / positives; 0 where there are none
  double slope = 0;                  // of the labels' log-odds on the probabilities', 1 is right
  double brier_skill = 0;  // 1 − Brier score / that of the rows' own base rate; above 0 is better
  std::vector<ReliabilityBin> tenths;  // ten bins of equal count, the lowest first
  std::vector<ReliabilityBin> top;     // the 200, 1,000 and 5,000 highest, as far as there are rows
};

// Rows whose probability, label and group (of rows that are not independent: one address) are
// known.
struct JudgedRows {
  std::vector<double> probabilities;
  std::vector<int> labels;
  std::vector<std::uint32_t> groups;
};

// REQUIRES: at least one row
Reliability judge_reliability(const JudgedRows& rows);

// Bins for words ("27 of 100, from 412 like it"): the highest 50 rows, the next 100, 200, 400, …,
// the last one with all that are left; the highest first. Every bin has at least kLeastLike rows.
inline constexpr std::size_t kLeastLike = 50;
std::vector<ReliabilityBin> like_rows(const JudgedRows& rows);

}  // namespace aml::models
