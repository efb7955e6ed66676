#include "results/explain_json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

namespace aml::results {
namespace {

const std::vector<std::string> kNames{"a", "b", "c", "d"};
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

TEST(ExplainJson, NamesTheLargestContributionsFirstAndMissingValuesAsNull) {
  const std::vector<double> contributions{0.1, -0.5, 0.25, 0.1, -1.5};
  const std::vector<double> values{1, kMissing, 3.5, 4};
  EXPECT_EQ(ExplainJson(kNames, 3).text(contributions, values),
            R"({"base_value":-1.5,"top_features":["b","c","a"],)"
            R"("feature_contributions":{"b":-0.5,"c":0.25,"a":0.1},)"
            R"("feature_values":{"b":null,"c":3.5,"a":1}})");
}

TEST(ExplainJson, LeavesOutFeaturesThatContributeNothing) {
  const std::vector<double> contributions{0, 0, 0.25, 0, 0.5};
  const std::vector<double> values{1, 2, 3, 4};
  EXPECT_EQ(ExplainJson(kNames, 10).text(contributions, values),
            R"({"base_value":0.5,"top_features":["c"],"feature_contributions":{"c":0.25},)"
            R"("feature_values":{"c":3}})");
  EXPECT_EQ(
      ExplainJson(kNames, 0).text(contributions, values),
      R"({"base_value":0.5,"top_features":[],"feature_contributions":{},"feature_values":{}})");
}

TEST(ExplainJson, IsJsonWhateverTheNamesAndNumbers) {
  const std::vector<std::string> names{"quo\"te", "back\\slash", "new\nline", "bad\xff"};
  const std::vector<double> contributions{1e-300, -1e300, 0.1 + 0.2, 5e-324, -0.0};
  const std::vector<double> values{std::numeric_limits<double>::infinity(), 1e21, -0.0, kMissing};
  const nlohmann::json json =
      nlohmann::json::parse(ExplainJson(names, 10).text(contributions, values));
  EXPECT_EQ(json.at("feature_contributions").at("quo\"te"), 1e-300);
  EXPECT_EQ(json.at("feature_contributions").at("back\\slash"), -1e300);
  EXPECT_EQ(json.at("feature_contributions").at("new\nline"), 0.1 + 0.2);
  EXPECT_TRUE(json.at("feature_values").at("quo\"te").is_null());
  EXPECT_EQ(json.at("top_features").size(), 4U);
}

}  // namespace
}  // namespace aml::results
