// Every column of the ledger's rows holds what was given for it, and no other's.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "../base/scratch_folder.h"
#include "sqlite/sqlite.h"
#include "validator/ledger.h"

namespace aml::validator {
namespace {

constexpr const char* kDate = "2025-10-26";

class LedgerColumns : public testing::Test {
 protected:
  LedgerColumns() : ledger(folder.path(), SqlDatabase::Mode::read_write) {
    ledger.open_round({kDate, "bitcoin", 7, "5a5a", "2025-10-26T01:02:03Z", false, ""});
  }
  // The columns of the only row of a table, as text, beside the ledger.
  std::vector<std::string> row_of(const std::string& columns, const std::string& table) {
    SqlDatabase beside(folder.path() / "ledger.sqlite", SqlDatabase::Mode::read_only);
    EXPECT_EQ(beside.number("SELECT count(*) FROM " + table), 1);
    std::vector<std::string> values;
    std::string column;
    for (const char c : columns + ",") {
      if (c != ',') {
        column += c;
        continue;
      }
      SqlStatement row = beside.prepare("SELECT CAST(\"" + column + "\" AS TEXT) FROM " + table);
      EXPECT_TRUE(row.next());
      values.push_back(row.text(0));
      column.clear();
    }
    return values;
  }
  using Row = std::vector<std::string>;

  test::ScratchFolder folder;
  Ledger ledger;
};

TEST_F(LedgerColumns, OfARound) {
  const auto expect = [&](const RoundRecord& round, bool asked, const std::string& truth) {
    EXPECT_EQ(round.date, kDate);
    EXPECT_EQ(round.network, "bitcoin");
    EXPECT_EQ(round.window_days, 7);
    EXPECT_EQ(round.snapshot_sha256, "5a5a");
    EXPECT_EQ(round.created_at, "2025-10-26T01:02:03Z");
    EXPECT_EQ(round.asked, asked);
    EXPECT_EQ(round.truth_sha256, truth);
  };
  expect(*ledger.round(kDate), false, "");
  ledger.set_asked(kDate);
  ledger.add_verdicts(kDate, Stage::truth, {}, "7a7a");
  expect(*ledger.round(kDate), true, "7a7a");
  ASSERT_EQ(ledger.rounds().size(), 1U);
  expect(ledger.rounds()[0], true, "7a7a");
  EXPECT_EQ(
      row_of("date,network,window_days,snapshot_sha256,created_at,asked,truth_sha256", "rounds"),
      (Row{kDate, "bitcoin", "7", "5a5a", "2025-10-26T01:02:03Z", "1", "7a7a"}));
}

TEST_F(LedgerColumns, OfAnAnswerAndItsMiner) {
  // Another was enrolled first, so that the miner's number is not its UID's place.
  const auto miners = ledger.enroll(
      kDate, {{0, 3, "other", "192.0.2.1", 81, 41}, {0, 2, "miner", "192.0.2.2", 82, 42}});
  ASSERT_EQ(miners.size(), 2U);
  EXPECT_EQ(miners[0].hotkey, "miner") << "by UID";
  const auto expect_miner = [](const MinerRecord& miner, std::int64_t registered) {
    EXPECT_EQ(miner.id, 2);
    EXPECT_EQ(miner.uid, 2);
    EXPECT_EQ(miner.hotkey, "miner");
    EXPECT_EQ(miner.host, "192.0.2.2");
    EXPECT_EQ(miner.port, 82);
    EXPECT_EQ(miner.registered, registered);
  };
  expect_miner(miners[0], 42);
  expect_miner(*ledger.miner("miner"), 42);
  AnswerRecord given{0,
                     miners[0],
                     "answered",
                     "in time",
                     "b0d1",
                     12,
                     "payload",
                     "asked",
                     "{}",
                     1.5,
                     "2025-10-26T04:05:06Z"};
  ASSERT_TRUE(ledger.add_answer(kDate, Asked::first, given));
  const auto expect = [&](const AnswerRecord& answer) {
    EXPECT_EQ(answer.arrival, 1);
    expect_miner(answer.miner, 0);
    EXPECT_EQ(answer.outcome, "answered");
    EXPECT_EQ(answer.reason, "in time");
    EXPECT_EQ(answer.body_sha256, "b0d1");
    EXPECT_EQ(answer.body_bytes, 12);
    EXPECT_EQ(answer.request_payload, "payload");
    EXPECT_EQ(answer.request_body, "asked");
    EXPECT_EQ(answer.envelope, "{}");
    EXPECT_EQ(answer.seconds, 1.5);
    EXPECT_EQ(answer.at, "2025-10-26T04:05:06Z");
  };
  ASSERT_EQ(ledger.answers(kDate, Asked::first).size(), 1U);
  expect(ledger.answers(kDate, Asked::first)[0]);
  const auto earlier = ledger.earlier_answer(2, "2025-10-27");
  ASSERT_TRUE(earlier);
  EXPECT_EQ(earlier->date, kDate);
  expect(earlier->answer);
  EXPECT_EQ(row_of("arrival,date,miner,asked,outcome,reason,body_sha256,body_bytes,request_payload,"
                   "request_body,envelope,seconds,at",
                   "submissions"),
            (Row{"1", kDate, "2", "first", "answered", "in time", "b0d1", "12", "payload", "asked",
                 "{}", "1.5", "2025-10-26T04:05:06Z"}));
}

TEST_F(LedgerColumns, OfWeights) {
  WeightsRecord given;
  given.date = kDate;
  given.stage = Stage::truth;
  given.uids = {4, 9};
  given.hotkeys = {"a", "b"};
  given.values = {0.25, 0.75};
  const std::string columns =
      "sequence,date,stage,uids,hotkeys,values,state,block_before,begun_block,block,reveal_round,"
      "message";
  ledger.intend_weights(given);
  EXPECT_EQ(row_of(columns, "weights"), (Row{"1", kDate, "truth", "[4,9]", R"(["a","b"])",
                                             "[0.25,0.75]", "intended", "0", "0", "0", "0", ""}));
  ledger.begin_sending(kDate, Stage::truth, 100, 101);
  ledger.settle_weights(kDate, Stage::truth, Sending::committed, "in a block", 102, 103);
  EXPECT_EQ(row_of(columns, "weights"),
            (Row{"1", kDate, "truth", "[4,9]", R"(["a","b"])", "[0.25,0.75]", "committed", "100",
                 "101", "102", "103", "in a block"}));
  ASSERT_EQ(ledger.weights().size(), 1U);
  const WeightsRecord record = ledger.weights()[0];
  EXPECT_EQ(record.date, kDate);
  EXPECT_EQ(record.stage, Stage::truth);
  EXPECT_EQ(record.uids, given.uids);
  EXPECT_EQ(record.hotkeys, given.hotkeys);
  EXPECT_EQ(record.values, given.values);
  EXPECT_EQ(record.state, Sending::committed);
  EXPECT_EQ(record.block_before, 100U);
  EXPECT_EQ(record.begun_block, 101U);
  EXPECT_EQ(record.block, 102U);
  EXPECT_EQ(record.reveal_round, 103U);
  EXPECT_EQ(record.message, "in a block");
  EXPECT_EQ(record.sequence, 1);
  EXPECT_FALSE(record.at.empty());
}

// Of each state, the name in the file and back.
TEST_F(LedgerColumns, OfTheStatesOfWeights) {
  for (const auto& [state, name] : {std::pair{Sending::intended, "intended"},
                                    {Sending::sending, "sending"},
                                    {Sending::accepted, "accepted"},
                                    {Sending::committed, "committed"},
                                    {Sending::revealed, "revealed"},
                                    {Sending::refused, "refused"}}) {
    WeightsRecord given;
    given.date = kDate;
    ledger.intend_weights(given);
    SqlDatabase(folder.path() / "ledger.sqlite", SqlDatabase::Mode::read_write)
        .run("UPDATE weights SET state = '" + std::string(name) + "'");
    EXPECT_EQ(ledger.weights()[0].state, state);
    EXPECT_STREQ(sending_name(state), name);
  }
}

// Of two alerts one is filed, and stands above the other: √(3 / (12 · 1 · 1)) is one half, so that
// an AUC-ROC of 1 is one standard error above chance, which is enough.
TEST(DayScore, IsInformedFromOneStandardErrorOn) {
  const auto is_informed = [](double auc_roc) {
    VerdictRecord record;
    record.verdict.ground_truth.emplace();
    record.verdict.ground_truth->alerts = 2;
    record.verdict.ground_truth->positives = 1;
    record.verdict.ground_truth->auc_roc = auc_roc;
    return day_score(record).is_informed;
  };
  EXPECT_TRUE(is_informed(1));
  EXPECT_FALSE(is_informed(0.999));
}

}  // namespace
}  // namespace aml::validator
