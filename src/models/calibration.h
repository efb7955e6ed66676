#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace aml::models {

// What a raw score (log-odds) is worth: a probability of 1 / (1 + e^-(slope · raw + intercept)),
// fitted to scores of rows whose model had not learned from their day (Platt, "Probabilistic
// outputs for support vector machines", 1999). The slope is above 0, so that the order is kept.
struct Calibration {
  double slope = 1;
  double intercept = 0;

  double probability(double raw) const;
};

// The most likely calibration under a weak prior (slope 1 ± 1, intercept 0 ± 10), which keeps it
// finite where scores separate the labels. A slope below kLeastSlope, of scores that say nothing or
// the contrary, becomes that. REQUIRES: as many labels (0 or 1) as finite raw scores.
Calibration fit_calibration(std::span<const double> raw, std::span<const int> labels);
inline constexpr double kLeastSlope = 0.01;

// How sure the slope is: one over its variance, by the curvature of that likelihood at its top.
double slope_information(const Calibration& calibration, std::span<const double> raw,
                         std::span<const int> labels);

// The slope of what became of one day's rows.
struct DaySlope {
  double slope = 1;
  double information = 0;
  // Rows that the model which scored the day had learned from, as a share of those that the model
  // to be calibrated did; above 0.
  double learned_share = 1;
};

// The slope for the model to be calibrated. The more rows a model learns from, the truer its
// scores, and the steeper: slopes are drawn as a line in the logarithm of rows, whose own slope is
// kSlopeGrowth ± kSlopeGrowthDeviation before these days are seen. REQUIRES: there are slopes.
double slope_of_all_rows(std::span<const DaySlope> slopes);
// Measured on simulated days (docs/models.md), of the logarithm of a slope.
inline constexpr double kSlopeGrowth = 0.25;
inline constexpr double kSlopeGrowthDeviation = 0.1;

// A calibration with the intercept at which the mean probability of `raw` is `base_rate`. REQUIRES:
// there are raw scores; 0 < base_rate < 1
Calibration anchored(Calibration calibration, std::span<const double> raw, double base_rate);

// What is published of a probability p: offset + span · p. With few positives the median of
// probabilities lies near 0, and a validator fines a day whose median score is below 0.1; this map
// keeps order and meaning and stays above that.
struct ScoreMap {
  double offset = 0.12;
  double span = 0.86;

  // Of days of which most alerts are reported: no score is above 0.88, so no median is above 0.9.
  static ScoreMap of_frequent_reports() { return {0.12, 0.76}; }

  double score(double probability) const { return offset + span * probability; }
};

// How a model's raw scores become what is published. Without a calibration, of a model that has no
// card, the score is 1 / (1 + e^-raw) and there is no probability.
struct PublishedScale {
  std::optional<Calibration> calibration{};
  ScoreMap map{};

  double score(double raw) const;
  std::optional<double> probability(double raw) const;
};

// A share of rows with its 95 % interval: Wilson's ("Probable inference", 1927), of as many rows as
// the variance between groups leaves (rows of one address are not independent).
struct Share {
  std::size_t rows = 0;
  std::size_t positives = 0;
  double low = 0;
  double high = 1;

  double value() const;
};

// REQUIRES: a group for each label, or no groups: each row is one of its own.
Share share_of(std::span<const int> labels, std::span<const std::uint32_t> groups);

}  // namespace aml::models
