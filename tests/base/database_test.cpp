#include "base/database.h"

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"

namespace aml {
namespace {

TEST(Database, RowsComeBackAsTheyWereAppended) {
  Database database;
  Connection connection = database.connect();
  connection.run("CREATE TABLE t (a BIGINT, b DOUBLE, c VARCHAR, d BOOLEAN)");
  Appender appender = connection.append_to("t");
  appender.add(std::int64_t{-7})
      .add(0.5)
      .add(std::string_view("text longer than twelve"))
      .add(true);
  appender.end_row();
  appender.add_null().add_null().add_null().add_null().end_row();
  appender.close();
  QueryResult result = connection.query("SELECT * FROM t");
  EXPECT_EQ(result.columns()[2].name, "c");
  EXPECT_EQ(result.columns()[2].type, "VARCHAR");
  const auto chunk = result.next();
  ASSERT_TRUE(chunk);
  ASSERT_EQ(chunk->rows(), 2u);
  EXPECT_EQ(chunk->column(0).as_int64(0), -7);
  EXPECT_EQ(chunk->column(1).as_double(0), 0.5);
  EXPECT_EQ(chunk->column(2).as_text(0), "text longer than twelve");
  EXPECT_TRUE(chunk->column(3).as_bool(0));
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

TEST(Database, QuotesTextAndNames) {
  Database database;
  Connection connection = database.connect();
  EXPECT_EQ(connection.query_text("SELECT " + sql_text("it's")), "it's");
  connection.run("CREATE TABLE " + sql_name("a \"b\"") + " (x BIGINT)");
  EXPECT_EQ(connection.query_int("SELECT count(*) FROM " + sql_name("a \"b\"")), 0);
  EXPECT_FALSE(connection.query_text("SELECT NULL"));
}

}  // namespace
}  // namespace aml
