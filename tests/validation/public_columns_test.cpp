#include "validation/public_columns.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "metrics/correlation.h"

namespace aml::validation {
namespace {

using Column = std::vector<double>;

TEST(GaussianRanks, AreQuantilesOfTheMiddleOfEachRank) {
  const Column ranks = gaussian_ranks(Column{3, 1, 2, 2});
  EXPECT_DOUBLE_EQ(ranks[0], metrics::normal_quantile(3.5 / 4));
  EXPECT_DOUBLE_EQ(ranks[1], metrics::normal_quantile(0.5 / 4));
  EXPECT_DOUBLE_EQ(ranks[2], 0);
  EXPECT_DOUBLE_EQ(ranks[3], 0);
}

// The first 32 bits of the text's SHA-256.
TEST(CodeOf, ATextIsItsHash) {
  EXPECT_EQ(code_of("high"), 1861732785 / 4294967296.0);
  EXPECT_EQ(code_of(""), 3820012610 / 4294967296.0);
}

// Fifty alerts are "high" and forty-nine "low"; two models, one of which is the other turned round.
class ADay : public testing::Test {
 protected:
  ADay() {
    for (std::size_t i = 0; i < 99; ++i) {
      first.push_back(static_cast<double>(i));
      second.push_back(-static_cast<double>(i));
      facts.severity.push_back(i < 50 ? "high" : "low");
      facts.typology.push_back("fan_in");
      facts.confidence.push_back(i == 7 ? std::numeric_limits<double>::quiet_NaN()
                                        : static_cast<double>(i % 10));
      history.alerts.push_back(static_cast<double>(i % 4));
      history.filed.push_back(static_cast<double>(i % 4 / 2));
    }
  }
  PublicColumns columns(bool with_history = true) const {
    return public_columns({{first, second}, &facts, with_history ? &history : nullptr});
  }

  Column first;
  Column second;
  AlertFacts facts;
  AddressHistory history;
};

TEST_F(ADay, HasForTreesTheModelsAndWhatTheySayTogether) {
  const PublicColumns day = columns();
  EXPECT_EQ(day.rows(), 99U);
  ASSERT_EQ(day.trees.size(), 10U);
  for (std::size_t i = 0; i < 99; ++i) {
    const double rank = metrics::normal_quantile((static_cast<double>(i) + 0.5) / 99);
    EXPECT_NEAR(day.trees[0][i], rank, 1e-12);
    EXPECT_NEAR(day.trees[1][i], -rank, 1e-12);
    EXPECT_NEAR(day.trees[2][i], 0, 1e-12) << "mean";
    EXPECT_NEAR(day.trees[3][i], std::abs(rank), 1e-12) << "highest";
    EXPECT_NEAR(day.trees[4][i], 2 * std::abs(rank), 1e-12) << "spread";
    EXPECT_EQ(day.trees[6][i], code_of(i < 50 ? "high" : "low"));
    EXPECT_EQ(day.trees[7][i], code_of("fan_in"));
    EXPECT_DOUBLE_EQ(day.trees[8][i],
                     static_cast<double>(i % 4 / 2) / (static_cast<double>(i % 4) + 2));
    EXPECT_DOUBLE_EQ(day.trees[9][i], std::log(1.0 + static_cast<double>(i % 4)));
  }
  EXPECT_TRUE(std::isnan(day.trees[5][7]));
  const PublicColumns of_equals = public_columns({{first, first, second}, &facts, nullptr});
  for (std::size_t i = 0; i < 99; ++i) {
    EXPECT_NEAR(of_equals.trees[3][i], day.trees[0][i] / 3, 1e-12) << "mean of x, x and -x";
  }
  EXPECT_EQ(columns(false).trees[8], Column(99, 0));
  EXPECT_EQ(columns(false).trees[9], Column(99, 0));
}

TEST_F(ADay, HasForSumsAConstantAndPowersOfEachModel) {
  const PublicColumns day = columns();
  const Column& x = day.trees[0];
  EXPECT_EQ(day.smooth[0], Column(99, 1));
  EXPECT_EQ(day.smooth[1], x);
  for (std::size_t i = 0; i < 99; ++i) {
    EXPECT_NEAR(day.smooth[2][i], std::pow(x[i], 2) - 1, 1e-12);
    EXPECT_NEAR(day.smooth[3][i], std::pow(x[i], 3) - 3 * x[i], 1e-12);
    EXPECT_NEAR(day.smooth[7][i], -std::pow(x[i], 2), 1e-12) << "the product of the two models";
  }
  // Confidence, its powers, its product with the stock model, and whether it is known.
  EXPECT_EQ(day.smooth[8][7], 0);
  EXPECT_EQ(day.smooth[12][7], 0);
  EXPECT_EQ(day.smooth[12][8], 1);
  EXPECT_DOUBLE_EQ(day.smooth[11][8], day.smooth[8][8] * x[8]);
}

TEST_F(ADay, HasWhatLabelsSayForTreesAndForSums) {
  const std::vector<Column> labels{Column(99, 0), second};
  const PublicColumns without = columns();
  const PublicColumns day = public_columns({{first, second}, &facts, &history, labels});
  ASSERT_EQ(day.trees.size(), without.trees.size() + 2);
  EXPECT_EQ(day.trees[10], labels[0]);
  EXPECT_EQ(day.trees[11], labels[1]);
  ASSERT_EQ(day.smooth.size(), without.smooth.size() + 4);
  const Column& product = day.smooth.back();
  EXPECT_EQ(day.smooth[without.smooth.size() + 2], labels[1]);
  for (std::size_t i = 0; i < 99; ++i) EXPECT_EQ(product[i], labels[1][i] * day.trees[0][i]);
}

TEST_F(ADay, HasBlocksOfGroupsOfFiftyAlerts) {
  const PublicColumns day = columns();
  // "high" and "fan_in", for each of which two models and the confidence have two columns.
  ASSERT_EQ(day.blocks.size(), 2U * (2 * 3 + 1));
  for (std::size_t i = 0; i < 99; ++i) {
    const double inside = i < 50 ? 1 : 0;
    EXPECT_EQ(day.blocks[6][i], inside);
    EXPECT_EQ(day.blocks[0][i], inside * day.trees[0][i]);
    EXPECT_DOUBLE_EQ(day.blocks[1][i], inside * day.trees[0][i] * day.trees[0][i]);
    EXPECT_EQ(day.blocks[13][i], 1);
  }
}

// The smallest of seventeen, and of equal ones the last by name, has none.
TEST_F(ADay, HasBlocksOfSixteenGroups) {
  Column scores;
  AlertFacts many;
  for (std::size_t i = 0; i < 17 * 50; ++i) {
    scores.push_back(static_cast<double>(i));
    many.severity.push_back(std::string(1, static_cast<char>('a' + i / 50)));
    many.typology.push_back(i < 49 ? "few" : "");
    many.confidence.push_back(0.5);
  }
  many.severity[0] = "q";
  const PublicColumns found = public_columns({{scores}, &many, nullptr});
  // "a" has forty-nine now, and "b" to "q" are sixteen; of the typologies one has enough.
  EXPECT_EQ(found.blocks.size(), 17U * (2 * 2 + 1));
  many.severity[0] = "a";
  const PublicColumns again = public_columns({{scores}, &many, nullptr});
  ASSERT_EQ(again.blocks.size(), 17U * (2 * 2 + 1));
  EXPECT_EQ(again.blocks[4][0], 1) << "the first of all is \"a\"";
  for (std::size_t i = 16 * 50; i < 17 * 50; ++i) {
    for (std::size_t group = 0; group < 16; ++group) EXPECT_EQ(again.blocks[5 * group + 4][i], 0);
  }
}

TEST_F(ADay, TakesOneMoreColumnThatAnyoneKnows) {
  PublicColumns day = columns();
  const std::size_t trees = day.trees.size();
  const std::size_t smooth = day.smooth.size();
  add_public(day, second);
  ASSERT_EQ(day.trees.size(), trees + 1);
  ASSERT_EQ(day.smooth.size(), smooth + 3);
  EXPECT_EQ(day.trees.back(), day.trees[1]);
  EXPECT_EQ(day.smooth.back(), day.trees[1]);
}

}  // namespace
}  // namespace aml::validation
