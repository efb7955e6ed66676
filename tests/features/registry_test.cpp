#include "features/registry.h"

#include <gmock/gmock.h>

#include <limits>
#include <set>

#include "base/error.h"
#include "features/day_percentiles.h"
#include "features/feature_sql.h"

namespace aml::features {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Feature described(const std::string& comment) {
  Feature feature;
  feature.name = "x";
  read_meaning(comment, "20_alert__mine.sql:3", feature);
  return feature;
}

std::string refusal(const std::string& comment) {
  try {
    described(comment);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::bad_input);
    return error.what();
  }
  return "";
}

TEST(Meaning, HasUnitAndRangeBehindIt) {
  const Feature feature = described("mean transfer received; USD; ≥ 0");
  EXPECT_EQ(feature.meaning, "mean transfer received");
  EXPECT_EQ(feature.unit, "USD");
  ASSERT_TRUE(feature.range);
  EXPECT_TRUE(feature.range->holds(0));
  EXPECT_FALSE(feature.range->holds(-1e-9));
  EXPECT_EQ(describe(feature), "mean transfer received; USD; ≥ 0");
}

TEST(Meaning, LeavesUnitOrRangeOut) {
  EXPECT_EQ(described("unique senders; ≥ 0").unit, "");
  EXPECT_EQ(described("unique senders; addresses").unit, "addresses");
  EXPECT_FALSE(described("unique senders; addresses").range);
  EXPECT_EQ(described("unique senders").meaning, "unique senders");
  EXPECT_EQ(describe(described("unique senders; >= 1")), "unique senders; ≥ 1");
}

TEST(Meaning, KnowsEveryFormOfRange) {
  EXPECT_TRUE(described("x; 0 to 1").range->holds(0.5));
  EXPECT_FALSE(described("x; 0 to 1").range->holds(1.5));
  EXPECT_FALSE(described("x; 0 or 1").range->holds(0.5));
  EXPECT_TRUE(described("x; -1 to 1").range->holds(-1));
  EXPECT_TRUE(described("x; ≤ 2.5").range->holds(-1e9));
  EXPECT_FALSE(described("x; <= 2.5").range->holds(2.6));
  for (const char* text : {"≥ 0", "≤ 2.5", "0 to 23", "0 or 1", "-1 to 1"}) {
    EXPECT_EQ(described(std::string("x; ") + text).range->text(), text);
  }
}

TEST(Meaning, IsRefusedWhereItsPartsAreNone) {
  EXPECT_THAT(refusal("unique senders; 0-1"),
              AllOf(HasSubstr("20_alert__mine.sql:3"), HasSubstr("\"0-1\""), HasSubstr("0 to 1")));
  EXPECT_THAT(refusal("x; USD; 1 to 0"), HasSubstr("1 to 0"));
  EXPECT_THAT(refusal("x; USD; EUR"), HasSubstr("EUR"));
  EXPECT_THAT(refusal("x; USD; ≥ 0; more"), HasSubstr("≥ 0"));
  EXPECT_THAT(refusal("≥ 0"), HasSubstr("begins with what it means"));
  EXPECT_THAT(refusal("; USD"), HasSubstr("begins with what it means"));
}

std::vector<std::string> lines(const std::string& sql) {
  std::vector<std::string> found;
  for (const Feature& f : read_features(sql, "20_alert__mine.sql", RowKind::alert, "mine")) {
    found.push_back(std::to_string(f.line) + " " + f.name + ": " + describe(f));
  }
  return found;
}

TEST(FeatureList, IsTheOutermostSelectList) {
  EXPECT_THAT(
      lines("-- all; of it\n"
            "WITH t AS (SELECT 1 AS inner_one) -- hidden; 0 to 1\n"
            "SELECT\n"
            "  a.alert_id AS alert_id,  -- the key\n"
            "  a.x AS x,  -- first; USD; ≥ 0\n"
            "  (SELECT max(b.y) AS z FROM b) AS y  -- second; 0 or 1\n"
            "  , a.\"odd \"\"name\" -- third\n"
            ", CASE WHEN a.w > 0 -- why\n"
            "    THEN 'a, b AS c -- no' END AS w, a.v AS v, -- fifth\n"
            "  a.u  -- sixth; days\r\n"
            "FROM alerts AS a -- the end\n"),
      ::testing::ElementsAre("5 x: first; USD; ≥ 0", "6 y: second; 0 or 1", "7 odd \"name: third",
                             "9 w: ", "9 v: fifth", "10 u: sixth; days"));
}

TEST(FeatureList, TakesNoCommentFromAnotherLine) {
  EXPECT_THAT(lines("SELECT a.alert_id AS alert_id, a.x AS x\n-- not beside it\n, a.y AS y /* nor "
                    "so */ FROM a"),
              ::testing::ElementsAre("1 x: ", "3 y: "));
}

TEST(BuiltInSql, SaysWhatEveryFeatureMeans) {
  const FeatureSql sql = prepare_sql(built_in_sql());
  std::size_t features = 0;
  for (const SqlStep& step : sql.steps) {
    for (const Feature& feature : step.features) {
      ++features;
      EXPECT_THAT(feature.meaning, ::testing::Not(IsEmpty())) << feature.name;
    }
  }
  EXPECT_GT(features, 200U);
}

TEST(Families, AreThoseOfTheGroupUnlessTheFileNamesOne) {
  const auto family = [](const std::string& head, const std::string& group) {
    const auto features = read_features(
        head + "SELECT a.alert_id AS alert_id,\n  1.0e0 AS x  -- one\nFROM alerts AS a",
        "40_alert__" + group + ".sql", RowKind::alert, group);
    return family_of(features.at(0));
  };
  EXPECT_EQ(family("", "graph_patterns"), "patterns");
  EXPECT_EQ(family("", "mine"), "mine");
  EXPECT_EQ(family("-- What I look at.\n-- Family: flows\n", "mine"), "flows");
  EXPECT_EQ(family("-- Family:  two_words \r\n", "graph_patterns"), "two_words");
  for (const char* wrong : {"", "Flows", "two words", "<b>", "9lives"}) {
    EXPECT_THROW(family("-- Family: " + std::string(wrong) + "\n", "mine"), Error) << wrong;
  }
  EXPECT_THROW(family("-- Family: " + std::string(41, 'a') + "\n", "mine"), Error);
}

TEST(Families, HoldEveryFeatureOfTheBuiltInSql) {
  const std::set<std::string> of_alerts{"alert",    "address",    "flows",
                                        "patterns", "neighbours", "history"};
  const std::set<std::string> of_clusters{"cluster", "alert", "address", "flows", "history"};
  for (const SqlStep& step : prepare_sql(built_in_sql()).steps) {
    for (const Feature& feature : step.features) {
      const auto& known = feature.row_kind == RowKind::alert ? of_alerts : of_clusters;
      EXPECT_EQ(known.count(family_of(feature)), 1U) << feature.name << " " << feature.group;
    }
  }
}

TEST(Percentiles, AreValuesOfTheDayWithItsLeastAndItsGreatest) {
  constexpr std::size_t kRows = 10000;
  std::vector<double> values;
  for (std::size_t i = 0; i < kRows; ++i) values.push_back(static_cast<double>(i * 7919 % kRows));
  const std::vector<double> found = percentiles_of(values);
  ASSERT_EQ(found.size(), kPercentiles.size());
  EXPECT_EQ(found.front(), 0);
  EXPECT_EQ(found.back(), 9999);
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_NEAR(found[i], 100.0 * kPercentiles[i], 150) << kPercentiles[i];
  }
}

TEST(Percentiles, PassOverWhatIsMissing) {
  const double missing = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(percentiles_of(std::vector<double>{missing, missing}).empty());
  EXPECT_TRUE(percentiles_of({}).empty());
  EXPECT_EQ(percentiles_of(std::vector<double>{missing, 3, missing}),
            std::vector<double>(kPercentiles.size(), 3));
}

}  // namespace
}  // namespace aml::features
