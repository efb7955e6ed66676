#include "base/database.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "base/error.h"
#include "base/threads.h"

namespace aml {
namespace {

TEST(Database, RowsComeBackAsTheyWereInserted) {
  Database database;
  Connection connection = database.connect();
  connection.run("CREATE TABLE t (a BIGINT, b DOUBLE, c VARCHAR)");
  connection.run("INSERT INTO t VALUES (-7, 0.5, 'text longer than twelve'), (NULL, NULL, NULL)");
  QueryResult result = connection.query("SELECT * FROM t");
  EXPECT_EQ(result.columns()[2].name, "c");
  EXPECT_EQ(result.columns()[2].type, "VARCHAR");
  const auto chunk = result.next();
  ASSERT_TRUE(chunk);
  ASSERT_EQ(chunk->rows(), 2u);
  EXPECT_EQ(chunk->column(0).as_int64(0), -7);
  EXPECT_EQ(chunk->column(1).as_double(0), 0.5);
  EXPECT_EQ(chunk->column(2).as_text(0), "text longer than twelve");
  EXPECT_TRUE(chunk->column(0).is_null(1));
  EXPECT_FALSE(result.next());
}

TEST(Database, ABadStatementSaysWhyInOneLine) {
  Database database;
  Connection connection = database.connect();
  try {
    connection.run("SELECT nothing FROM nowhere");
    FAIL() << "accepted";
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("nowhere"), std::string::npos);
    EXPECT_EQ(std::string(e.what()).find('\n'), std::string::npos);
  }
}

TEST(Database, RefusesAMemoryLimitThatIsNone) {
  DatabaseOptions options;
  options.memory_limit = "plenty";
  EXPECT_THROW(Database{options}, Error);
}

// The kind of error that `step` throws.
template <typename Step>
ErrorKind kind_of(Step step) {
  try {
    step();
  } catch (const Error& e) {
    return e.kind();
  }
  ADD_FAILURE() << "no error";
  return ErrorKind::internal;
}

TEST(Database, TellsThatItsMemoryIsUsedUp) {
  Database database({.threads = 1, .memory_limit = "20MB"});
  Connection connection = database.connect();
  const std::string much = "SELECT md5(i::VARCHAR) AS t FROM range(2000000) r(i) ORDER BY t";
  EXPECT_EQ(kind_of([&] { connection.run(much); }), ErrorKind::out_of_memory);
  EXPECT_EQ(kind_of([&] { connection.query(much); }), ErrorKind::out_of_memory);
  EXPECT_EQ(kind_of([&] {
              QueryResult result = connection.stream(much);
              while (result.next()) {
              }
            }),
            ErrorKind::out_of_memory);
}

TEST(Database, TellsAFullDiskFromADamagedFile) {
  Database database;
  Connection connection = database.connect();
  EXPECT_EQ(kind_of([&] {
              connection.run(
                  "COPY (SELECT i FROM range(100000) t(i)) TO '/dev/full' "
                  "(FORMAT csv, USE_TMP_FILE false)");
            }),
            ErrorKind::no_space);
  EXPECT_EQ(kind_of([&] { connection.run("SELECT * FROM read_parquet('/dev/null')"); }),
            ErrorKind::bad_input);
}

TEST(Database, TellsThatItMayNotSpillAnyMore) {
  const std::string folder = ::testing::TempDir() + "aml-database-spill";
  Database database(
      {.threads = 1, .memory_limit = "20MB", .temp_directory = folder, .spill_limit = "1MB"});
  Connection connection = database.connect();
  EXPECT_EQ(kind_of([&] {
              connection.run(
                  "CREATE TABLE t AS SELECT md5(i::VARCHAR) AS t FROM range(2000000) "
                  "r(i) ORDER BY t");
            }),
            ErrorKind::no_space);
  std::filesystem::remove_all(folder);
}

TEST(Database, QuotesTextAndNames) {
  Database database;
  Connection connection = database.connect();
  EXPECT_EQ(connection.query_text("SELECT " + sql_text("it's")), "it's");
  connection.run("CREATE TABLE " + sql_name("a \"b\"") + " (x BIGINT)");
  EXPECT_EQ(connection.query_int("SELECT count(*) FROM " + sql_name("a \"b\"")), 0);
  EXPECT_FALSE(connection.query_text("SELECT NULL"));
}

// The place where DuckDB finds fault with a statement, as what stands there.
std::string fault(Connection& connection, const std::string& sql) {
  try {
    connection.run(sql);
  } catch (const SqlError& error) {
    return error.position() ? sql.substr(*error.position(), 5) : "nowhere";
  }
  return "";
}

TEST(Database, SaysWhereInAStatementAnErrorIs) {
  Database database;
  Connection connection = database.connect();
  connection.run("CREATE TABLE t AS SELECT 'é' AS word");
  EXPECT_EQ(fault(connection, "SELECT 'é', mood FROM t"), "mood ");
  EXPECT_EQ(fault(connection, "SELECT 'é' AS a FRO table_"), "FRO t");
  EXPECT_EQ(fault(connection, "SELECT\n  CAST(word AS INTEGER) FROM t"), "CAST(");
  EXPECT_EQ(fault(connection, "SELECT 1; SELECT 'é', mood FROM t"), "mood ");
  EXPECT_EQ(fault(connection, "SELECT error('boom')"), "nowhere");
}

TEST(Database, SaysOneLineOfWords) {
  Database database;
  Connection connection = database.connect();
  try {
    connection.run("SELECT sum('x')");
    FAIL();
  } catch (const SqlError& error) {
    EXPECT_EQ(std::string(error.what()),
              "Binder Error: No function matches the given name and argument types "
              "'sum(VARCHAR)'. You might need to add explicit type casts.");
  }
}

TEST(Database, DescribesASelectWithoutRunningIt) {
  Database database;
  Connection connection = database.connect();
  const std::vector<ResultColumn> columns =
      connection.describe_select("SELECT 1 AS a, CAST(2 AS DECIMAL(9, 2)) AS b, error('x') AS c");
  ASSERT_EQ(columns.size(), 3U);
  EXPECT_EQ(columns[1].name, "b");
  EXPECT_EQ(columns[1].type, "DECIMAL");
  EXPECT_THROW(connection.describe_select("CREATE TABLE t AS SELECT 1"), SqlError);
  EXPECT_THROW(connection.describe_select("SELECT 1; SELECT 2"), SqlError);
  EXPECT_THROW(connection.describe_select(""), SqlError);
  EXPECT_EQ(connection.count_statements("SELECT 1; DROP TABLE t;;"), 2U);
  EXPECT_EQ(connection.count_statements("-- none"), 0U);
  EXPECT_THROW(connection.count_statements("SELECT /*"), SqlError);
}

TEST(Database, EndsAQueryThatNobodyWaitsFor) {
  Database database({.threads = 2});
  Connection connection = database.connect();
  std::atomic<bool> is_gone{false};
  const StopScope scope(std::make_shared<StopQuestion>([&] { return is_gone.load(); }));
  std::jthread leaving([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    is_gone = true;
  });
  try {
    // Some hours.
    connection.query(
        "SELECT count(*) FROM range(100000000) a, range(100000000) b WHERE a.range = 3");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::interrupted);
  }
  is_gone = false;
  EXPECT_EQ(connection.query_int("SELECT 42"), 42) << "the connection is as before";
}

}  // namespace
}  // namespace aml
