#include "sqlite/sqlite.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <string>
#include <utility>

#include "../base/scratch_folder.h"

namespace aml::sqlite {
namespace {

using namespace std::chrono_literals;

TEST(SqlDatabase, WaitsForAnotherWriterForAWhile) {
  const test::ScratchFolder folder;
  const auto path = folder.path() / "database";
  SqlDatabase first(path, SqlDatabase::Mode::read_write);
  first.run("CREATE TABLE t (x)");
  SqlDatabase second(path, SqlDatabase::Mode::read_write, 50ms);
  first.transaction([&] {
    const auto begin = std::chrono::steady_clock::now();
    try {
      second.run("INSERT INTO t VALUES (1)");
      FAIL() << "two write at once";
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::unavailable) << e.what();
    }
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 50ms);
  });
  second.run("INSERT INTO t VALUES (1)");
  EXPECT_EQ(first.number("SELECT count(*) FROM t"), 1);
}

// SQLite's numbers of "PRAGMA synchronous".
constexpr std::int64_t kNormal = 1;
constexpr std::int64_t kFull = 2;

TEST(SqlDatabase, WaitsForTheDiskButWhereAKillAloneIsToBeOutlived) {
  const test::ScratchFolder folder;
  SqlDatabase database(folder.path() / "database", SqlDatabase::Mode::read_write);
  const auto synced = [&] { return database.number("PRAGMA synchronous"); };
  database.transaction([&] { EXPECT_EQ(synced(), kFull); });
  database.transaction([&] { EXPECT_EQ(synced(), kNormal); }, SqlDatabase::Lasting::kill);
  EXPECT_EQ(synced(), kFull);
  const auto fail = [] { throw Error(ErrorKind::usage, "no"); };
  EXPECT_THROW(database.transaction(fail, SqlDatabase::Lasting::kill), Error);
  EXPECT_EQ(synced(), kFull);
}

// The kind and the sentence of what `work` throws.
std::pair<ErrorKind, std::string> refusal(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& e) {
    return {e.kind(), e.what()};
  }
  ADD_FAILURE() << "nothing was refused";
  return {};
}

TEST(SqlDatabase, TellsWhatIsWrongAndWhere) {
  const test::ScratchFolder folder;
  const auto path = folder.path() / "database";
  const auto open = [](const std::filesystem::path& at, SqlDatabase::Mode mode) {
    return [at, mode] { SqlDatabase(at, mode).number("SELECT count(*) FROM sqlite_master"); };
  };
  const auto nowhere = folder.path() / "no folder" / "database";
  const auto [no_folder, says_where] = refusal(open(nowhere, SqlDatabase::Mode::read_write));
  EXPECT_EQ(no_folder, ErrorKind::denied);
  EXPECT_NE(says_where.find(nowhere.string()), std::string::npos) << says_where;
  EXPECT_EQ(refusal(open(path, SqlDatabase::Mode::read_only)).first, ErrorKind::denied);

  SqlDatabase database(path, SqlDatabase::Mode::read_write);
  database.run("CREATE TABLE t (x)");
  SqlDatabase reader(path, SqlDatabase::Mode::read_only);
  EXPECT_EQ(refusal([&] { reader.run("INSERT INTO t VALUES (1)"); }).first, ErrorKind::denied);
  EXPECT_EQ(refusal([&] { database.run("no SQL"); }).first, ErrorKind::internal);
  EXPECT_EQ(refusal([&] { database.prepare("SELECT y FROM t"); }).first, ErrorKind::internal);
  database.run("PRAGMA max_page_count = 4");
  const auto fill = [&] { database.run("INSERT INTO t VALUES (zeroblob(1000000))"); };
  EXPECT_EQ(refusal(fill).first, ErrorKind::no_space);

  const auto other = folder.path() / "other";
  std::ofstream(other) << std::string(5000, 'x');
  const auto [no_database, advice] = refusal(open(other, SqlDatabase::Mode::read_only));
  EXPECT_EQ(no_database, ErrorKind::bad_input);
  EXPECT_NE(advice.find("the database " + other.string() + " is damaged"), std::string::npos);
  EXPECT_NE(advice.find(other.string() + "-wal"), std::string::npos) << advice;
}

TEST(SqlDatabase, SaysWhatToDoWhereTheDiskIsFull) {
  const test::ScratchFolder folder;
  SqlDatabase database(folder.path() / "database", SqlDatabase::Mode::read_write);
  database.run("PRAGMA max_page_count = 3; CREATE TABLE t (x)");
  const auto [kind, said] =
      refusal([&] { database.run("INSERT INTO t VALUES (randomblob(100000))"); });
  EXPECT_EQ(kind, ErrorKind::no_space);
  EXPECT_NE(said.find("free some space"), std::string::npos) << said;
}

TEST(SqlStatement, GivesBackWhatWasBound) {
  const test::ScratchFolder folder;
  SqlDatabase database(folder.path() / "database", SqlDatabase::Mode::read_write);
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  const std::string with_zero("a\0b", 3);
  SqlStatement row = database.prepare("SELECT ?, ?, ?, ?, ?, ?, ?");
  row.bind(with_zero).bind_bytes(with_zero).bind("").bind_bytes("").bind_null();
  row.bind(kLeast).bind(0.1);
  ASSERT_TRUE(row.next());
  EXPECT_EQ(row.text(0), with_zero);
  EXPECT_EQ(row.text(1), with_zero);
  for (const int column : {2, 3}) {
    EXPECT_EQ(row.text(column), "");
    EXPECT_FALSE(row.is_null(column)) << column;
  }
  EXPECT_TRUE(row.is_null(4));
  EXPECT_EQ(row.text(4), "");
  EXPECT_EQ(row.integer(5), kLeast);
  EXPECT_EQ(row.real(6), 0.1);
  EXPECT_FALSE(row.next());
  EXPECT_EQ(database.number("SELECT 7 UNION SELECT 8 ORDER BY 1"), 7);
  EXPECT_EQ(database.number("SELECT 7 WHERE 0"), 0);
}

TEST(SqlDatabase, KeepsAllOfATransactionOrNothing) {
  const test::ScratchFolder folder;
  SqlDatabase database(folder.path() / "database", SqlDatabase::Mode::read_write);
  database.run("CREATE TABLE t (x PRIMARY KEY)");
  const auto rows = [&] { return database.number("SELECT count(*) FROM t"); };
  const auto both = [&](int second) {
    return [&database, second] {
      database.transaction([&] {
        database.run("INSERT INTO t VALUES (1)");
        database.run("INSERT INTO t VALUES (" + std::to_string(second) + ")");
      });
    };
  };
  EXPECT_EQ(refusal(both(1)).first, ErrorKind::internal);
  EXPECT_EQ(rows(), 0);
  both(2)();
  EXPECT_EQ(rows(), 2);
}

TEST(SqlDatabase, WritesACopyOverAnother) {
  const test::ScratchFolder folder;
  SqlDatabase database(folder.path() / "database", SqlDatabase::Mode::read_write);
  database.run("CREATE TABLE t (x)");
  const auto copy = folder.path() / "copy";
  for (const int rows : {1, 2}) {
    database.run("INSERT INTO t VALUES (1)");
    database.copy_to(copy);
    EXPECT_EQ(SqlDatabase(copy, SqlDatabase::Mode::read_only).number("SELECT count(*) FROM t"),
              rows);
  }
}

}  // namespace
}  // namespace aml::sqlite
