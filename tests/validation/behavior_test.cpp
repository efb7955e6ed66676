#include "validation/behavior.h"

#include <gtest/gtest.h>

#include <vector>

namespace aml::validation {
namespace {

TEST(Behavior, CostsATenthWhereScoresHardlyDiffer) {
  const auto checks = check_spread(std::vector<double>(100, 0.5));
  EXPECT_DOUBLE_EQ(behavior_points(checks), 0.2);
  EXPECT_EQ(checks[0].name, "variance");
  EXPECT_FALSE(checks[0].passed);
}

TEST(Behavior, CostsATwentiethWhereTheMedianIsExtreme) {
  EXPECT_DOUBLE_EQ(behavior_points(check_spread(std::vector<double>{0.02, 0.05, 0.9})), 0.25);
  EXPECT_DOUBLE_EQ(behavior_points(check_spread(std::vector<double>{0.1, 0.95, 0.99})), 0.25);
  EXPECT_DOUBLE_EQ(behavior_points(check_spread(std::vector<double>{0.1, 0.3, 0.9})), 0.3);
}

TEST(Behavior, NeverLeavesItsBounds) {
  EXPECT_EQ(behavior_points({{"a", false, 0, -0.2, ""}, {"b", false, 0, -0.2, ""}}), 0);
}

}  // namespace
}  // namespace aml::validation
