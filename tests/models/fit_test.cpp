#include "models/fit.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <random>

#include "base/error.h"
#include "models/card_parts.h"

namespace aml::models {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::size_t kFeatures = 20;

// A day of normal variables; `moved` of the features lie elsewhere.
features::FeatureMatrix day(unsigned seed, std::size_t moved = 0, std::size_t rows = 2000) {
  std::mt19937_64 random(seed);
  features::FeatureMatrix matrix;
  for (std::size_t row = 0; row < rows; ++row) matrix.ids.push_back(std::to_string(row));
  for (std::size_t f = 0; f < kFeatures; ++f) {
    matrix.names.push_back("feature_" + std::to_string(f));
    std::vector<double>& column = matrix.columns.emplace_back();
    for (std::size_t row = 0; row < rows; ++row) {
      double sum = f < moved ? 3 : 0;
      for (int i = 0; i < 12; ++i) sum += static_cast<double>(random() >> 11) * 0x1p-53 - 0.5;
      column.push_back(sum);
    }
  }
  return matrix;
}

DayProfile profile_of(const std::vector<features::FeatureMatrix>& days) {
  DayProfile profile;
  std::vector<const features::FeatureMatrix*> matrices;
  for (const auto& matrix : days) {
    matrices.push_back(&matrix);
    add_to_profile("bitcoin", 7, {{"cycle", 1000}, {"fan_in", 1000}}, profile);
  }
  profile_features(matrices, 2, profile);
  profile.probabilities = profile.features.at("feature_0");
  return profile;
}

ComparedDay compared(const features::FeatureMatrix& matrix) {
  return {.network = "bitcoin",
          .window_days = 7,
          .snapshot_sha256 = "abc",
          .matrix = &matrix,
          .probabilities = {},
          .typologies = {{"cycle", 1500}, {"fan_in", 500}}};
}

TEST(Fit, ADayOfTheSameKindIsFamiliarAtAnySize) {
  for (const DayProfile& profile :
       {profile_of({day(1), day(2), day(3)}), profile_of({day(1)}), profile_of({day(1), day(2)})}) {
    for (const std::size_t rows : {50U, 500U, 20000U}) {
      const features::FeatureMatrix matrix = day(9, 0, rows);
      const Fit fit = compare_day(profile, compared(matrix));
      EXPECT_EQ(fit.verdict, Verdict::familiar) << rows;
      EXPECT_THAT(fit.reasons, IsEmpty());
      EXPECT_EQ(fit.features, kFeatures);
    }
  }
}

TEST(Fit, OtherFeaturesMakeADayDriftOrForeign) {
  const DayProfile profile = profile_of({day(1), day(2), day(3)});
  features::FeatureMatrix matrix = day(9, 1);
  EXPECT_EQ(compare_day(profile, compared(matrix)).verdict, Verdict::familiar)
      << "one feature of twenty";
  matrix = day(9, 4);
  const Fit drifting = compare_day(profile, compared(matrix));
  EXPECT_EQ(drifting.verdict, Verdict::drifting);
  EXPECT_EQ(drifting.shifted, 4U);
  EXPECT_THAT(drifting.reasons, ElementsAre(HasSubstr("4 of 20 features")));
  matrix = day(9, 10);
  EXPECT_EQ(compare_day(profile, compared(matrix)).verdict, Verdict::foreign)
      << "network and window are the training's";
}

TEST(Fit, WhatVariesBetweenTrainingDaysIsNoShift) {
  features::FeatureMatrix high = day(2);
  for (double& value : high.columns[0]) value += 2;
  const DayProfile profile = profile_of({day(1), high, day(3)});
  features::FeatureMatrix matrix = day(9);
  for (double& value : matrix.columns[0]) value += 2;
  EXPECT_EQ(compare_day(profile, compared(matrix)).shifted, 0U);
}

TEST(Fit, SaysWhichWordsAreOther) {
  const DayProfile profile = profile_of({day(1), day(2)});
  const features::FeatureMatrix matrix = day(9);
  ComparedDay other = compared(matrix);
  other.network = "torus";
  other.window_days = 300;
  other.has_other_sql = true;
  const Fit fit = compare_day(profile, other);
  EXPECT_EQ(fit.verdict, Verdict::drifting);
  EXPECT_THAT(fit.reasons,
              ElementsAre(HasSubstr("torus"), HasSubstr("300 days"), HasSubstr("feature SQL")));
}

TEST(Fit, UnseenTypologiesDriftAndMostlyUnseenOnesAreForeign) {
  const DayProfile profile = profile_of({day(1), day(2)});
  const features::FeatureMatrix matrix = day(9);
  ComparedDay other = compared(matrix);
  other.typologies = {{"cycle", 1990}, {"layering", 10}};
  EXPECT_EQ(compare_day(profile, other).verdict, Verdict::familiar) << "half a percent";
  other.typologies = {{"cycle", 1500}, {"layering", 500}};
  EXPECT_EQ(compare_day(profile, other).verdict, Verdict::drifting);
  other.typologies = {{"cycle", 500}, {"layering", 1500}};
  EXPECT_EQ(compare_day(profile, other).verdict, Verdict::foreign);
}

TEST(Fit, SaysWhatIsMissingThatWasNot) {
  const DayProfile profile = profile_of({day(1), day(2)});
  features::FeatureMatrix matrix = day(9);
  for (double& value : matrix.columns[0]) value = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(compare_day(profile, compared(matrix)).reasons,
              ElementsAre(HasSubstr("1 features are missing")));
}

TEST(DayProfile, HasEdgesThatTellValuesApart) {
  EXPECT_THAT(tenth_edges({5, 5, 5}), IsEmpty());
  EXPECT_THAT(tenth_edges({}), IsEmpty());
  std::vector<double> seldom(1000, 0.0);
  seldom[3] = 1;
  EXPECT_THAT(tenth_edges(seldom), ElementsAre(1));
  std::vector<double> many;
  for (int i = 0; i < 1000; ++i) many.push_back(i);
  EXPECT_EQ(tenth_edges(many).size(), 9U);
}

TEST(DayProfile, SurvivesAsJson) {
  const DayProfile profile = profile_of({day(1), day(2)});
  const std::string text = profile_as_json(profile);
  EXPECT_EQ(profile_as_json(parse_profile(text, "here")), text);
  EXPECT_THROW(parse_profile("{}", "here"), Error);
  EXPECT_THROW(parse_profile(text.substr(0, 50), "here"), Error);
}

}  // namespace
}  // namespace aml::models
