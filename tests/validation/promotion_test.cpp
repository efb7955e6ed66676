#include "validation/promotion.h"

#include <gtest/gtest.h>

#include <random>

#include "validation/ground_truth.h"

namespace aml::validation {
namespace {

// A day of 400 alerts, a tenth of them reported, whose scores tell the truth with noise.
PromotionDay day_of(double champion_noise, double challenger_noise, std::uint32_t seed) {
  std::mt19937 random(seed);
  const auto noise = [&](double size) {
    return size * (static_cast<double>(random()) / 4294967296.0 - 0.5);
  };
  PromotionDay day;
  day.processing_date = "2025-11-" + std::to_string(10 + seed);
  for (int i = 0; i < 400; ++i) {
    const int label = i % 10 == 0 ? 1 : 0;
    day.labels.push_back(label);
    day.champion.push_back(0.5 + 0.1 * label + noise(champion_noise));
    day.challenger.push_back(0.5 + 0.1 * label + noise(challenger_noise));
    day.addresses.push_back(std::to_string(i / 2));
  }
  return day;
}

TEST(Promotion, TellsTheBetterOne) {
  const std::vector<PromotionDay> days{day_of(0.6, 0.2, 1), day_of(0.6, 0.2, 2)};
  const Promotion better = compare_challenger(days, {.resamples = 200});
  EXPECT_TRUE(better.is_better());
  EXPECT_FALSE(better.is_worse());
  ASSERT_EQ(better.days.size(), 2U);
  EXPECT_EQ(better.days[0].alerts, 400);
  EXPECT_EQ(better.days[0].positives, 40);
  const auto check = check_ground_truth(days[0].challenger, days[0].labels);
  EXPECT_EQ(better.days[0].challenger, check->score);
  const double mean = (better.days[0].challenger - better.days[0].champion +
                       better.days[1].challenger - better.days[1].champion) /
                      2;
  EXPECT_DOUBLE_EQ(better.difference, mean);
  EXPECT_LT(better.interval->low, mean);
  EXPECT_GT(better.interval->high, mean);

  const std::vector<PromotionDay> turned{day_of(0.1, 2.0, 1)};
  EXPECT_TRUE(compare_challenger(turned, {.resamples = 200}).is_worse());
}

TEST(Promotion, TellsNothingOfEqualScores) {
  std::vector<PromotionDay> days{day_of(0.4, 0.4, 3)};
  days[0].challenger = days[0].champion;
  const Promotion same = compare_challenger(days, {.resamples = 200});
  EXPECT_EQ(same.difference, 0);
  EXPECT_FALSE(same.is_better() || same.is_worse());
}

// Alerts of one address are one observation: the interval of rows that are there forty times is as
// wide as that of the rows themselves.
TEST(Promotion, DrawsAddressesAndNotRows) {
  PromotionDay once = day_of(0.6, 0.4, 4);
  for (std::size_t i = 0; i < once.addresses.size(); ++i) once.addresses[i] = std::to_string(i);
  PromotionDay often;
  for (std::size_t i = 0; i < once.labels.size(); ++i) {
    for (int copy = 0; copy < 40; ++copy) {
      often.labels.push_back(once.labels[i]);
      often.champion.push_back(once.champion[i]);
      often.challenger.push_back(once.challenger[i]);
      often.addresses.push_back(once.addresses[i]);
    }
  }
  const EvaluationOptions how{.resamples = 100};
  const auto narrow = compare_challenger(std::span(&once, 1), how).interval;
  const auto wide = compare_challenger(std::span(&often, 1), how).interval;
  EXPECT_NEAR(narrow->high - narrow->low, wide->high - wide->low, 1e-6);
}

TEST(Promotion, PassesDaysOverThatTellNothing) {
  PromotionDay one_class = day_of(0.6, 0.2, 1);
  one_class.labels.assign(one_class.labels.size(), 0);
  PromotionDay few = day_of(0.6, 0.2, 2);
  few.labels = {0, 1};
  few.champion.resize(2);
  few.challenger.resize(2);
  few.addresses.resize(2);
  EXPECT_FALSE(compare_challenger(std::vector{one_class, few}).interval);
  EXPECT_FALSE(compare_challenger({}).is_better());
}

}  // namespace
}  // namespace aml::validation
