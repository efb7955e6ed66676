#include "bittensor/commitment_log.h"

#include <gtest/gtest.h>

#include <vector>

namespace aml::bittensor {
namespace {

using State = StandingCommitment::State;
using Log = std::vector<CommitmentEntry>;

const Date kDay = Date::require("2025-10-26", "day");
constexpr CommitmentWindow kWindow{1000, 2000, 5};

CommitmentEntry entry(char digit, std::uint64_t block, Date day = kDay) {
  return {commitment_entry(day, std::string(64, digit)), block};
}

std::string root_of(const Log& log, const CommitmentWindow& window = kWindow) {
  return standing_commitment(log, kDay, window).root;
}

TEST(Deadline, IsSixInTheEveningOfTheNextDay) {
  EXPECT_EQ(deadline_ms(kDay), Date::require("2025-10-27", "").epoch_ms() + 18 * 3'600'000);
}

TEST(Deadline, LeavesSixHoursToWork) {
  const std::int64_t noon = Date::require("2025-10-27", "").epoch_ms() + 12 * 3'600'000;
  EXPECT_FALSE(came_too_late(noon, kDay));
  EXPECT_TRUE(came_too_late(noon + 1, kDay));
}

TEST(CommitmentLog, ItsEntriesHaveFortyBytes) {
  EXPECT_EQ(entry('1', 1).bytes.size(), kCommitmentBytes);
  EXPECT_EQ(entry('1', 1).bytes.substr(0, 8), std::string("AML1\0\0\x4f\xa3", 8));
}

TEST(CommitmentLog, TheLastOneBeforeTheDeadlinesBlockCounts) {
  EXPECT_EQ(root_of({entry('1', 1000)}), std::string(64, '1'));
  EXPECT_EQ(root_of({entry('1', 1500), entry('2', 1999)}), std::string(64, '2'));
  EXPECT_EQ(root_of({entry('1', 1500), entry('2', 1500)}), std::string(64, '2'));
  EXPECT_EQ(standing_commitment(Log{entry('1', 1500)}, kDay, kWindow).block, 1500u);
}

TEST(CommitmentLog, ARootThatIsOneBlockLateChangesNothing) {
  EXPECT_EQ(root_of({entry('1', 1999), entry('2', 2000)}), std::string(64, '1'));
  EXPECT_EQ(standing_commitment(Log{entry('2', 2000)}, kDay, kWindow).state, State::none);
}

TEST(CommitmentLog, WhatStoodBeforeTheHotkeyWasRegisteredIsAnothers) {
  EXPECT_EQ(root_of({entry('1', 1499)}, {1000, 2000, 1500}), "");
  EXPECT_EQ(root_of({entry('1', 1500)}, {1000, 2000, 1500}), std::string(64, '1'));
  EXPECT_EQ(root_of({entry('1', 999)}), "");  // of the deadline before
}

TEST(CommitmentLog, OtherDaysAndOtherBytesArePassedOver) {
  EXPECT_EQ(root_of({entry('1', 1500),
                     entry('2', 1600, kDay.plus_days(1)),
                     {std::string(40, 'x'), 1700},
                     {"", 1800},
                     {entry('3', 0).bytes + "x", 1900}}),
            std::string(64, '1'));
}

// Who was down for days sees what the punctual saw, or says that it cannot be known.
TEST(CommitmentLog, ALateReaderAgreesWithAPunctualOne) {
  Log chain;
  Log seen_at_the_deadline;
  for (int day = 0; day < 14; ++day) {
    chain.push_back(entry(static_cast<char>('0' + day % 10),
                          1500 + 1000 * static_cast<std::uint64_t>(day), kDay.plus_days(day)));
    if (chain.size() > kKeptCommitments) chain.erase(chain.begin());
    if (day == 0) seen_at_the_deadline = chain;
    const StandingCommitment late = standing_commitment(chain, kDay, kWindow);
    if (day < static_cast<int>(kKeptCommitments)) {
      EXPECT_EQ(late.state, State::committed) << day;
      EXPECT_EQ(late.root, root_of(seen_at_the_deadline)) << day;
    } else {
      EXPECT_EQ(late.state, State::unreadable) << day;
    }
  }
}

TEST(CommitmentLog, SaysThatThereWasNoneOnlyWhereItWouldStillStand) {
  Log log;
  for (std::uint64_t i = 0; i < kKeptCommitments; ++i)
    log.push_back(entry('1', 900 + i, kDay.plus_days(-1)));
  EXPECT_EQ(standing_commitment(log, kDay, kWindow).state, State::none);
  for (CommitmentEntry& one : log) one.block += 1000;
  EXPECT_EQ(standing_commitment(log, kDay, kWindow).state, State::unreadable);
  log.pop_back();
  EXPECT_EQ(standing_commitment(log, kDay, kWindow).state, State::none);
  EXPECT_EQ(standing_commitment(Log{}, kDay, kWindow).state, State::none);
}

}  // namespace
}  // namespace aml::bittensor
