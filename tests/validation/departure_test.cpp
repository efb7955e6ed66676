#include "validation/departure.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include "example.h"

namespace aml::validation {
namespace {

using Scores = std::vector<float>;

class Departures : public testing::Test {
 protected:
  Departures() {
    example::Noise noise(3);
    for (std::size_t i = 0; i < 2000; ++i) {
      baseline.push_back(static_cast<float>(noise.normal()));
      reference.push_back(0.5F * baseline.back() + static_cast<float>(noise.normal()));
      original.push_back(0.5F * baseline.back() + static_cast<float>(noise.normal()));
      pure_noise.push_back(static_cast<float>(noise.normal()));
      (i < 1000 ? fitted : others).push_back(static_cast<std::uint32_t>(i));
    }
  }
  // Share of the values' squares that is left.
  double left(const Scores& values, const Scores& with) const {
    const Departure departure = Surface(baseline, with, original, fitted, others).departure(values);
    double squares = 0;
    for (const std::uint32_t row : fitted) squares += values[row] * values[row];
    return departure.squares / squares;
  }

  Scores baseline;
  Scores reference;
  Scores original;
  Scores pure_noise;
  std::vector<std::uint32_t> fitted;
  std::vector<std::uint32_t> others;
};

TEST_F(Departures, LeaveNothingOfAFunctionOfTheModels) {
  Scores blend = baseline;
  Scores with_reference = baseline;
  for (std::size_t i = 0; i < blend.size(); ++i) {
    blend[i] = std::tanh(0.3F * baseline[i] + 0.5F * original[i]);
    with_reference[i] = 0.3F * reference[i] * original[i] + original[i] * original[i];
  }
  EXPECT_LT(left(blend, {}), 0.01);
  EXPECT_GT(left(with_reference, {}), 0.01);
  EXPECT_LT(left(with_reference, reference), 1e-9);
}

TEST_F(Departures, LeaveNoiseAsItWas) {
  EXPECT_NEAR(left(pure_noise, {}), 1 - 15.0 / 1000, 0.02);
  Scores noisy = original;
  for (std::size_t i = 0; i < noisy.size(); ++i) noisy[i] += 0.1F * pure_noise[i];
  const Departure departure = Surface(baseline, {}, original, fitted, others).departure(noisy);
  for (std::size_t i = 0; i < others.size(); i += 100) {
    EXPECT_NEAR(departure.others[i], 0.1F * pure_noise[others[i]], 0.1);
  }
}

TEST_F(Departures, AreTheSameWhereModelsAreEqual) {
  // Functions that others explain already count for nothing; nothing is divided by zero.
  EXPECT_NEAR(left(pure_noise, original), left(pure_noise, {}), 1e-5);
  const Scores constant(baseline.size(), 0.0F);
  EXPECT_LT(left(pure_noise, constant), 1);
}

TEST(Grain, IsHighWhereNeighborsAgreeAndZeroForNoise) {
  example::Noise noise(4);
  Departure smooth;
  Departure random;
  for (int i = 0; i < 4000; ++i) {
    const auto value = static_cast<float>(noise.normal());
    smooth.fitted.push_back(value);
    smooth.others.push_back(value + 0.1F * static_cast<float>(noise.normal()));
    random.fitted.push_back(value);
    random.others.push_back(static_cast<float>(noise.normal()));
  }
  EXPECT_GT(smooth.grain(), 0.95);
  EXPECT_NEAR(random.grain(), 0, 0.06);
  EXPECT_EQ((Departure{{0, 0}, {0, 0}, 0}).grain(), 0);
}

}  // namespace
}  // namespace aml::validation
