#include "features/run_sql.h"

#include <gmock/gmock.h>

#include "base/error.h"

namespace aml::features {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

// A step of a file that a user wrote, in a database with one table.
class RunSql : public ::testing::Test {
 protected:
  void SetUp() override {
    connection_.run(
        "CREATE TABLE alerts AS SELECT 'a' || i AS alert_id, i AS n FROM range(3) t(i)");
  }
  SqlStep step(const std::string& text) {
    SqlStep step;
    step.file_name = "20_mine.sql";
    step.table = "mine";
    step.file_text = text;
    SqlMacros macros;
    macros.add("CREATE MACRO whole(x) AS CAST(x AS INTEGER);", "00_macros.sql");
    step.sql = macros.expand(text, step.file_name);
    return step;
  }
  std::string refusal(const std::string& text) {
    try {
      const SqlStep bad = step(text);
      check_select(connection_, bad);
      make_table(connection_, bad);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::bad_input);
      return error.what();
    }
    ADD_FAILURE() << "accepted: " << text;
    return "";
  }

  Database database_{{.threads = 1}};
  Connection connection_ = database_.connect();
};

TEST_F(RunSql, MakesATableOfOneSelect) {
  const SqlStep good = step("SELECT a.n AS n FROM alerts AS a;  -- the end\n/* of it */;\n");
  EXPECT_THAT(check_select(connection_, good).tables, ElementsAre("alerts"));
  make_table(connection_, good);
  EXPECT_EQ(connection_.query_int("SELECT sum(n) FROM mine"), 3);
  EXPECT_EQ(columns_of(connection_, good).at(0).type, "BIGINT");
}

TEST_F(RunSql, TellsWhichColumnsMayBeRead) {
  const auto columns = [&](const std::string& text) {
    const SqlStep good = step(text);
    return check_select(connection_, good).columns;
  };
  EXPECT_THAT(columns("SELECT t.N AS m, alert_id FROM alerts AS t WHERE t.k > 1").value(),
              UnorderedElementsAre("t", "n", "alert_id", "k"));
  EXPECT_THAT(columns("SELECT count(*) AS n FROM alerts JOIN more USING (a, b)").value(),
              UnorderedElementsAre("a", "b"));
  for (const char* all : {"SELECT * FROM alerts", "SELECT t.* EXCLUDE (n) FROM alerts t",
                          "FROM alerts", "SELECT COLUMNS('n') FROM alerts",
                          "SELECT t AS whole_row FROM alerts t", "SELECT alerts FROM alerts",
                          "SELECT #1 FROM alerts", "SELECT n FROM alerts NATURAL JOIN more",
                          "SELECT a FROM (PIVOT alerts ON k IN ('a') USING sum(n))"}) {
    EXPECT_FALSE(columns(all).has_value()) << all;
  }
}

TEST_F(RunSql, RefusesEverythingElse) {
  for (const char* text :
       {"DROP TABLE alerts",
        "CREATE TABLE x AS SELECT 1",
        "COPY alerts TO '/tmp/x'",
        "PRAGMA show_tables",
        "CALL pragma_version()",
        "SET threads = 1",
        "EXPLAIN SELECT 1",
        "EXECUTE x",
        "BEGIN",
        "INSERT INTO alerts VALUES ('x', 1)",
        "ATTACH '/tmp/x.db' AS x",
        "LOAD json",
        "INSTALL httpfs",
        "EXPORT DATABASE '/tmp/x'",
        "IMPORT DATABASE '/tmp/x'",
        "CHECKPOINT",
        "VACUUM",
        "USE main",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE alerts",
        "SELECT 1;;\n-- more\nSELECT 2",
        "",
        "-- nothing",
        "PIVOT alerts ON n USING sum(n)",
        "DESCRIBE alerts",
        "SHOW TABLES",
        "SUMMARIZE alerts",
        "WITH x AS (INSERT INTO alerts VALUES ('x', 1) RETURNING n) SELECT n FROM x"}) {
    EXPECT_THAT(refusal(text), HasSubstr("20_mine.sql")) << text;
  }
  EXPECT_EQ(connection_.query_int("SELECT count(*) FROM alerts"), 3);
}

TEST_F(RunSql, SaysWhereASecondStatementBegins) {
  EXPECT_EQ(refusal("SELECT 1 AS one;\n  DROP TABLE alerts"),
            "20_mine.sql:2:3: a feature file is exactly one SELECT\n  DROP TABLE alerts\n  ^");
  EXPECT_EQ(refusal("SELECT 1 AS one;\n -- more\n  SELECT 2 AS two"),
            "20_mine.sql:3:3: a feature file is exactly one SELECT\n  SELECT 2 AS two\n  ^");
}

TEST_F(RunSql, CannotBeClosedFromInside) {
  for (const char* text :
       {"SELECT 1 AS n) ; DROP TABLE alerts; SELECT (2", "SELECT 1 AS n); --", "SELECT 1 AS n /*",
        "SELECT 1 AS n --\n) /* */", "SELECT 'x", "SELECT $a$ x"}) {
    EXPECT_THAT(refusal(text), StartsWith("20_mine.sql:")) << text;
  }
  EXPECT_EQ(connection_.query_int("SELECT count(*) FROM alerts"), 3);
}

TEST_F(RunSql, ShowsTheLineAndThePlace) {
  EXPECT_EQ(refusal("SELECT\n  a.alert_id AS alert_id,\n  a.mood AS mood\nFROM alerts AS a"),
            "20_mine.sql:3:3: Binder Error: Table \"a\" does not have a column named \"mood\"\n"
            "  a.mood AS mood\n"
            "  ^");
  EXPECT_EQ(refusal("-- Größe\nSELECT 'é' AS e, a.n FRO alerts AS a"),
            "20_mine.sql:2:26: Parser Error: syntax error at or near \"alerts\"\n"
            "SELECT 'é' AS e, a.n FRO alerts AS a\n"
            "                         ^");
}

TEST_F(RunSql, ShowsThePlaceOfAValueThatCannotBeCast) {
  EXPECT_THAT(refusal("SELECT a.n AS n,\n CAST(a.alert_id AS INTEGER) AS i FROM alerts AS a"),
              AllOf(StartsWith("20_mine.sql:2:2: Conversion Error: Could not convert string 'a0'"),
                    HasSubstr("\n CAST(a.alert_id AS INTEGER) AS i FROM alerts AS a\n ^")));
}

TEST_F(RunSql, ShowsTheUsersTextWhereAMacroIsAtFault) {
  EXPECT_THAT(refusal("SELECT a.n AS n,\n  1 + whole(a.alert_id) AS i FROM alerts AS a"),
              AllOf(StartsWith("20_mine.sql:2:7: Conversion Error"),
                    HasSubstr("\n  1 + whole(a.alert_id) AS i FROM alerts AS a\n      ^")));
  EXPECT_THAT(refusal("SELECT\n  whole(a.mood) AS i FROM alerts AS a"),
              StartsWith("20_mine.sql:2:9: Binder Error"));
}

TEST_F(RunSql, ShowsOfALongLineWhatIsAroundThePlace) {
  const std::string message = refusal("SELECT " + std::string(300, ' ') + "a.mood AS mood, " +
                                      std::string(300, ' ') + "1 AS one FROM alerts AS a");
  EXPECT_THAT(message, AllOf(StartsWith("20_mine.sql:1:308: "), HasSubstr("\n…"),
                             HasSubstr("a.mood AS mood")));
  EXPECT_LT(message.size(), 400U);
}

TEST_F(RunSql, ReadsNoFilesAndNoSettings) {
  for (const char* text :
       {"SELECT t.content AS c FROM read_text('/etc/passwd') AS t",
        "SELECT t.a AS a FROM '/tmp/x.parquet' AS t",
        "SELECT (SELECT count(1) FROM glob('/*')) AS n",
        "SELECT t.n AS n FROM query('SELECT 1 AS n') AS t",
        "SELECT t.n AS n FROM alerts AS t WHERE EXISTS (SELECT 1 FROM read_blob('/etc/passwd'))",
        "SELECT 1 AS n FROM enable_logging(storage_path = '/tmp/x') AS t",
        "SELECT t.v AS v FROM duckdb_settings() AS t", "SELECT 1 AS n FROM checkpoint() AS t",
        "SELECT t.n AS n FROM information_schema.tables AS t",
        "WITH c AS (SELECT * FROM read_csv('/etc/passwd')) SELECT 1 AS n FROM c"}) {
    EXPECT_THAT(refusal(text), ::testing::ContainsRegex(
                                   "20_mine.sql:1:[0-9]+: .*(table function|no table of features)"))
        << text;
  }
}

TEST_F(RunSql, RefusesWhatGivesSomethingElseEachTime) {
  for (const char* text :
       {"SELECT random() AS n", "SELECT n + RANDOM() AS n FROM alerts", "SELECT now() AS t",
        "SELECT current_date AS d", "SELECT CURRENT_TIMESTAMP AS t", "SELECT today() AS d",
        "SELECT uuid() AS u", "SELECT gen_random_uuid() AS u", "SELECT localtime AS t",
        "SELECT age(DATE '2020-01-01') AS a", "SELECT current_setting('threads') AS s",
        "SELECT sleep_ms(1) AS s", "SELECT n FROM alerts USING SAMPLE 1",
        "SELECT n FROM alerts TABLESAMPLE RESERVOIR (1)",
        "SELECT n FROM alerts WHERE n > (SELECT random())",
        "SELECT list(n ORDER BY random()) AS n "
        "FROM alerts"}) {
    EXPECT_THAT(refusal(text), HasSubstr("each time")) << text;
  }
  for (const char* text :
       {"SELECT age(DATE '2020-01-02', DATE '2020-01-01') AS a", "SELECT n AS today FROM alerts",
        "SELECT CASE WHEN n < 0 THEN error('negative') ELSE n END AS n FROM alerts"}) {
    check_select(connection_, step(text));
  }
}

TEST_F(RunSql, ReadsSeriesAndCommonTables) {
  const SqlStep good = step(
      "WITH c AS (SELECT 1 AS n) SELECT c.n AS n FROM c CROSS JOIN range(3) AS r(i) "
      "CROSS JOIN unnest([1, 2]) AS u(j)");
  check_select(connection_, good);
  make_table(connection_, good);
  EXPECT_EQ(connection_.query_int("SELECT count(*) FROM mine"), 6);
}

}  // namespace
}  // namespace aml::features
