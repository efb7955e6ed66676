#include "validator/ledger_schema.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "../base/scratch_folder.h"
#include "base/error.h"
#include "base/files.h"
#include "validator/ledger.h"

namespace aml::validator {
namespace {

namespace fs = std::filesystem;

class LedgerSchema : public testing::Test {
 protected:
  // The sentence of whatever opening the ledger throws; empty where it opens.
  std::string refusal() {
    try {
      Ledger(folder.path(), SqlDatabase::Mode::read_write);
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::bad_input) << e.what();
      return e.what();
    }
    return "";
  }
  void make() { Ledger(folder.path(), SqlDatabase::Mode::read_write); }
  void raw(const std::string& sql) {
    SqlDatabase(ledger_path(folder.path()), SqlDatabase::Mode::read_write).run(sql);
  }
  void add_submission() {
    const fs::path file = folder.path() / "submissions" / "ab" / "abcd.zst";
    fs::create_directories(file.parent_path());
    std::ofstream(file) << "a body";
  }
  static bool says(const std::string& text, const std::string& words) {
    return text.find(words) != std::string::npos;
  }
  test::ScratchFolder folder;
};

TEST_F(LedgerSchema, RefusesANewerFormatAndNamesTheProgramThatWroteIt) {
  make();
  raw("PRAGMA user_version = 99; UPDATE kept SET value = '7.5.0' WHERE name = 'program'");
  const std::string why = refusal();
  EXPECT_TRUE(says(why, "has format 99, written by aml-miner 7.5.0")) << why;
  EXPECT_TRUE(says(why, "ledger.sqlite.format-3")) << why;
  EXPECT_THROW(Ledger(folder.path(), SqlDatabase::Mode::read_only), Error);
  raw("PRAGMA user_version = -3");
  EXPECT_TRUE(says(refusal(), "has format -3"));
  raw("DROP TABLE kept; CREATE TABLE kept (something INTEGER)");
  EXPECT_TRUE(says(refusal(), "written by a newer program"));
}

TEST_F(LedgerSchema, RefusesWhatIsNoLedgerOfItsFormat) {
  make();
  raw("PRAGMA user_version = 0");
  EXPECT_TRUE(says(refusal(), "it has tables, but no format"));
  raw("PRAGMA user_version = 3; DROP TABLE weights");
  EXPECT_TRUE(says(refusal(), "is damaged"));
}

TEST_F(LedgerSchema, SaysWhichFileToRestoreAndHowWhereItIsDamaged) {
  make();
  raw("PRAGMA wal_checkpoint(TRUNCATE)");
  const fs::path path = ledger_path(folder.path());
  const std::string whole = read_file(path);
  const auto damage = [&](const std::function<void(std::string&)>& change) {
    std::string bytes = whole;
    change(bytes);
    fs::remove(path.string() + "-wal");
    fs::remove(path.string() + "-shm");
    write_file_atomically(path, bytes);
    const std::string why = refusal();
    EXPECT_TRUE(says(why, path.string() + " is damaged")) << why;
    EXPECT_TRUE(says(why, ".backup")) << why;
  };
  damage([](std::string& bytes) { bytes = "this is no database at all, but text, and more text"; });
  damage([](std::string& bytes) { bytes.replace(4096, 200, std::string(200, '\xff')); });
  damage([](std::string& bytes) { bytes.resize(bytes.size() - 4096); });
}

TEST_F(LedgerSchema, RefusesAnEmptyLedgerBesideSubmissions) {
  add_submission();
  const std::string missing = refusal();
  EXPECT_TRUE(says(missing, "is missing or empty")) << missing;
  EXPECT_TRUE(says(missing, "back from a backup")) << missing;
  EXPECT_FALSE(fs::exists(ledger_path(folder.path()))) << "nothing is made in its place";
  fs::remove_all(folder.path() / "submissions");
  make();
  add_submission();
  EXPECT_TRUE(says(refusal(), "knows no round"));
  fs::remove_all(folder.path() / "submissions");
  EXPECT_EQ(refusal(), "");
}

TEST_F(LedgerSchema, ReadsAWalBesideTheLedger) {
  Ledger writer(folder.path(), SqlDatabase::Mode::read_write);
  RoundRecord round;
  round.date = "2025-10-26";
  writer.open_round(round);
  add_submission();
  EXPECT_EQ(refusal(), "") << "the round stands in the -wal alone";
}

}  // namespace
}  // namespace aml::validator
