#include "validator/ledger.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "../base/scratch_folder.h"
#include "base/error.h"
#include "validator/validator.h"

namespace aml::validator {
namespace {

using test::ScratchFolder;

constexpr const char* kFirst = "2025-10-26";
constexpr const char* kSecond = "2025-10-27";

class LedgerTest : public testing::Test {
 protected:
  LedgerTest() : ledger(folder.path(), SqlDatabase::Mode::read_write) {}

  std::vector<MinerRecord> open(const std::string& date, const std::vector<MinerRecord>& miners) {
    ledger.open_round({date, "bitcoin", 7, "abc", "", false, ""});
    return ledger.enroll(date, miners);
  }

  static VerdictRecord verdict_of(const MinerRecord& miner, double score) {
    VerdictRecord record;
    record.miner = miner;
    record.verdict.final_score = score;
    return record;
  }

  // Behind the ledger's back.
  void raw(const std::string& sql) {
    SqlDatabase(folder.path() / "ledger.sqlite", SqlDatabase::Mode::read_write).run(sql);
  }

  ScratchFolder folder;
  Ledger ledger;
};

MinerRecord miner(int uid, const std::string& hotkey) { return {0, uid, hotkey, "127.0.0.1", 80}; }

TEST_F(LedgerTest, KeepsWhoTakesPartAsFirstFound) {
  const auto found = open(kFirst, {miner(1, "alice"), miner(2, "bob")});
  ASSERT_EQ(found.size(), 2U);
  const auto again = open(kFirst, {miner(3, "carol")});
  ASSERT_EQ(again.size(), 2U);
  EXPECT_EQ(again[0].id, found[0].id);
  EXPECT_EQ(open(kSecond, {miner(1, "alice")})[0].id, found[0].id);
}

TEST_F(LedgerTest, KeepsTheReferencesThatARoundWasFirstJudgedBy) {
  EXPECT_FALSE(ledger.references(kFirst));
  ledger.keep_references(kFirst, {"2025-10-01-days-1"});
  ledger.keep_references(kFirst, {"2025-10-01-days-1", "2025-10-20-days-1"});
  ledger.keep_references(kSecond, {});
  EXPECT_EQ(*ledger.references(kFirst), std::vector<std::string>{"2025-10-01-days-1"});
  EXPECT_TRUE(ledger.references(kSecond)->empty());
}

TEST_F(LedgerTest, KnowsAMinerByItsHotkeyAtWhateverUid) {
  const auto first = open("2025-10-01", {miner(1, "alice"), miner(2, "bob")});
  const auto second = open("2025-10-02", {miner(1, "carol"), miner(3, "alice")});
  EXPECT_NE(second[0].id, first[0].id) << "another hotkey at the UID starts afresh";
  EXPECT_NE(second[0].id, first[1].id);
  EXPECT_EQ(second[1].id, first[0].id) << "the hotkey that moved goes on";
  EXPECT_EQ(second[1].uid, 3);
  EXPECT_EQ(ledger.miner("alice")->uid, 3);
  EXPECT_EQ(ledger.enrolled("2025-10-01")[0].uid, 1) << "where it stood then";
}

TEST_F(LedgerTest, KeepsTheFirstAnswerInTheOrderOfArrival) {
  const auto miners = open(kFirst, {miner(1, "alice"), miner(2, "bob")});
  AnswerRecord answer;
  answer.miner = miners[1];
  answer.outcome = "answered";
  answer.body_sha256 = "b0b";
  EXPECT_TRUE(ledger.add_answer(kFirst, Asked::first, answer));
  answer.body_sha256 = "other";
  EXPECT_FALSE(ledger.add_answer(kFirst, Asked::first, answer));
  EXPECT_TRUE(ledger.add_answer(kFirst, Asked::again, answer));
  answer.miner = miners[0];
  EXPECT_TRUE(ledger.add_answer(kFirst, Asked::first, answer));
  const auto answers = ledger.answers(kFirst, Asked::first);
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].miner.hotkey, "bob");
  EXPECT_EQ(answers[0].body_sha256, "b0b");
  EXPECT_LT(answers[0].arrival, answers[1].arrival);
}

TEST_F(LedgerTest, NamesTheBodiesThatOnlyOldAnswersHave) {
  const auto answer = [&](const char* date, const MinerRecord& who, const char* body) {
    AnswerRecord record;
    record.miner = who;
    record.body_sha256 = body;
    ledger.add_answer(date, Asked::first, record);
  };
  const auto old = open("2025-01-01", {miner(1, "alice"), miner(2, "bob"), miner(3, "carol")});
  answer("2025-01-01", old[0], "same");
  answer("2025-01-01", old[1], "");
  answer("2025-01-01", old[2], "only then");
  answer(kFirst, open(kFirst, {miner(1, "alice")})[0], "same");
  EXPECT_EQ(ledger.bodies_of("", kFirst), std::vector<std::string>{"only then"});
  EXPECT_TRUE(ledger.bodies_of("2025-01-02", kFirst).empty());
  EXPECT_EQ(ledger.bodies_of("", kSecond), (std::vector<std::string>{"only then", "same"}));
}

TEST_F(LedgerTest, FindsAMinersEarlierAnswer) {
  const auto miners = open(kFirst, {miner(1, "alice")});
  open(kSecond, {miner(1, "alice")});
  EXPECT_FALSE(ledger.earlier_answer(miners[0].id, kSecond));
  AnswerRecord answer;
  answer.miner = miners[0];
  answer.outcome = "answered";
  answer.body_sha256 = "a";
  ledger.add_answer(kFirst, Asked::first, answer);
  EXPECT_EQ(ledger.earlier_answer(miners[0].id, kSecond)->date, kFirst);
  EXPECT_FALSE(ledger.earlier_answer(miners[0].id, kFirst));
}

TEST_F(LedgerTest, JudgesAStageOnceAndShowsTheLatest) {
  const auto miners = open(kFirst, {miner(1, "alice")});
  EXPECT_FALSE(ledger.is_judged(kFirst, Stage::day));
  ledger.add_verdicts(kFirst, Stage::day, {verdict_of(miners[0], 0.5)}, "");
  ledger.add_verdicts(kFirst, Stage::day, {verdict_of(miners[0], 0.1)}, "");
  EXPECT_EQ(ledger.verdicts(kFirst).at(0).verdict.final_score, 0.5);
  ledger.add_verdicts(kFirst, Stage::truth, {verdict_of(miners[0], 0.8)}, "truth");
  ASSERT_EQ(ledger.verdicts(kFirst).size(), 1U);
  EXPECT_EQ(ledger.verdicts(kFirst)[0].verdict.final_score, 0.8);
  EXPECT_EQ(ledger.history(miners[0].id).size(), 1U);
  EXPECT_EQ(ledger.rounds_of(miners[0].id), 1);
  EXPECT_EQ(ledger.round(kFirst)->truth_sha256, "truth");
}

TEST_F(LedgerTest, KnowsTheNewestDaysScoresAsItsVerdicts) {
  std::vector<MinerRecord> miners;
  for (const char* date : {kFirst, kSecond, "2025-10-28"}) {
    miners = open(date, {miner(1, "alice"), miner(2, "bob")});
    VerdictRecord record = verdict_of(miners[0], 0.5);
    record.verdict.is_baseline = date == std::string(kSecond);
    ledger.add_verdicts(date, Stage::day, {record, verdict_of(miners[1], 0.1)}, "");
  }
  VerdictRecord judged = verdict_of(miners[0], 0.8);
  judged.verdict.ground_truth = validation::GroundTruthCheck{};
  judged.verdict.ground_truth->score = 0.3;
  judged.verdict.ground_truth->alerts = 100;
  judged.verdict.ground_truth->positives = 20;
  judged.verdict.ground_truth->auc_roc = 0.52;
  ledger.add_verdicts(kSecond, Stage::truth, {judged}, "truth");
  const std::vector<DayScore> days = ledger.day_scores(miners[0].id, 2);
  const std::vector<VerdictRecord> history = ledger.history(miners[0].id);
  ASSERT_EQ(days.size(), 2U);
  ASSERT_EQ(history.size(), 3U);
  for (const std::size_t i : {0, 1}) {
    const DayScore expected = day_score(history[i + 1]);
    EXPECT_EQ(days[i].stage, expected.stage);
    EXPECT_EQ(days[i].final_score, expected.final_score);
    EXPECT_EQ(days[i].truth, expected.truth);
    EXPECT_EQ(days[i].is_baseline, expected.is_baseline);
    EXPECT_EQ(days[i].is_informed, expected.is_informed);
  }
  EXPECT_EQ(days[0].truth, 0.3);
  EXPECT_FALSE(days[0].is_informed) << "0.02 above chance, where the error is 0.07";
}

TEST_F(LedgerTest, NeverForgetsThatWeightsWereAccepted) {
  open(kFirst, {miner(1, "alice")});
  WeightsRecord weights{kFirst, Stage::day, {1}, {"alice"}, {1.0}, {}, 0, 0, "", ""};
  EXPECT_EQ(ledger.intend_weights(weights).state, Sending::intended);
  ledger.begin_sending(kFirst, Stage::day, 90);
  EXPECT_EQ(ledger.weights()[0].state, Sending::sending);
  EXPECT_EQ(ledger.weights()[0].block_before, 90U);
  ledger.settle_weights(kFirst, Stage::day, Sending::accepted, "", 101);
  ledger.settle_weights(kFirst, Stage::day, Sending::refused, "late", 0);
  weights.values = {0.5};
  EXPECT_EQ(ledger.intend_weights(weights).state, Sending::accepted);
  EXPECT_EQ(ledger.weights().size(), 1U);
  EXPECT_EQ(ledger.weights()[0].values[0], 1.0);
}

TEST_F(LedgerTest, SendsWeightsAgainAndKnowsTheNewestByTheirSequence) {
  open(kFirst, {miner(1, "alice")});
  open(kSecond, {miner(1, "alice")});
  WeightsRecord weights{kSecond, Stage::day, {1}, {"alice"}, {1.0}, {}, 0, 0, "", ""};
  ledger.intend_weights(weights);
  weights.date = kFirst;
  weights.stage = Stage::truth;
  ledger.intend_weights(weights);
  // The clock went back: what was intended last is the newest all the same.
  raw("UPDATE weights SET at = '2000-01-01T00:00:00.000Z' WHERE stage = 'truth'");
  ASSERT_EQ(ledger.weights().size(), 2U);
  EXPECT_EQ(ledger.weights()[0].date, kFirst);
  ledger.begin_sending(kFirst, Stage::truth, 90, 100);
  ledger.settle_weights(kFirst, Stage::truth, Sending::committed, "", 101, 404);
  EXPECT_EQ(ledger.weights()[0].reveal_round, 404U);
  ledger.reveal_weights(kFirst, Stage::truth);
  EXPECT_EQ(ledger.weights()[0].state, Sending::revealed);
  ledger.begin_sending(kFirst, Stage::truth, 101, 500);
  EXPECT_EQ(ledger.weights()[0].state, Sending::sending);
  EXPECT_EQ(ledger.weights()[0].begun_block, 500U);
  ledger.note_weights(kFirst, Stage::truth, "no block for two minutes");
  EXPECT_EQ(ledger.weights()[0].message, "no block for two minutes");
}

TEST_F(LedgerTest, SetsAsideAVerdictThatCannotBeRead) {
  const double infinite = std::numeric_limits<double>::infinity();
  const auto miners = open(kFirst, {miner(1, "alice"), miner(2, "bob"), miner(3, "carol")});
  VerdictRecord endless = verdict_of(miners[2], 0.4);
  endless.verdict.checks.push_back({"latency", false, infinite, 0, "endless"});
  ledger.add_verdicts(kFirst, Stage::day,
                      {verdict_of(miners[0], 0.5), verdict_of(miners[1], 0.6), endless}, "");
  for (const std::string text :
       {R"({"final_score":0.6,"checks":[{"figure":null}]})", "", "{", "[]", "null", "\x01",
        R"({"final_score":0.6,"integrity":"x","behavior":0,"is_baseline":false,"copy_of":null,)"
        R"("cap":null,"ground_truth":{"score":1e999},"checks":[]})"}) {
    raw("UPDATE verdicts SET verdict = '" + text + "' WHERE miner = 2");
    const auto verdicts = ledger.verdicts(kFirst);
    ASSERT_EQ(verdicts.size(), 3U) << text;
    for (const VerdictRecord& record : verdicts) {
      const bool is_alice = record.miner.hotkey == "alice";
      EXPECT_EQ(validation::is_set_aside(record.verdict), !is_alice) << text;
      EXPECT_EQ(record.verdict.final_score, is_alice ? 0.5 : 0) << text;
    }
    EXPECT_EQ(ledger.history(miners[1].id).size(), 1U);
    EXPECT_EQ(ledger.day_scores(miners[0].id, 9).size(), 1U);
    EXPECT_TRUE(ledger.day_scores(miners[2].id, 9).empty()) << "no day that counts";
    EXPECT_NO_THROW(ledger.day_scores(miners[1].id, 9)) << text;
  }
}

TEST_F(LedgerTest, PassesOverRowsThatCannotBeRead) {
  open(kFirst, {miner(1, "alice")});
  open("no date", {miner(1, "alice")});
  EXPECT_EQ(ledger.rounds().size(), 1U);
  WeightsRecord weights{kFirst, Stage::day, {1}, {"alice"}, {1.0}, {}, 0, 0, "", ""};
  ledger.intend_weights(weights);
  ledger.keep_references(kFirst, {"a"});
  for (const std::string text : {"", "{", "[1,2]", "7", R"(["x"])"}) {
    raw("UPDATE weights SET \"values\" = '" + text + "'");
    EXPECT_TRUE(ledger.weights().empty()) << text;
  }
  EXPECT_EQ(ledger.intend_weights(weights).values, std::vector{1.0}) << "it makes room";
  raw("UPDATE kept SET value = '{' WHERE name = 'references/2025-10-26'");
  EXPECT_FALSE(ledger.references(kFirst));
}

TEST_F(LedgerTest, HoldsAfterItIsOpenedAgainAndReadsWhileWritten) {
  open(kFirst, {miner(1, "alice")});
  Ledger reader(folder.path(), SqlDatabase::Mode::read_only);
  EXPECT_EQ(reader.rounds().size(), 1U);
  open(kSecond, {miner(1, "alice")});
  EXPECT_EQ(reader.rounds().front().date, kSecond);
  EXPECT_THROW(reader.set_asked(kFirst), Error);
  EXPECT_EQ(Ledger(folder.path(), SqlDatabase::Mode::read_write).rounds().size(), 2U);
}

TEST(VerdictJson, ReadsBackWhatItWrote) {
  validation::Verdict verdict;
  verdict.checks = {{"variance", false, 1e-7, -0.1, "hardly \"differ\""}};
  verdict.integrity = 0.2;
  verdict.behavior = 0.2;
  verdict.ground_truth = validation::GroundTruthCheck{100, 7, 0.9, 0.4, 0.5, 0.3, 0.35};
  verdict.copy_of = "5F";
  verdict.cap = 0.7;
  verdict.final_score = 0.1234567890123456789;
  const std::string json = verdict_to_json(verdict);
  EXPECT_EQ(verdict_to_json(verdict_from_json(json)), json);
  EXPECT_EQ(verdict_from_json(json).final_score, verdict.final_score);
}

TEST(Quality, CountsADayWithoutTruthAsTheOthersWere) {
  const auto quality = [](const std::vector<DayScore>& days) { return quality_of(days); };
  const DayScore judged{.stage = Stage::truth, .final_score = 0.8, .truth = 0.3};
  const DayScore today{.final_score = 0.5};
  const DayScore failed{};
  EXPECT_DOUBLE_EQ(quality({judged, today}), quality({judged, judged}));
  EXPECT_DOUBLE_EQ(quality({today}), 0.1);
  EXPECT_DOUBLE_EQ(quality({judged, failed}), 0.16 * 0.8);
}

TEST(Quality, IsNothingForWhatKnowsNothing) {
  const DayScore guessed{
      .stage = Stage::truth, .final_score = 0.65, .truth = 0.15, .is_informed = false};
  const DayScore judged{.stage = Stage::truth, .final_score = 0.8, .truth = 0.3};
  const DayScore today{.final_score = 0.5};
  const auto quality = [](const std::vector<DayScore>& days) { return quality_of(days); };
  EXPECT_EQ(quality({guessed, guessed, today}), 0);
  // One day in two knew something: today is taken to be worth half of such a day.
  EXPECT_DOUBLE_EQ(quality({guessed, judged, today}), quality({guessed, judged}) * 0.8 + 0.08);
}

TEST(Quality, DoesNotChangeWithWhatIsLongPast) {
  const DayScore failed{.stage = Stage::truth};
  const DayScore judged{.stage = Stage::truth, .final_score = 0.8, .truth = 0.3};
  std::vector<DayScore> days(kQualityDays, judged);
  const double quality = quality_of(days);
  days.insert(days.begin(), 300, failed);
  EXPECT_DOUBLE_EQ(quality_of(days), quality);
}

// Two answers of a day.
validation::DayEvidence evidence_of_two() {
  validation::DayEvidence evidence;
  evidence.identities = {"alice@7", "bob@0"};
  evidence.gain = {1.5, -0.25};
  evidence.spread = {4, 1, 1, 3};
  evidence.clusters.assign(2 * validation::kClusters, 0.125);
  return evidence;
}

TEST_F(LedgerTest, KeepsWhatATruthSaysForLaterDays) {
  open(kFirst, {miner(1, "alice")});
  EXPECT_FALSE(ledger.evidence(kFirst));
  const validation::DayEvidence evidence = evidence_of_two();
  ledger.add_verdicts(kFirst, Stage::truth, {}, "truth", &evidence);
  const auto kept = ledger.evidence(kFirst);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->identities, evidence.identities);
  EXPECT_EQ(kept->gain, evidence.gain);
  EXPECT_EQ(kept->spread, evidence.spread);
  EXPECT_EQ(kept->clusters, evidence.clusters);
  for (const char* damage : {"gain = x'00'", "identities = '{'", "spread = NULL || ''",
                             "clusters = 5", "gain = x'000000000000f87f000000000000f87f'"}) {
    raw(std::string("UPDATE OR IGNORE evidence SET ") + damage);
    EXPECT_FALSE(ledger.evidence(kFirst)) << damage;
  }
}

TEST_F(LedgerTest, KeepsEvidenceOfADayOnWhichNobodyCounted) {
  open(kFirst, {});
  const validation::DayEvidence nobody;
  ledger.add_verdicts(kFirst, Stage::truth, {}, "truth", &nobody);
  ASSERT_TRUE(ledger.evidence(kFirst));
  EXPECT_EQ(ledger.evidence(kFirst)->size(), 0U);
}

TEST_F(LedgerTest, AddsUpWhatAMinerContributedSinceItRegistered) {
  const std::vector<std::string> dates{"2025-10-01", "2025-10-02", "2025-10-03", "2025-10-04"};
  for (std::size_t d = 0; d < dates.size(); ++d) {
    MinerRecord alice = miner(1, "alice");
    alice.registered = d < 1 ? 100 : 900;  // again after the first day
    const auto miners = open(dates[d], {alice, miner(2, "bob")});
    VerdictRecord judged = verdict_of(miners[0], 0.9);
    judged.verdict.contribution.emplace().points = 0.001 * static_cast<double>(d + 1);
    if (d == 2) judged.verdict = validation::set_aside("the body is damaged");
    ledger.add_verdicts(dates[d], Stage::truth, {judged}, "truth");
  }
  const MinerRecord alice = *ledger.miner("alice");
  EXPECT_EQ(alice.registered, 900);
  EXPECT_EQ(ledger.contributions(alice, 9), (std::vector<double>{0, 0.002, 0.004}));
  EXPECT_EQ(ledger.contributions(alice, 2), (std::vector<double>{0.004}))
      << "of the newest two, on one it was set aside";
  EXPECT_EQ(ledger.contributions(*ledger.miner("bob"), 9), (std::vector<double>{0, 0, 0, 0}))
      << "days missed";
  EXPECT_GT(smoothed_contribution_of(ledger, alice), 0);
}

TEST_F(LedgerTest, ReadsAContributionThatAnEarlierProgramKeptWithoutCovariance) {
  validation::Verdict verdict;
  verdict.contribution.emplace().points = 0.25;
  auto kept = nlohmann::json::parse(verdict_to_json(verdict));
  ASSERT_EQ(kept.at("contribution").erase("covariance"), 1U);
  const auto read = verdict_from_json(kept.dump()).contribution;
  ASSERT_TRUE(read);
  EXPECT_EQ(read->points, 0.25);
  EXPECT_FALSE(read->covariance);
}

TEST_F(LedgerTest, ReadsAContributionAsItWasWritten) {
  validation::Verdict verdict;
  EXPECT_FALSE(verdict_from_json(verdict_to_json(verdict)).contribution);
  validation::Contribution& paid = verdict.contribution.emplace();
  paid.points = 0.00125;
  paid.truths = 7;
  paid.sigmas = 5.5;
  paid.relatives = {{"bob", 0.875}};
  paid.covariance = -0.0625;
  const auto read = verdict_from_json(verdict_to_json(verdict)).contribution;
  ASSERT_TRUE(read);
  EXPECT_EQ(read->points, 0.00125);
  EXPECT_EQ(read->truths, 7);
  EXPECT_EQ(read->relatives[0].hotkey, "bob");
  EXPECT_EQ(read->relatives[0].likeness, 0.875);
  EXPECT_EQ(read->covariance, -0.0625);
  paid.covariance = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(validation::is_finite(verdict));
  paid.covariance.reset();
  EXPECT_FALSE(verdict_from_json(verdict_to_json(verdict)).contribution->covariance);
  paid.sigmas = std::numeric_limits<double>::infinity();
  EXPECT_FALSE(validation::is_finite(verdict));
}

}  // namespace
}  // namespace aml::validator
