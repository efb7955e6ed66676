#include "validator/commitments.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/hash.h"
#include "bittensor/metagraph_json.h"

namespace aml::validator {
namespace {

using bittensor::CommittedAnswer;
using bittensor::StandingCommitment;
using State = StandingCommitment::State;

const Date kDay = Date::require("2025-10-26", "day");
constexpr std::int64_t kHour = 3'600'000;
const std::int64_t kNoon = bittensor::deadline_ms(kDay) - 6 * kHour;

TEST(StandingSnapshot, IsTheOneThatWasThereSixHoursBeforeTheDeadline) {
  EXPECT_EQ(standing_snapshot(kNoon, std::nullopt, kDay), SnapshotStanding::published);
  EXPECT_EQ(standing_snapshot(std::nullopt, std::nullopt, kDay), SnapshotStanding::published);
  // Corrected before noon: the newer one.
  EXPECT_EQ(standing_snapshot(kNoon, kNoon - kHour, kDay), SnapshotStanding::published);
}

TEST(StandingSnapshot, ThatCameOrWasCorrectedLaterIsUnscored) {
  for (const std::optional<std::int64_t> kept : {std::optional<std::int64_t>{}, {kNoon - kHour}}) {
    EXPECT_EQ(standing_snapshot(kNoon + 1, kept, kDay), SnapshotStanding::unscored);
    EXPECT_EQ(standing_snapshot(kNoon + 6 * kHour, kept, kDay), SnapshotStanding::unscored);
  }
}

TEST(StandingSnapshot, IsKeptWhereItIsCorrectedAfterTheDeadline) {
  const std::int64_t after = bittensor::deadline_ms(kDay) + 1;
  EXPECT_EQ(standing_snapshot(after, kNoon, kDay), SnapshotStanding::kept);
  EXPECT_EQ(standing_snapshot(after, kNoon + 1, kDay), SnapshotStanding::unscored);
  EXPECT_EQ(standing_snapshot(after, std::nullopt, kDay), SnapshotStanding::unscored);
}

// A day's answer of a victim, committed in time.
class Committed : public testing::Test {
 protected:
  Committed() { submission_.scores = {0.25, 0.75}; }
  static CommittedAnswer expected(const std::string& hotkey) {
    CommittedAnswer answer;
    answer.genesis_hash = "0x2f";
    answer.netuid = 7;
    answer.hotkey = hotkey;
    answer.network = "bitcoin";
    answer.window_days = 7;
    answer.processing_date = kDay.text();
    answer.kind = "alert_scores";
    answer.snapshot_sha256 = std::string(64, 'a');
    return answer;
  }
  bittensor::Opening opening(const std::string& hotkey, double first) const {
    CommittedAnswer answer = expected(hotkey);
    answer.body_sha256 =
        hash_text(HashKind::sha256, bittensor::canonical_body(answer.processing_date, answer.kind,
                                                              {{"a", first}, {"b", 0.75}}));
    return {salt_, {{commitment_key(answer), commitment_hash(answer, salt_)}}};
  }
  static StandingCommitment standing(const bittensor::Opening& opening) {
    return {State::committed, bittensor::commitment_root(opening.leaves), 1500};
  }
  validation::Check check(const StandingCommitment& standing, const std::string& hotkey,
                          const std::string& opening) const {
    return check_committed(standing, expected(hotkey), opening, ids_, submission_);
  }

  std::string salt_ = std::string(64, '5');
  std::vector<std::string> ids_{"a", "b"};
  validation::Submission submission_;
  bittensor::Opening victims_ = opening("victim", 0.25);
};

TEST_F(Committed, TheVictimKeepsItsAnswer) {
  const auto found = check(standing(victims_), "victim", victims_.to_text());
  EXPECT_TRUE(found.passed) << found.reason;
  EXPECT_EQ(found.effect, 0);
  EXPECT_EQ(found.reason, "committed at block 1500");
}

TEST_F(Committed, SixtyFourThievesWhoCopyTheRootAndShowTheBodyHaveNothing) {
  for (int i = 0; i < 64; ++i) {
    const std::string thief = "thief-" + std::to_string(i);
    const auto found = check(standing(victims_), thief, victims_.to_text());
    EXPECT_FALSE(found.passed);
    EXPECT_EQ(found.reason, "what was committed is another answer, or another hotkey's");
    EXPECT_FALSE(check(standing(victims_), thief, opening(thief, 0.25).to_text()).passed);
  }
}

TEST_F(Committed, WhatIsShownOtherwiseThanCommittedIsNothing) {
  // A body of another root than the one that stands; another validator was shown that one.
  const auto other = opening("victim", 0.5);
  EXPECT_FALSE(check(standing(other), "victim", other.to_text()).passed);
  EXPECT_FALSE(check(standing(other), "victim", victims_.to_text()).passed);
  EXPECT_FALSE(check(standing(victims_), "victim", "").passed);
  EXPECT_FALSE(check(standing(victims_), "victim", "aml-opening/1:").passed);
  EXPECT_FALSE(check({}, "victim", victims_.to_text()).passed);
  validation::Submission changed = submission_;
  changed.scores[1] = 0.7500001;
  EXPECT_FALSE(
      check_committed(standing(victims_), expected("victim"), victims_.to_text(), ids_, changed)
          .passed);
  changed.scores[1] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(
      check_committed(standing(victims_), expected("victim"), victims_.to_text(), ids_, changed)
          .passed);
}

TEST_F(Committed, OfAnotherSnapshotCountsForNone) {
  CommittedAnswer corrected = expected("victim");
  corrected.snapshot_sha256 = std::string(64, 'b');
  EXPECT_FALSE(
      check_committed(standing(victims_), corrected, victims_.to_text(), ids_, submission_).passed);
}

bittensor::CommitmentEntry entry(char digit, std::uint64_t block, Date day) {
  return {bittensor::commitment_entry(day, std::string(64, digit)), block};
}

// A validator that was down over the deadline and three days more reads what the punctual one did.
TEST(Standings, OfALateValidatorAreThoseOfAPunctualOne) {
  bittensor::CommitmentLogs logs{{"honest", {entry('1', 1500, kDay)}},
                                 {"late", {entry('2', 2000, kDay)}},
                                 {"twice", {entry('3', 1200, kDay), entry('4', 1900, kDay)}}};
  const std::map<std::string, std::uint64_t> registered{
      {"honest", 5}, {"late", 5}, {"twice", 5}, {"silent", 5}};
  const Standings punctual = standings_of(logs, kDay, 1000, 2000, registered);
  EXPECT_EQ(punctual.size(), 2u);
  EXPECT_EQ(punctual.at("twice").root, std::string(64, '4'));
  for (int day = 1; day <= 3; ++day) {
    for (auto& [hotkey, log] : logs) {
      log.push_back(entry('9', 1500 + 1000 * static_cast<std::uint64_t>(day), kDay.plus_days(day)));
      log.push_back(entry('8', 1600 + 1000 * static_cast<std::uint64_t>(day), kDay.plus_days(day)));
    }
  }
  EXPECT_EQ(standings_to_json(standings_of(logs, kDay, 1000, 2000, registered)),
            standings_to_json(punctual));
}

TEST(Standings, ReadBackWhatTheyWrote) {
  const Standings standings{{"a", {State::committed, std::string(64, '1'), 17}},
                            {"b", {State::unreadable, "", 0}}};
  const std::string json = standings_to_json(standings);
  EXPECT_EQ(standings_to_json(standings_from_json(json)), json);
  EXPECT_EQ(standings_from_json(json).at("b").state, State::unreadable);
  EXPECT_EQ(standings_to_json({}), "{}");
  EXPECT_TRUE(standings_from_json("{}").empty());
  EXPECT_THROW(standings_from_json("{"), Error);
  EXPECT_THROW(standings_from_json(R"({"a":1})"), Error);
  const bittensor::BlockStamp stamp{7, "0x2f", 12};
  EXPECT_EQ(stamp_from_json(bittensor::block_stamp_json(stamp)).hash, "0x2f");
  EXPECT_THROW(stamp_from_json("{}"), Error);
}

}  // namespace
}  // namespace aml::validator
