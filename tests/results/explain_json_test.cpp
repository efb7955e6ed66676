#include "results/explain_json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

namespace aml::results {
namespace {

const std::vector<std::string> kNames{"a", "b", "c", "d"};
const std::vector<double> kMostValues{1, 2, 3, 4};
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
  EXPECT_EQ(json.at("feature_contributions").at("new\nline"), 0.3);  // eleven digits
  EXPECT_TRUE(json.at("feature_values").at("quo\"te").is_null());
  EXPECT_EQ(json.at("top_features").size(), 4U);
}

TEST(ExplainJson, SumsUpFamiliesSoThatTheyAddUpToAllThatContributes) {
  const std::vector<std::string> families{"alert", "flows", "alert", "hi\"story"};
  const std::vector<double> contributions{0.1234567, -0.5, 0.0000004, 0.3333333, -1.5};
  const std::vector<double> values{1, 2, 3, 4};
  const nlohmann::json found =
      nlohmann::json::parse(ExplainJson(kNames, 1, families).text(contributions, values))
          .at("families");
  EXPECT_EQ(found.size(), 3U);
  double sum = 0;
  for (const auto& [name, part] : found.items()) sum += part.get<double>();
  EXPECT_NEAR(sum, -0.0432096, 5.1e-7);
  EXPECT_NEAR(found.at("alert"), 0.1234571, 1e-6);
  EXPECT_EQ(found.at("flows"), -0.5);
  EXPECT_NEAR(found.at("hi\"story"), 0.3333333, 1e-6);
}

TEST(ExplainJson, SaysOfAFamilyWithoutNumbersThatItHasNone) {
  const std::vector<double> contributions{kMissing, 1e300, 0.25, 0, 0};
  const nlohmann::json found = nlohmann::json::parse(
      ExplainJson(kNames, 4, {"lost", "huge", "small", "small"}).text(contributions, kMostValues));
  EXPECT_TRUE(found.at("families").at("lost").is_null());
}

TEST(ExplainJson, NamesFeaturesUntilLittleIsUnnamedInAllAndInEachFamily) {
  constexpr std::size_t kMany = 300;
  std::vector<std::string> names;
  std::vector<std::string> families;
  std::vector<double> contributions;
  for (std::size_t i = 0; i < kMany; ++i) {
    names.push_back("f" + std::to_string(i));
    families.push_back(i % 3 == 0 ? "alert" : i % 3 == 1 ? "flows" : "history");
    contributions.push_back((i % 5 == 0 ? -0.5 : 1.0) / static_cast<double>((i + 1) * (i + 1)));
  }
  const double all = std::accumulate(contributions.begin(), contributions.end(), 0.0);
  contributions.push_back(-2);  // the base value
  const std::vector<double> values(kMany, 1.0);
  const ExplainJson explain(names, 2, families);
  EXPECT_EQ(nlohmann::json::parse(explain.text(contributions, values)).at("top_features").size(),
            2U);
  const nlohmann::json full = nlohmann::json::parse(explain.full_text(contributions, values));
  std::map<std::string, double> unnamed;
  for (const auto& [family, sum] : full.at("families").items()) unnamed[family] = sum;
  double rest = all;
  for (const char* named : {"feature_contributions", "other_contributions"}) {
    for (const auto& [name, part] : full.at(named).items()) {
      unnamed[families[std::stoul(name.substr(1))]] -= part.get<double>();
      rest -= part.get<double>();
    }
  }
  EXPECT_EQ(full.at("other_values").size(), full.at("other_contributions").size());
  EXPECT_LE(std::abs(rest), 0.1 * std::abs(all) + 1e-6);
  for (const auto& [family, part] : unnamed) {
    EXPECT_LE(std::abs(part), 0.1 * std::abs(all) + 1e-6) << family;
  }
  EXPECT_EQ(full.at("top_features").size(), 2U);
  EXPECT_LT(full.at("other_contributions").size(), 100U);
}

TEST(ExplainJson, NamesNoMoreThanAreBoundWhereNoneCanBeSpared) {
  constexpr std::size_t kTop = 2;
  std::vector<std::string> names;
  std::vector<double> contributions;
  for (std::size_t i = 0; i < 400; ++i) {
    names.push_back("f" + std::to_string(i));
    contributions.push_back(1);  // none of them can be spared
  }
  contributions.push_back(0);
  const ExplainJson explain(names, kTop, std::vector<std::string>(400, "alert"));
  const auto full =
      nlohmann::json::parse(explain.full_text(contributions, std::vector<double>(400, 1.0)));
  EXPECT_EQ(full.at("other_contributions").size(), ExplainJson::kMostNamed - kTop);
}

}  // namespace
}  // namespace aml::results
