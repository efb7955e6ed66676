#include "features/sql_macros.h"

#include <gmock/gmock.h>

#include "base/error.h"

namespace aml::features {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kMacros = R"(-- Two of them.
CREATE MACRO ratio(part, whole) AS
  part / nullif(whole, 0.0e0);
create macro level(word) as CASE lower(word) WHEN 'low' THEN 0 END;
CREATE MACRO mean(x) AS ratio(sum(x), count(x));
CREATE MACRO one() AS 1;
)";

SqlMacros macros(const std::string& text = kMacros) {
  SqlMacros macros;
  macros.add(text, "00_macros.sql");
  return macros;
}

std::string expanded(const std::string& sql) {
  return macros().expand(sql, "20_alert__mine.sql").text();
}

std::string refusal(const std::string& text, const std::string& sql = "") {
  try {
    macros(text).expand(sql, "20_alert__mine.sql");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::bad_input);
    return error.what();
  }
  return "";
}

TEST(Macros, StandInThePlaceOfTheirCalls) {
  EXPECT_EQ(expanded("SELECT level(a.severity) AS level, a.ratio, one() FROM a"),
            "SELECT CASE lower(a.severity) WHEN 'low' THEN 0 END AS level, a.ratio, 1 FROM a");
}

TEST(Macros, AddParenthesesWhereTermsWouldMix) {
  EXPECT_EQ(expanded("2 * ratio(a.x + 1, b.y)"), "2 * ((a.x + 1) / nullif(b.y, 0.0e0))");
  EXPECT_EQ(expanded("RATIO(sum(a.x), CASE WHEN a.y THEN 1 END)"),
            "(sum(a.x) / nullif(CASE WHEN a.y THEN 1 END, 0.0e0))");
}

TEST(Macros, CallOthersAndTakeCalls) {
  EXPECT_EQ(expanded("mean(level(a.s))"),
            "(sum(CASE lower(a.s) WHEN 'low' THEN 0 END) / nullif(count(CASE lower(a.s) WHEN 'low' "
            "THEN 0 END), 0.0e0))");
}

TEST(Macros, LeaveTextsCommentsAndOtherNamesAlone) {
  for (const char* sql : {"'level(x)'", "-- level(x)\n1", "/* level(x) */ 1", "\"level\"(x)",
                          "t.level(x)", "levels(x)", "level", "$$level(x)$$", "E'a\\'level(x)'"}) {
    EXPECT_EQ(expanded(sql), sql);
  }
}

TEST(Macros, LetNoCommentSwallowWhatFollows) {
  EXPECT_EQ(expanded("level(a.s -- why\n)"), "CASE lower(a.s -- why\n) WHEN 'low' THEN 0 END");
  EXPECT_EQ(expanded("level(a.s -- why\n || b)"),
            "CASE lower((a.s -- why\n || b\n)) WHEN 'low' THEN 0 END");
}

TEST(Macros, KnowWhereEachCharacterComesFrom) {
  const std::string sql = "SELECT\n  ratio(a.x, level(b.s)) AS r";
  const ExpandedSql result = macros().expand(sql, "f.sql");
  const auto origin = [&](const std::string& text) {
    return sql.substr(result.offset_in_file(result.text().find(text)));
  };
  EXPECT_THAT(origin("a.x"), ::testing::StartsWith("a.x, level"));
  EXPECT_THAT(origin("b.s"), ::testing::StartsWith("b.s))"));
  EXPECT_THAT(origin("nullif"), ::testing::StartsWith("ratio("));
  EXPECT_THAT(origin("WHEN 'low'"), ::testing::StartsWith("level("));
  EXPECT_THAT(origin("AS r"), ::testing::StartsWith("AS r"));
}

TEST(Macros, TakeThePlaceOfEarlierOnes) {
  SqlMacros both = macros();
  both.add("CREATE MACRO one() AS 2;", "00_macros.sql");
  EXPECT_EQ(both.expand("one()", "f.sql").text(), "2");
}

TEST(Macros, AreRefusedInAnotherForm) {
  EXPECT_THAT(refusal("SELECT 1;"),
              AllOf(HasSubstr("00_macros.sql:1:1"), HasSubstr("CREATE MACRO")));
  EXPECT_THAT(refusal("\nCREATE MACRO f(x) AS x"),
              AllOf(HasSubstr("00_macros.sql:2:1"), HasSubstr(";")));
  EXPECT_THAT(refusal("CREATE MACRO f(x) x;"), HasSubstr("AS"));
  EXPECT_THAT(
      refusal(kMacros, "SELECT\n ratio(1)"),
      AllOf(HasSubstr("20_alert__mine.sql:2:2"), HasSubstr("ratio takes 2 arguments, not 1")));
}

TEST(Macros, HaveALimit) {
  std::string doubling = "CREATE MACRO f(x) AS x + x;";
  std::string calls = "a";
  for (int i = 0; i < 40; ++i) calls = "f(" + calls + ")";
  EXPECT_THAT(refusal(doubling, calls), HasSubstr("1 MiB"));
  for (int i = 0; i < 40; ++i) calls = "f(" + calls + ")";
  EXPECT_THAT(refusal("CREATE MACRO f(x) AS x;", calls), HasSubstr("nested"));
}

}  // namespace
}  // namespace aml::features
