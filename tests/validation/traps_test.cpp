#include "validation/traps.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "example.h"
#include "validation/secret.h"

namespace aml::validation {
namespace {

constexpr const char* kSecret = "0123456789abcdef";

class Traps : public testing::Test {
 protected:
  std::vector<std::string> hit(const std::vector<double>& scores,
                               const std::vector<double>& other_day = {},
                               const std::vector<PlantedTrap>& planted = {}) {
    std::vector<std::string> names;
    SecretDraw draw(kSecret, "round");
    const auto sample = draw.sample(scores.size(), kTrapSample);
    for (const Check& check : check_traps({scores, &day.facts, sample, other_day, planted})) {
      if (!check.passed) names.push_back(check.name);
    }
    return names;
  }

  example::Day day{3000};
};

using Names = std::vector<std::string>;

TEST_F(Traps, LetModelsPass) {
  EXPECT_TRUE(hit(day.baseline).empty());
  EXPECT_TRUE(hit(day.model(3, 0.5), day.model(4, 0.5)).empty());
}

TEST_F(Traps, CatchTheConfidenceAndWhatIsMadeOfIt) {
  std::vector<double> scores = day.facts.confidence;
  EXPECT_EQ(hit(scores), Names{"trap_confidence"});
  for (double& score : scores) score = score * score * 0.5;
  EXPECT_EQ(hit(scores), Names{"trap_confidence"});
  scores = day.baseline;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (i % 20 != 0) scores[i] = day.facts.confidence[i];
  }
  EXPECT_EQ(hit(scores), Names{"trap_confidence"}) << "a twentieth of real scores hides nothing";
}

TEST_F(Traps, CatchTablesOfConstants) {
  std::vector<double> scores(day.index.size());
  example::Noise noise(3);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    scores[i] = (day.facts.severity[i] == "high" ? 0.8 : 0.3) + 0.005 * noise.normal();
  }
  EXPECT_EQ(hit(scores), Names{"trap_severity"});
  for (std::size_t i = 0; i < scores.size(); ++i) {
    scores[i] = day.facts.typology[i] == "cycle" ? 0.8 : 0.3;
  }
  EXPECT_EQ(hit(scores), Names{"trap_typology"});
  for (std::size_t i = 0; i < scores.size(); ++i) {
    scores[i] = (day.facts.typology[i] == "cycle" ? 0.5 : 0.2) +
                (day.facts.severity[i] == "high" ? 0.4 : 0.1);
  }
  EXPECT_EQ(hit(scores), Names{"trap_severity_and_typology"});
  EXPECT_EQ(hit(std::vector<double>(day.index.size(), 0.1)), Names{"trap_severity"});
}

TEST_F(Traps, DoNotTakeRareAlarmsForATable) {
  std::vector<double> scores(day.index.size());
  example::Noise noise(5);
  for (double& score : scores) score = noise.uniform() < 0.05 ? noise.uniform() : 0.004;
  EXPECT_TRUE(hit(scores).empty()) << "a calibrated model scores most alerts alike";
}

TEST_F(Traps, CatchYesterdaysScores) {
  EXPECT_EQ(hit(day.baseline, day.baseline), Names{"trap_other_day"});
  std::vector<double> few(day.index.size(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t i = 0; i < 10; ++i) few[i] = day.baseline[i];
  EXPECT_TRUE(hit(day.baseline, few).empty());
}

// Ninety of a hundred are as many as it takes, and the reason says how many there were.
TEST_F(Traps, CatchNineOfTenAndSayWhy) {
  std::vector<std::size_t> sample;
  for (std::size_t i = 0; i < 100; ++i) sample.push_back(i);
  const auto check = [&](const std::vector<double>& scores, const std::vector<double>& other_day,
                         std::size_t which) {
    return check_traps({scores, &day.facts, sample, other_day, {}})[which];
  };
  std::vector<double> scores = day.baseline;
  std::vector<double> other_day = day.baseline;
  for (std::size_t i = 0; i < 10; ++i) other_day[i] += 0.02;
  Check found = check(scores, other_day, 2);
  EXPECT_EQ(found.name, "trap_other_day");
  EXPECT_FALSE(found.passed);
  EXPECT_EQ(found.effect, -0.05);
  EXPECT_DOUBLE_EQ(found.figure, 0.9);
  EXPECT_EQ(found.reason, "90 % of a secret sample score what the address scored on another day");
  other_day[10] += 0.02;
  EXPECT_TRUE(check(scores, other_day, 2).passed);

  for (std::size_t i = 0; i < 90; ++i) scores[i] = day.facts.confidence[i];
  for (std::size_t i = 90; i < 100; ++i) scores[i] = day.facts.confidence[i] > 0.5 ? 0.1 : 0.9;
  found = check(scores, {}, 0);
  EXPECT_FALSE(found.passed);
  EXPECT_DOUBLE_EQ(found.figure, 0.9);
  EXPECT_EQ(found.reason.substr(0, 54), "90 % of a secret sample score the alert's own confiden");
  scores[89] = day.facts.confidence[89] > 0.5 ? 0.1 : 0.9;
  EXPECT_TRUE(check(scores, {}, 0).passed);

  for (std::size_t i = 0; i < 100; ++i) scores[i] = day.facts.severity[i] == "high" ? 0.8 : 0.3;
  EXPECT_EQ(check(scores, {}, 1).reason,
            "100 % of a secret sample score a constant per severity, which explains 100 % of the "
            "variance");
}

TEST_F(Traps, KnowAnotherDayByThirtyAddresses) {
  std::vector<std::size_t> sample;
  for (std::size_t i = 0; i < 100; ++i) sample.push_back(i);
  std::vector<double> other_day(day.index.size(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t i = 0; i < 30; ++i) other_day[i] = day.baseline[i];
  EXPECT_FALSE(check_traps({day.baseline, &day.facts, sample, other_day, {}})[2].passed);
  other_day[0] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(check_traps({day.baseline, &day.facts, sample, other_day, {}})[2].passed);
}

TEST_F(Traps, CostForEachPlantedAlert) {
  const std::vector<PlantedTrap> planted{
      {0, day.baseline[0]}, {1, day.baseline[1] + 0.009}, {2, day.baseline[2] + 0.5}};
  EXPECT_EQ(hit(day.baseline, {}, planted), Names{"trap_planted"});
  const auto checks = check_traps({day.baseline, &day.facts, {}, {}, planted});
  EXPECT_DOUBLE_EQ(checks.back().effect, -0.1);
  EXPECT_EQ(checks.back().figure, 2);
  EXPECT_EQ(checks.back().reason, "2 of 3 planted alerts score what a shortcut gives them");
}

TEST(SecretDraw, DiffersByPurposeAndSecretAndRepeatsItself) {
  const auto draw = [](const char* secret, const char* purpose) {
    return SecretDraw(secret, purpose).sample(10000, 100);
  };
  EXPECT_EQ(draw(kSecret, "a"), draw(kSecret, "a"));
  EXPECT_NE(draw(kSecret, "a"), draw(kSecret, "b"));
  EXPECT_NE(draw(kSecret, "a"), draw("fedcba9876543210", "a"));
}

TEST(SecretDraw, SamplesDifferentNumbersInOrder) {
  SecretDraw draw(kSecret, "x");
  const auto sample = draw.sample(1000, 600);
  ASSERT_EQ(sample.size(), 600U);
  for (std::size_t i = 1; i < sample.size(); ++i) EXPECT_LT(sample[i - 1], sample[i]);
  EXPECT_LT(sample.back(), 1000U);
  EXPECT_EQ(draw.sample(5, 10).size(), 5U);
}

// Of five numbers there are ten pairs: each comes 300 times of 3,000, with a standard error of 16.
TEST(SecretDraw, DrawsEachSetAsOften) {
  SecretDraw draw(kSecret, "pairs");
  std::map<std::vector<std::size_t>, int> times;
  for (int i = 0; i < 3000; ++i) ++times[draw.sample(5, 2)];
  EXPECT_EQ(times.size(), 10U);
  for (const auto& [pair, count] : times) EXPECT_NEAR(count, 300, 5 * 16) << pair[0] << pair[1];
}

}  // namespace
}  // namespace aml::validation
