// Small days whose changes of places can be counted by hand.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include "metrics/ranking.h"
#include "validation/contribution.h"

namespace aml::validation {
namespace {

constexpr double kAucRoc = 0.3;  // points of the final score for each, as docs/validation.md has it
constexpr double kAucPr = 0.2;

// Alerts at some log-odds; each answer moves one of them, by a distance of its own.
struct SmallDay {
  std::vector<double> log_odds;
  std::vector<int> labels;
  std::vector<std::vector<double>> own;
  std::vector<std::uint64_t> codes;

  SmallDay(std::vector<double> at, std::vector<int> truth)
      : log_odds(std::move(at)), labels(std::move(truth)), codes(labels.size()) {
    std::iota(codes.begin(), codes.end(), std::uint64_t{0});
  }
  void moves(std::size_t alert, double distance) {
    own.emplace_back(log_odds.size());
    own.back()[alert] = distance;
  }
  DayContribution contribution() const {
    const std::vector<std::span<const double>> views(own.begin(), own.end());
    const std::vector<double> whole(own.size(), 1);
    return contribution_of(log_odds, views, whole, whole, labels, codes, 1);
  }
};

// The second filed alert passes two others, first the lower one. These give way by next to nothing,
// and lose so much of what their pair was worth. (Places are taken eight times along the line;
// where these pass, they are exact.)
TEST(ContributionPlaces, ValuesEachPassingByWhatItAddsToTheMetrics) {
  constexpr double kWay = 9;
  constexpr double kLittle = 1e-6;
  SmallDay day({100, 0, 3, 6.3}, {1, 1, 0, 0});
  day.moves(1, kWay);
  day.moves(2, kLittle);
  day.moves(3, kLittle);
  const DayContribution gained = day.contribution();
  // The filed ones stand at places 1 and 4, then 1 and 3, then 1 and 2.
  const double fourth = (1.0 + 2.0 / 4) / 2;
  const double third = (1.0 + 2.0 / 3) / 2;
  const double second = 1;
  const double of_first_pair = kAucRoc / 4 + kAucPr * (third - fourth);
  const double of_second_pair = kAucRoc / 4 + kAucPr * (second - third);
  EXPECT_NEAR(gained.blended_points - gained.reference_points, of_first_pair + of_second_pair,
              1e-12);
  EXPECT_NEAR(gained.shares[0].points, of_first_pair + of_second_pair, 1e-6);
  EXPECT_NEAR(gained.shares[1].points / -kLittle, of_first_pair / kWay, 1e-7);
  EXPECT_NEAR(gained.shares[2].points / -kLittle, of_second_pair / kWay, 1e-7);
}

// What passes near the beginning and the end of the line has changed places in part: it does so
// over half the root mean square of the moves, to both sides.
TEST(ContributionPlaces, CountsWhatHasPassedInPart) {
  constexpr double kWay = 12;
  constexpr double kLittle = 1e-6;
  SmallDay day({0, 1.2, 11.7}, {1, 0, 0});
  day.moves(0, kWay);
  day.moves(1, kLittle);
  day.moves(2, kLittle);
  const DayContribution gained = day.contribution();
  const double width = kWay / std::sqrt(3.0) / 2;
  const double first = (kAucRoc / 2 + kAucPr * (1.0 / 2 - 1.0 / 3)) * (0.5 + 1.2 / (2 * width));
  const double second = (kAucRoc / 2 + kAucPr * (1 - 1.0 / 2)) * (0.5 + 0.3 / (2 * width));
  EXPECT_NEAR(gained.blended_points - gained.reference_points, kAucRoc + kAucPr * (1 - 1.0 / 3),
              1e-12);
  // What that leaves of the whole is spread in proportion: the quotient stays.
  EXPECT_NEAR(gained.shares[1].points / gained.shares[2].points, first / second, 1e-5);
  EXPECT_NEAR(gained.shares[0].points, gained.blended_points - gained.reference_points, 1e-5);
}

// Two answers that each move one pair, and one answer that moves both: the line is the same.
TEST(ContributionPlaces, AddsTheErrorsOfClustersAsSquares) {
  const std::vector<double> first_pair{4, -4, 0, 0};
  const std::vector<double> second_pair{0, 0, 3, -3};
  const std::vector<double> both{4, -4, 3, -3};
  const auto errors_of = [](std::vector<std::vector<double>> own,
                            std::vector<std::uint64_t> codes) {
    SmallDay day({0, 1, 20, 21}, {1, 0, 1, 0});
    day.own = std::move(own);
    day.codes = std::move(codes);
    std::vector<double> errors;
    for (const Share& share : day.contribution().shares) errors.push_back(share.error);
    return errors;
  };
  const auto alone = errors_of({first_pair, second_pair}, {1, 1, 2, 2});
  EXPECT_GT(alone[0], 0.01);
  EXPECT_GT(alone[1], 0.01);
  EXPECT_NEAR(errors_of({both}, {1, 1, 2, 2})[0], std::hypot(alone[0], alone[1]), 1e-12);
  EXPECT_NEAR(errors_of({both}, {1, 1, 1, 1})[0], alone[0] + alone[1], 1e-12);
}

}  // namespace
}  // namespace aml::validation
