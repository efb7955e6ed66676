#include "models/portable.h"

#include <gmock/gmock.h>

#include "base/error.h"

namespace aml::models {
namespace {

using ::testing::ElementsAre;

features::Feature feature(const std::string& name, const std::string& group,
                          const std::string& meaning) {
  features::Feature made{.name = name, .group = group};
  features::read_meaning(meaning, "test", made);
  return made;
}

TEST(HoldsAnywhere, SharesRanksFlagsAndPatterns) {
  EXPECT_TRUE(holds_anywhere(feature("flow_in_top_share", "flows", "share of one; 0 to 1")));
  EXPECT_TRUE(holds_anywhere(feature("is_whale", "address", "is a whale; 0 or 1")));
  EXPECT_TRUE(holds_anywhere(feature("severity_level", "alert", "severity; 0 to 3")));
  EXPECT_TRUE(holds_anywhere(feature("cycles_3", "graph_patterns", "cycles of three; ≥ 0")));
}

TEST(HoldsAnywhere, NothingThatHasAUnitOrNoBounds) {
  EXPECT_FALSE(holds_anywhere(feature("total_in_usd", "address", "received; USD; ≥ 0")));
  EXPECT_FALSE(
      holds_anywhere(feature("activity_days", "activity", "days it was active; days; ≥ 0")));
  EXPECT_FALSE(holds_anywhere(feature("hours_active", "activity", "hours; hours; 0 to 24")));
  EXPECT_FALSE(holds_anywhere(feature("log_total_in", "ranks", "logarithm; 0 to 40")));
  EXPECT_FALSE(holds_anywhere(feature("total_in_zscore", "ranks", "deviations from the mean")));
  EXPECT_FALSE(holds_anywhere(feature("balance_change", "mine", "change; -1 to 1")));
}

TEST(HoldsAnywhere, NeitherTheProducersConfidenceNorAFirstStage) {
  EXPECT_FALSE(holds_anywhere(feature("alert_confidence_score", "alert", "confidence; 0 to 1")));
  EXPECT_FALSE(holds_anywhere(feature("first_stage_own", "first_stage", "what it says; 0 to 1")));
  features::Feature of_clusters = feature("share", "cluster", "share; 0 to 1");
  of_clusters.row_kind = features::RowKind::cluster;
  EXPECT_FALSE(holds_anywhere(of_clusters));
}

// A day does not move: its labelled rows look into its features.
std::unique_ptr<TrainingDay> example_day() {
  auto day = std::make_unique<TrainingDay>();
  day->features.registry = {feature("usd", "alert", "USD moved; USD; ≥ 0"),
                            feature("share", "alert", "share; 0 to 1")};
  day->features.alerts.ids = {"a", "b"};
  day->features.alerts.names = {"usd", "share"};
  day->features.alerts.columns = {{1000, 2000}, {0.5, 0.25}};
  day->alerts = {&day->features.alerts, {1}, {1}};
  return day;
}

TEST(PortableDay, KeepsTheRowsAndThePortableColumns) {
  const auto day = example_day();
  const auto portable = portable_day(*day);
  EXPECT_THAT(portable->features.alerts.names, ElementsAre("share"));
  EXPECT_THAT(portable->features.alerts.columns, ElementsAre(ElementsAre(0.5, 0.25)));
  EXPECT_THAT(portable->features.alerts.ids, ElementsAre("a", "b"));
  EXPECT_EQ(portable->alerts.matrix, &portable->features.alerts);
  EXPECT_THAT(portable->alerts.rows, ElementsAre(1));
  EXPECT_EQ(portable->features.registry.size(), 1U);
}

TEST(PortableDay, RefusesFeaturesOfWhichNoneHoldsAnywhere) {
  const auto day = example_day();
  day->features.registry.pop_back();
  EXPECT_THROW(portable_day(*day), Error);
}

}  // namespace
}  // namespace aml::models
