#include "sqlite/sqlite.h"

#include <gtest/gtest.h>

#include <chrono>

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

}  // namespace
}  // namespace aml::sqlite
