#include "forest/objective.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"

namespace aml::forest {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Forest forest_of(const char* text) {
  const auto objective = parse_objective(text);
  EXPECT_TRUE(objective) << text;
  Forest forest;
  forest.objective = text;
  forest.output = objective.value_or(Objective{}).output;
  forest.sigmoid = objective.value_or(Objective{}).sigmoid;
  return forest;
}

TEST(Objective, ConvertsRawScoresAsLightGbmDoes) {
  for (const char* same : {"", "custom", "regression", "huber sqrt", "lambdarank", "rank_xendcg"}) {
    EXPECT_EQ(output_score(forest_of(same), -1.5), -1.5) << same;
  }
  for (const char* squared :
       {"regression sqrt", "regression_l1 sqrt", "fair sqrt", "quantile sqrt", "mape sqrt"}) {
    EXPECT_EQ(output_score(forest_of(squared), -1.5), -2.25) << squared;
    EXPECT_EQ(output_score(forest_of(squared), 1.5), 2.25) << squared;
  }
  for (const char* exponential : {"poisson", "gamma", "tweedie"}) {
    EXPECT_EQ(output_score(forest_of(exponential), 0.5), std::exp(0.5)) << exponential;
  }
  EXPECT_EQ(output_score(forest_of("regression sqrt"), 0), 0);
  EXPECT_EQ(output_score(forest_of("poisson sqrt"), 0.5), std::exp(0.5));
  EXPECT_EQ(output_score(forest_of("binary sigmoid:1"), 0.5), 1 / (1 + std::exp(-0.5)));
  EXPECT_EQ(output_score(forest_of("binary sigmoid:0.5"), 0.5), 1 / (1 + std::exp(-0.25)));
  EXPECT_EQ(output_score(forest_of("binary sigmoid:1e-05"), 1e5), 1 / (1 + std::exp(-1.0)));
  EXPECT_EQ(output_score(forest_of("cross_entropy"), 0.5), 1 / (1 + std::exp(-0.5)));
  EXPECT_EQ(output_score(forest_of("cross_entropy_lambda"), 0.5), std::log1p(std::exp(0.5)));
}

TEST(Objective, MakesAnAveragedForestsScoreOfTheMean) {
  Forest forest = forest_of("binary sigmoid:1");
  forest.trees.resize(4);
  EXPECT_EQ(output_score(forest, 2), 1 / (1 + std::exp(-2.0)));
  forest.average_output = true;
  EXPECT_EQ(output_score(forest, 2), 1 / (1 + std::exp(-0.5)));
}

TEST(Objective, KnowsNoOthers) {
  for (const char* text :
       {"multiclass num_class:3", "multiclassova num_class:3 sigmoid:1", "regression_l3", "binary",
        "binary sigmoid:0", "binary sigmoid:-1", "binary sigmoid:x", "regression cubed",
        "regression sqrt sqrt", "binary sigmoid:1 sqrt", "binary sigmoid:99e308",
        "binary sigmoid:nan", "cross_entropy sigmoid:1"}) {
    EXPECT_FALSE(parse_objective(text)) << text;
  }
}

TEST(Objective, PublishesLogOddsAsChances) {
  EXPECT_EQ(published_score(0), 0.5);
  EXPECT_EQ(published_score(0.5), 1 / (1 + std::exp(-0.5)));
  EXPECT_EQ(published_score(-1e9), 0);
  EXPECT_EQ(published_score(1e9), 1);
  EXPECT_EQ(raw_divisor(forest_of("regression")), 1);
}

TEST(Objective, OfABatchGivesLogOdds) {
  for (const char* fit : {"", "binary sigmoid:1", "cross_entropy", "lambdarank", "rank_xendcg"}) {
    EXPECT_NO_THROW(require_log_odds(forest_of(fit), "m")) << fit;
  }
  for (const char* unfit : {"binary sigmoid:2", "regression", "poisson", "cross_entropy_lambda"}) {
    try {
      require_log_odds(forest_of(unfit), "models/a.txt");
      FAIL() << unfit;
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::bad_input);
      EXPECT_THAT(e.what(), AllOf(HasSubstr("models/a.txt"), HasSubstr(unfit)));
    }
  }
}

}  // namespace
}  // namespace aml::forest
