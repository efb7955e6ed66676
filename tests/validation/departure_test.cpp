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

// Up to degree 4 of the baseline and the original, and up to degree 3 where the reference is in it.
TEST_F(Departures, KnowFunctionsOfSoManyDegreesAndNoMore) {
  const auto left_of = [&](double (*function)(double b, double r, double o), const Scores& with) {
    Scores values;
    for (std::size_t i = 0; i < baseline.size(); ++i) {
      values.push_back(static_cast<float>(function(baseline[i], reference[i], original[i])));
    }
    return left(values, with);
  };
  constexpr double kNothing = 1e-8;
  constexpr double kMuch = 1e-3;
  EXPECT_LT(left_of([](double b, double, double o) { return b * b * o * o; }, {}), kNothing);
  EXPECT_GT(left_of([](double b, double, double o) { return b * b * b * o * o; }, {}), kMuch);
  for (const auto& function : {+[](double b, double, double o) { return b * b * b * o; },
                               +[](double, double, double o) { return o * o * o * o; },
                               +[](double b, double r, double o) { return b * r * o; },
                               +[](double, double r, double) { return r * r * r; }}) {
    EXPECT_LT(left_of(function, reference), kNothing);
  }
  EXPECT_GT(left_of([](double b, double r, double o) { return b * b * r * o; }, reference), kMuch);
  EXPECT_GT(left_of([](double b, double r, double) { return b * b * b * r; }, reference), kMuch);
}

// Whatever number of rows is left after whole vectors.
TEST_F(Departures, FitAllRowsOfAnyNumber) {
  for (const std::size_t rows : {997U, 998U, 999U, 1000U}) {
    fitted.assign(rows, 0);
    std::iota(fitted.begin(), fitted.end(), 0U);
    // The last row stands far from all others: a fit that leaves it out misses it by far.
    baseline[rows - 1] = 6;
    Scores values = baseline;
    for (std::size_t i = 0; i < values.size(); ++i) values[i] *= baseline[i];
    EXPECT_LT(left(values, {}), 1e-9) << rows;
    // Functions that are orthonormal on all rows leave of noise what they do not span.
    const Departure departure =
        Surface(baseline, {}, original, fitted, others).departure(pure_noise);
    double product = 0;
    double squares = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      product += static_cast<double>(departure.fitted[i]) * values[i];
      squares += static_cast<double>(values[i]) * values[i];
    }
    EXPECT_NEAR(product / squares, 0, 1e-6) << rows;
  }
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
