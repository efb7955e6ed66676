#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace aml::validation {

inline constexpr double kQualityExponent = 2;  // of normalized_weights
// How much of a miner's quality its newest day makes: five bad days are ruin, one is not.
inline constexpr double kNewestDayShare = 0.2;

// Exponential moving average of final scores, oldest first, from 0 before the first.
double smoothed_quality(std::span<const double> final_scores);

// quality^kQualityExponent of each, divided by their sum; all zeros where that is zero. Members of
// one group other than -1 are one miner to the subnet: they share the weight of the best of them
// evenly, so that publishing the stock model from many hotkeys earns no more than from one.
std::vector<double> normalized_weights(std::span<const double> quality,
                                       std::span<const int> groups = {});

// What the miners together say of one alert.
struct EnsembleScore {
  double mean = 0;               // weighted
  double median = 0;             // weighted: half of the weight lies at or below it
  double variance = 0;           // weighted, around the mean
  std::int64_t submissions = 0;  // miners of some weight that scored it
};

// By alert. submissions[m][alert] is NaN where miner m did not score it; weights[m] >= 0. An alert
// that nobody of any weight scored has NaN.
std::vector<EnsembleScore> combine(std::span<const std::span<const double>> submissions,
                                   std::span<const double> weights, int threads);

}  // namespace aml::validation
