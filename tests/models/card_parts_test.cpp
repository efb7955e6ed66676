#include "models/card_parts.h"

#include <gtest/gtest.h>

namespace aml::models {
namespace {

constexpr std::size_t kRows = 100;
constexpr std::size_t kReports = 10;  // of each day

// Five days of one kind, the last three of which were scored by models of one, three and four days.
struct Days {
  Days() {
    for (std::size_t row = 0; row < kRows; ++row) matrix.ids.push_back(std::to_string(row));
    for (std::size_t day = 0; day < 5; ++day) {
      FitDay fit{{&matrix, {}, {}}, matrix.ids};
      for (std::size_t row = 0; row < kRows; ++row) {
        fit.rows.rows.push_back(row);
        fit.rows.labels.push_back(row < kReports ? 1 : 0);
      }
      fits.push_back(fit);
      card.training_days.push_back(
          {"bitcoin", "2025-11-0" + std::to_string(day + 1), 7, "", kRows, kReports});
    }
    held_back.resize(5);
    held_back[2] = scored({0}, -1);
    held_back[3] = scored({0, 1, 2}, -2);
    held_back[4] = scored({0, 1, 2, 3}, -4);
  }

  static HeldBackScores scored(std::vector<std::size_t> learned, double level) {
    HeldBackScores scores{{}, true, std::move(learned)};
    for (std::size_t row = 0; row < kRows; ++row) {
      scores.raw.push_back(level + (row < kReports ? 2 : 0) + 0.01 * static_cast<double>(row % 7));
    }
    return scores;
  }

  double mean_probability(std::size_t day) const {
    double sum = 0;
    for (const double raw : held_back[day].raw) sum += card.scale.calibration->probability(raw);
    return sum / kRows;
  }

  features::FeatureMatrix matrix;
  std::vector<FitDay> fits;
  std::vector<HeldBackScores> held_back;
  ModelCard card;
};

// One day's scores say less of the mean than those of all days whose models knew nearly as much;
// one that knew a quarter as much says something else.
TEST(Calibrate, SetsTheBaseRateByAllModelsThatKnowNearlyAsMuch) {
  Days days;
  calibrate(days.fits, days.held_back, "", days.card);
  EXPECT_NEAR((days.mean_probability(3) + days.mean_probability(4)) / 2, 0.1, 1e-9);
  EXPECT_GT(days.mean_probability(2), 0.11);
}

}  // namespace
}  // namespace aml::models
