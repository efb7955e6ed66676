#include "models/held_back.h"

#include <gmock/gmock.h>

#include <set>

#include "example.h"
#include "models/alert_facts.h"
#include "models/cross_fit.h"

namespace aml::models {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(HeldBack, ScoresLaterDaysByModelsOfEarlierOnes) {
  const auto fits = plan_held_back({"2025-11-03", "2025-11-01", "2025-11-02"}, false);
  ASSERT_EQ(fits.size(), 2U);
  EXPECT_THAT(fits[0].learned, ElementsAre(1, 2));
  EXPECT_THAT(fits[0].scored, ElementsAre(0));
  EXPECT_THAT(fits[1].learned, ElementsAre(1));
  EXPECT_THAT(fits[1].scored, ElementsAre(2));
  EXPECT_TRUE(fits[0].is_out_of_time && fits[1].is_out_of_time);
}

TEST(HeldBack, WaitsForTheTruthWhereItCan) {
  const auto fits =
      plan_held_back({"2025-11-01", "2025-11-02", "2025-11-10", "2025-11-11", "2025-11-12"}, true);
  ASSERT_EQ(fits.size(), 2U);
  EXPECT_THAT(fits[0].learned, ElementsAre(0, 1));
  EXPECT_THAT(fits[0].scored, ElementsAre(2, 3, 4));
  EXPECT_FALSE(fits[1].is_out_of_time);
  EXPECT_THAT(fits[1].learned, ElementsAre(2, 3, 4));
  EXPECT_THAT(fits[1].scored, ElementsAre(0, 1));
}

TEST(HeldBack, CutsOneDayByAddress) {
  for (const auto& dates : {std::vector<std::string>{"2025-11-01"}, {"2025-11-01", "2025-11-01"}}) {
    const auto fits = plan_held_back(dates, true);
    ASSERT_EQ(fits.size(), 3U);
    for (const HeldBackFit& fit : fits) {
      EXPECT_EQ(fit.scored.size(), dates.size());
      EXPECT_FALSE(fit.is_out_of_time);
    }
  }
  std::set<int> folds;
  for (int i = 0; i < 100; ++i) folds.insert(address_fold("address_" + std::to_string(i)));
  EXPECT_THAT(folds, ElementsAre(1, 2, 3));
}

// A label that leaked into the row's own score would be seen: scores of shuffled labels must not
// tell them.
TEST(CrossFit, ScoresNoRowByAModelThatSawIt) {
  const features::FeatureMatrix matrix = example_matrix();
  FitDay day{example_rows(matrix), {}};
  for (std::size_t row = 0; row < matrix.rows(); ++row) {
    day.keys.push_back("address_" + std::to_string(row / 3));
  }
  const auto plan = plan_held_back({"2025-11-01"}, false);
  const CrossFit whole = cross_fit(std::span(&day, 1), plan, few_trees(), 1);
  const CrossFit threads = cross_fit(std::span(&day, 1), plan, few_trees(), 3);
  EXPECT_EQ(whole.model_text, threads.model_text);
  EXPECT_EQ(whole.held_back[0].raw, threads.held_back[0].raw);

  // Other labels of one address change every other address's scores at most, never its own.
  FitDay other = day;
  for (std::size_t row = 0; row < 3; ++row) other.rows.labels[row] = 1 - other.rows.labels[row];
  const CrossFit changed = cross_fit(std::span(&other, 1), plan, few_trees(), 1);
  for (std::size_t row = 0; row < matrix.rows(); ++row) {
    if (address_fold(day.keys[row]) != address_fold(day.keys[0])) continue;
    EXPECT_EQ(changed.held_back[0].raw[row], whole.held_back[0].raw[row]);
  }
}

TEST(CrossFit, LearnsNothingFromDaysOfOneClass) {
  const features::FeatureMatrix matrix = example_matrix();
  FitDay empty{example_rows(matrix), matrix.ids};
  empty.rows.labels.assign(empty.rows.labels.size(), 0);
  const std::vector<FitDay> days{empty, {example_rows(matrix), matrix.ids}};
  const CrossFit fit =
      cross_fit(days, plan_held_back({"2025-11-01", "2025-11-02"}, false), few_trees(), 1);
  EXPECT_THAT(fit.held_back[0].raw, IsEmpty());
  EXPECT_EQ(std::set<double>(fit.held_back[1].raw.begin(), fit.held_back[1].raw.end()).size(), 1U);
}

TEST(ClusterScores, AreOfAClustersOwnAlerts) {
  AlertFacts facts;
  facts.members = {{0, 2}, {}, {1}};
  features::FeatureMatrix clusters;
  clusters.ids = {"a", "b", "c"};
  clusters.names = {"size"};
  clusters.columns = {{1, 2, 3}};
  add_cluster_scores(facts, std::vector<double>{0.75, 0.125, 0.25}, clusters);
  EXPECT_THAT(clusters.names, ElementsAre("size", "alert_probability_max", "alert_probability_mean",
                                          "alert_probability_high_share", "scored_alerts"));
  EXPECT_EQ(clusters.columns[1][0], 0.75);
  EXPECT_EQ(clusters.columns[2][0], 0.5);
  EXPECT_EQ(clusters.columns[3][0], 0.5);
  EXPECT_EQ(clusters.columns[4][0], 2);
  EXPECT_TRUE(std::isnan(clusters.columns[1][1]));
  EXPECT_EQ(clusters.columns[4][1], 0);
  EXPECT_EQ(clusters.columns[1][2], 0.125);
  EXPECT_THROW(add_cluster_scores(facts, std::vector<double>{0, 0, 0}, clusters), Error);
}

}  // namespace
}  // namespace aml::models
