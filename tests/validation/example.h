#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "validation/alert_index.h"

// A made-up day for the tests: features, and models that are smooth functions of them.
namespace aml::validation::example {

// Deterministic noise, the same on every machine.
class Noise {
 public:
  explicit Noise(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15U + 1) {}
  double uniform() {
    state_ ^= state_ << 13U;
    state_ ^= state_ >> 7U;
    state_ ^= state_ << 17U;
    return static_cast<double>(state_ >> 11U) / 9007199254740992.0;
  }
  // Roughly normal: mean 0, standard deviation 1.
  double normal() {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += uniform();
    return sum;
  }

 private:
  std::uint64_t state_;
};

inline std::vector<std::string> ids(std::size_t alerts) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < alerts; ++i) result.push_back("alert-" + std::to_string(100000 + i));
  return result;
}

inline double logistic(double x) { return 1 / (1 + std::exp(-x)); }
inline double log_odds(double p) { return std::log(p / (1 - p)); }

struct Day {
  explicit Day(std::size_t alerts, std::size_t features = 4) : index(ids(alerts)) {
    Noise noise(7);
    columns.assign(features, std::vector<double>(alerts));
    for (std::size_t i = 0; i < alerts; ++i) {
      for (std::vector<double>& column : columns) column[i] = noise.uniform();
      facts.address.push_back("address-" + std::to_string(i / 2));
      facts.severity.push_back(i % 3 == 0 ? "high" : "low");
      facts.typology.push_back(i % 5 == 0 ? "cycle" : "fan_in");
      facts.confidence.push_back(noise.uniform());
    }
    baseline = model(0, 0);
  }

  // A model: what all have in common, and a smooth part of `strength` that only models of this
  // number have.
  std::vector<double> model(int number, double strength) const {
    std::vector<double> scores(index.size());
    for (std::size_t i = 0; i < scores.size(); ++i) {
      double raw = 2 * columns[0][i] - 1 + columns[1][i] - 0.5;
      for (std::size_t f = 0; f < columns.size(); ++f) {
        raw += strength * std::sin(number * 1.7 + (f + 1.0) * number * columns[f][i] * 0.9 + f);
      }
      scores[i] = logistic(raw);
    }
    return scores;
  }

  std::vector<std::span<const double>> features() const { return {columns.begin(), columns.end()}; }

  AlertIndex index;
  AlertFacts facts;
  std::vector<std::vector<double>> columns;
  std::vector<double> baseline;
};

inline std::vector<double> with_noise(std::vector<double> scores, double size, std::uint64_t seed) {
  Noise noise(seed);
  for (double& score : scores) score = logistic(log_odds(score) + size * noise.normal());
  return scores;
}

// The body of a submission, as the API answers.
inline std::string body(const AlertIndex& index, const std::vector<double>& scores,
                        const std::string& date = "2025-10-26") {
  std::string text = "{\"processing_date\":\"" + date +
                     "\",\"total_alerts\":" + std::to_string(scores.size()) + ",\"scores\":[";
  for (std::size_t i = 0; i < scores.size(); ++i) {
    text += (i == 0 ? "" : ",");
    text += "{\"alert_id\":\"" + index.ids()[i] + "\",\"score\":" + std::to_string(scores[i]) +
            ",\"model_version\":\"1.0.0\",\"latency_ms\":0.25,\"explain_json\":null}";
  }
  return text + "],\"metadata\":{\"total_alerts\":" + std::to_string(scores.size()) + "}}";
}

}  // namespace aml::validation::example
