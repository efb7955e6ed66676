#include "simulation/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

namespace aml::simulation {
namespace {

TEST(Random, IsTheSameOnEveryMachine) {
  // SplitMix64 from 0, as published with it.
  EXPECT_EQ(mix(0), 0xe220a8397b1dcdafULL);
  Random random({1, 2, 3});
  const std::array<std::uint64_t, 2> drawn = {random.next(), random.next()};
  EXPECT_NE(drawn[0], drawn[1]);
  Random again({1, 2, 3});
  EXPECT_EQ(again.next(), drawn[0]);
  EXPECT_EQ(again.next(), drawn[1]);
}

TEST(Random, DiffersByPath) {
  EXPECT_NE(Random({1, 2}).next(), Random({2, 1}).next());
  EXPECT_NE(Random({1}).next(), Random({1, 0}).next());
}

TEST(Random, KeepsItsBounds) {
  Random random(7);
  std::array<int, 5> seen{};
  for (int i = 0; i < 5'000; ++i) {
    ++seen[random.below(5)];
    const int between = random.between(-2, 2);
    EXPECT_TRUE(between >= -2 && between <= 2);
    EXPECT_LT(random.favourite(9), 9U);
    EXPECT_GE(random.exponential(1), 0);
  }
  for (const int count : seen) EXPECT_NEAR(count, 1'000, 150);
}

TEST(Random, HasTheDistributionsItPromises) {
  Random random(11);
  constexpr int kDraws = 20'000;
  double sum = 0;
  double squares = 0;
  double waits = 0;
  std::vector<double> incomes;
  std::array<int, 4> favourites{};
  for (int i = 0; i < kDraws; ++i) {
    const double value = random.normal();
    sum += value;
    squares += value * value;
    waits += random.exponential(3);
    incomes.push_back(random.log_normal(50, 1));
    ++favourites[random.favourite(4)];
  }
  EXPECT_NEAR(sum / kDraws, 0, 0.03);
  EXPECT_NEAR(squares / kDraws, 1, 0.04);
  EXPECT_NEAR(waits / kDraws, 3, 0.1);
  std::nth_element(incomes.begin(), incomes.begin() + kDraws / 2, incomes.end());
  EXPECT_NEAR(incomes[kDraws / 2], 50, 2);
  EXPECT_TRUE(std::is_sorted(favourites.rbegin(), favourites.rend()));
}

}  // namespace
}  // namespace aml::simulation
