// What every earlier program wrote opens, whole: tests/compat/VERSION/validator.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "../base/scratch_folder.h"
#include "base/files.h"
#include "validator/body_store.h"
#include "validator/ledger.h"
#include "validator/ledger_schema.h"
#include "validator/validator.h"

namespace aml::validator {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> versions() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(fs::path(AML_SOURCE_DIR) / "tests" / "compat")) {
    if (fs::exists(entry.path() / "validator")) found.push_back(entry.path() / "validator");
  }
  return found;
}

class Compat : public testing::TestWithParam<fs::path> {
 protected:
  Compat() { fs::copy(GetParam(), folder.path(), fs::copy_options::recursive); }
  test::ScratchFolder folder;
};

TEST_P(Compat, OpensALedgerWithAllThatItHeld) {
  Ledger ledger(folder.path(), SqlDatabase::Mode::read_write);
  const auto rounds = ledger.rounds();
  ASSERT_EQ(rounds.size(), 2U);
  EXPECT_EQ(rounds[0].date, "2025-11-11");
  EXPECT_FALSE(rounds[1].truth_sha256.empty());
  for (const RoundRecord& round : rounds) {
    EXPECT_TRUE(round.asked);
    EXPECT_EQ(ledger.enrolled(round.date).size(), 4U);
    EXPECT_EQ(ledger.answers(round.date, Asked::first).size(), 4U);
    EXPECT_EQ(ledger.answers(round.date, Asked::again).size(), 3U);
    const auto verdicts = ledger.verdicts(round.date);
    ASSERT_EQ(verdicts.size(), 4U);
    for (const VerdictRecord& record : verdicts) {
      EXPECT_FALSE(validation::is_set_aside(record.verdict));
      EXPECT_EQ(record.verdict.ground_truth.has_value(),
                round.date == "2025-11-10" && record.verdict.final_score > 0);
    }
  }
  EXPECT_EQ(ledger.answers("2025-11-10", Asked::later).size(), 3U);
  const auto weights = ledger.weights();
  ASSERT_EQ(weights.size(), 3U);
  EXPECT_EQ(weights[0].date, "2025-11-11");
  EXPECT_EQ(weights[1].stage, Stage::truth);
  for (const WeightsRecord& record : weights) {
    EXPECT_TRUE(is_on_chain(record.state));
    EXPECT_EQ(record.hotkeys.size(), 2U);
  }
  EXPECT_FALSE(ledger.metagraph().empty());
}

TEST_P(Compat, GivesAHotkeyThatMovedItsWholeHistory) {
  Ledger ledger(folder.path(), SqlDatabase::Mode::read_write);
  const std::string hotkey = "5Hh8nTt6sEfQrsN668jmwGmzBk9BjFTUAyQ97qRWTvGvhj5r";
  const auto moved = ledger.miner(hotkey);
  ASSERT_TRUE(moved);
  EXPECT_EQ(moved->uid, 7);
  const auto history = ledger.history(moved->id);
  ASSERT_EQ(history.size(), 2U);
  EXPECT_EQ(history[0].miner.uid, 2);
  EXPECT_EQ(history[1].miner.uid, 7);
  EXPECT_EQ(ledger.day_scores(moved->id, 9).size(), 2U);
  EXPECT_EQ(ledger.earlier_answer(moved->id, "2025-11-11")->date, "2025-11-10");
}

TEST_P(Compat, ReadsTheBodies) {
  Ledger ledger(folder.path(), SqlDatabase::Mode::read_write);
  const BodyStore bodies(folder.path() / "submissions");
  int read = 0;
  for (const AnswerRecord& answer : ledger.answers("2025-11-10", Asked::first)) {
    if (answer.body_sha256.empty()) continue;
    std::string body(static_cast<std::size_t>(answer.body_bytes), '\0');
    bodies.read(answer.body_sha256, body);  // looks whether its bytes have that sha256
    ++read;
  }
  EXPECT_EQ(read, 3);
}

TEST_P(Compat, LeavesACopyBesideALedgerThatItBroughtForward) {
  const fs::path path = ledger_path(folder.path());
  const auto format = [](const fs::path& file) {
    return SqlDatabase(file, SqlDatabase::Mode::read_write).number("PRAGMA user_version");
  };
  const std::int64_t before = format(path);
  {
    Ledger(folder.path(), SqlDatabase::Mode::read_write);
  }
  EXPECT_EQ(format(path), kLedgerFormat);
  const fs::path copy = path.string() + ".format-" + std::to_string(before);
  EXPECT_EQ(fs::exists(copy), before != kLedgerFormat);
  if (before == kLedgerFormat) return;
  EXPECT_EQ(format(copy), before);
  const auto written = fs::last_write_time(copy);
  {
    Ledger(folder.path(), SqlDatabase::Mode::read_write);
  }
  EXPECT_EQ(fs::last_write_time(copy), written) << "nothing is brought forward twice";
  // Whoever goes back to the older program puts the copy in its place.
  fs::remove(path);
  fs::rename(copy, path);
  EXPECT_EQ(Ledger(folder.path(), SqlDatabase::Mode::read_write).rounds().size(), 2U);
}

INSTANTIATE_TEST_SUITE_P(Versions, Compat, testing::ValuesIn(versions()),
                         [](const auto& version) { return fmt::format("v{}", version.index); });

}  // namespace
}  // namespace aml::validator
