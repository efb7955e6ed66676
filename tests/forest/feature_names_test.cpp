#include "forest/feature_names.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace aml::forest {
namespace {

TEST(FeatureNames, AreFoundAsLightGbmStoresThem) {
  const FeatureNames names(std::vector<std::string>{"sum", "largest in usd", "a_b", "a b", "x y"});
  EXPECT_EQ(names.find("sum"), 0U);
  EXPECT_EQ(names.find("largest in usd"), 1U);
  EXPECT_EQ(names.find("largest_in_usd"), 1U);
  EXPECT_EQ(names.find("x_y"), 4U);
  EXPECT_FALSE(names.find("other"));
  // The name itself comes before those that are stored like it.
  EXPECT_EQ(names.find("a_b"), 2U);
  EXPECT_EQ(names.find("a b"), 3U);
}

TEST(FeatureNames, AreNotFoundWhereTwoAreStoredAlike) {
  const FeatureNames names(std::vector<std::string>{"a b_c", "a_b c"});
  EXPECT_FALSE(names.find("a_b_c"));
  EXPECT_EQ(names.find("a_b c"), 1U);
}

}  // namespace
}  // namespace aml::forest
