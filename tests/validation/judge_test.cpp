#include "validation/judge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "example.h"

namespace aml::validation {
namespace {

// The standard error of an AUC of random scores: Mann and Whitney's.
TEST(GroundTruthCheck, MeasuresChanceByMannAndWhitney) {
  GroundTruthCheck check;
  check.alerts = 100;
  check.positives = 20;
  check.auc_roc = 0.6;
  EXPECT_NEAR(sigmas_above_chance(check), 0.1 / std::sqrt(101.0 / (12 * 20 * 80)), 1e-12);
}

class Judge : public testing::Test {
 protected:
  Judge() {
    example::Noise noise(9);
    for (std::size_t i = 0; i < day.index.size(); ++i) {
      labels.push_back(noise.uniform() < day.baseline[i] * 0.3 ? 1 : 0);
    }
    features = day.features();
  }

  void enter(const std::string& hotkey, const std::vector<double>& scores) {
    Entrant entrant;
    entrant.hotkey = hotkey;
    entrant.submission =
        parse_submission(example::body(day.index, scores), day.index, limits_for(day.index.size()));
    entrants.push_back(std::move(entrant));
  }

  std::vector<Verdict> judge(bool with_truth) {
    DayFacts facts;
    facts.processing_date = "2025-10-26";
    facts.alerts = &day.index;
    facts.facts = &day.facts;
    facts.baseline = day.baseline;
    facts.references = references;
    facts.features = features;
    facts.secret = "0123456789abcdef";
    facts.round = "bitcoin/2025-10-26/7";
    if (with_truth) facts.labels = labels;
    return judge_round(facts, entrants, 2);
  }

  const Check& check(const Verdict& verdict, const std::string& name) {
    return *std::find_if(verdict.checks.begin(), verdict.checks.end(),
                         [&](const Check& c) { return c.name == name; });
  }

  example::Day day{3000};
  std::vector<std::span<const double>> features;
  std::vector<int> labels;
  std::vector<Entrant> entrants;
  std::vector<Reference> references;
};

TEST_F(Judge, GivesHonestMinersHalfOnTheDayAndTheRestWithTheTruth) {
  for (int number = 1; number <= 6; ++number) {
    enter("honest" + std::to_string(number), day.model(number, 0.3));
  }
  for (const Verdict& verdict : judge(false)) {
    EXPECT_DOUBLE_EQ(verdict.final_score, 0.5);
    EXPECT_FALSE(verdict.ground_truth);
  }
  for (const Verdict& verdict : judge(true)) {
    ASSERT_TRUE(verdict.ground_truth);
    EXPECT_DOUBLE_EQ(verdict.final_score, 0.5 + verdict.ground_truth->score);
    EXPECT_GT(verdict.ground_truth->score, 0.15);
  }
}

TEST_F(Judge, PutsNoNumberThatIsNotFiniteIntoAVerdict) {
  enter("honest", day.model(1, 0.3));
  // What a parser would never give, should one ever do.
  const double infinite = std::numeric_limits<double>::infinity();
  const double none = std::numeric_limits<double>::quiet_NaN();
  enter("endless", day.model(2, 0.3));
  entrants.back().submission->mean_latency_ms = infinite;
  enter("unmeasurable", day.model(3, 0.3));
  entrants.back().determinism = Check{"deterministic", true, none, 0, ""};
  enter("nothing", std::vector<double>(day.index.size(), 0));
  for (const bool with_truth : {false, true}) {
    const auto verdicts = judge(with_truth);
    for (const Verdict& verdict : verdicts) EXPECT_TRUE(is_finite(verdict));
    EXPECT_GT(verdicts[0].final_score, 0);
    for (const std::size_t i : {1, 2}) {
      EXPECT_EQ(verdicts[i].final_score, 0);
      EXPECT_FALSE(is_set_aside(verdicts[i])) << "the day counts";
    }
  }
}

TEST_F(Judge, SetsAMinerAsideWhereWeHaveLostItsAnswer) {
  enter("honest", day.model(1, 0.3));
  enter("lost", day.model(2, 0.3));
  entrants.back().submission.reset();
  entrants.back().damage = "ab.zst is damaged";
  const auto verdicts = judge(true);
  EXPECT_GT(verdicts[0].final_score, 0);
  EXPECT_TRUE(is_set_aside(verdicts[1]));
  EXPECT_EQ(verdicts[1].final_score, 0);
  EXPECT_EQ(verdicts[1].checks.front().reason, "ab.zst is damaged");
}

TEST_F(Judge, GivesACopyNothingAndSaysWhose) {
  for (int number = 1; number <= 6; ++number) {
    enter("honest" + std::to_string(number), day.model(number, 0.3));
  }
  enter("copier", day.model(4, 0.3));
  const auto verdicts = judge(true);
  EXPECT_EQ(verdicts[6].final_score, 0);
  EXPECT_EQ(verdicts[6].copy_of, "honest4");
  EXPECT_NE(check(verdicts[6], "copied").reason.find("honest4"), std::string::npos);
  EXPECT_GT(verdicts[3].final_score, 0.5);
}

TEST_F(Judge, PaysTheStockModelNoMoreThanItself) {
  enter("stock", day.baseline);
  std::vector<double> edited = day.baseline;
  for (double& score : edited) score = std::min(1.0, score * 1.02);
  enter("edited", edited);
  const auto verdicts = judge(true);
  EXPECT_TRUE(verdicts[0].is_baseline);
  EXPECT_TRUE(verdicts[1].is_baseline);
  EXPECT_LE(verdicts[1].final_score, *verdicts[1].cap);
  EXPECT_FALSE(check(verdicts[0], "baseline").passed);
}

TEST_F(Judge, PaysFollowersOfAPublicRecipeWhatTheRecipeEarns) {
  references = {{"2025-10-01-days-1", day.model(3, 0.9)}, {"2025-10-02-days-1", day.model(7, 0.9)}};
  enter("first", references[1].scores);
  enter("second", references[1].scores);
  enter("stock", day.baseline);
  const auto verdicts = judge(true);
  for (const std::size_t follower : {0, 1}) {
    EXPECT_EQ(verdicts[follower].public_model, "2025-10-02-days-1");
    EXPECT_TRUE(verdicts[follower].copy_of.empty());
    EXPECT_DOUBLE_EQ(verdicts[follower].final_score, *verdicts[follower].cap);
  }
  EXPECT_EQ(verdicts[2].public_model, kStockModels);
  EXPECT_NE(*verdicts[0].cap, *verdicts[2].cap);
}

TEST_F(Judge, GivesNothingForWhatCannotBeRead) {
  entrants.push_back({"silent", std::nullopt, "no answer within 30 s", std::nullopt, {}});
  enter("constant", std::vector<double>(day.index.size(), 0.5));
  Entrant partial;
  partial.hotkey = "partial";
  partial.submission = parse_submission(R"({"processing_date":"2025-10-26","scores":[]})",
                                        day.index, limits_for(day.index.size()));
  entrants.push_back(partial);
  const auto verdicts = judge(false);
  EXPECT_EQ(verdicts[0].final_score, 0);
  EXPECT_EQ(verdicts[0].checks[0].reason, "no answer within 30 s");
  EXPECT_DOUBLE_EQ(verdicts[1].final_score, 0.2 + 0.3 - 0.1 - 0.05);
  EXPECT_EQ(verdicts[2].final_score, 0);
  EXPECT_FALSE(check(verdicts[2], "complete").passed);
}

TEST_F(Judge, CountsAMinerThatAnswersTwiceDifferently) {
  enter("fickle", day.model(2, 0.3));
  entrants[0].determinism = Check{"deterministic", false, 0.5, -kIntegrityPoints, "differs"};
  EXPECT_EQ(judge(true)[0].final_score, 0);
}

}  // namespace
}  // namespace aml::validation
