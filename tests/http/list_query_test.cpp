#include "http/list_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "base/error.h"

namespace aml::http {
namespace {

using ::testing::HasSubstr;

constexpr std::array kKnown{ListQuery::kLimit, ListQuery::kOffset, ListQuery::kMinScore,
                            ListQuery::kExplain};

std::string refusal_of(const std::string& target) {
  try {
    parse_list_query(parse_target(target), kKnown);
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::usage);
    return e.what();
  }
  return "";
}

TEST(ListQuery, ReadsEveryParameter) {
  const ListQuery query =
      parse_list_query(parse_target("/x?limit=10&offset=5&min_score=0.25&explain=false"), kKnown);
  EXPECT_EQ(query.limit, 10U);
  EXPECT_EQ(query.offset, 5U);
  EXPECT_EQ(query.min_score, 0.25);
  EXPECT_FALSE(query.explain);
  EXPECT_FALSE(query.everything());
  EXPECT_TRUE(parse_list_query(parse_target("/x?explain=true&offset=0"), kKnown).everything());
}

TEST(ListQuery, IsTheSameTextForTheSameQuestion) {
  EXPECT_EQ(parse_list_query(parse_target("/x?limit=010&min_score=0.50"), kKnown).text(),
            parse_list_query(parse_target("/x?min_score=5e-1&limit=10"), kKnown).text());
  EXPECT_EQ(
      parse_list_query(parse_target("http://other/x?&&&offset=001&min_score=-0"), kKnown).text(),
      parse_list_query(parse_target("/x?min_score=0&offset=1&explain=true"), kKnown).text());
}

TEST(ListQuery, NamesTheParameterThatIsWrong) {
  EXPECT_THAT(refusal_of("/x?limit=ten"), HasSubstr("limit"));
  EXPECT_THAT(refusal_of("/x?limit=-1"), HasSubstr("limit"));
  EXPECT_THAT(refusal_of("/x?limit"), HasSubstr("limit"));
  EXPECT_THAT(refusal_of("/x?limit=1.5"), HasSubstr("limit"));
  EXPECT_THAT(refusal_of("/x?offset=99999999999999999999"), HasSubstr("offset"));
  EXPECT_THAT(refusal_of("/x?min_score=1.01"), HasSubstr("min_score"));
  EXPECT_THAT(refusal_of("/x?min_score=nan"), HasSubstr("min_score"));
  EXPECT_THAT(refusal_of("/x?explain=no"), HasSubstr("explain"));
  EXPECT_THAT(refusal_of("/x?limit=1&limit=2"), HasSubstr("twice"));
  EXPECT_THAT(refusal_of("/x?top=3"), HasSubstr("limit, offset, min_score and explain"));
  constexpr std::array kFew{ListQuery::kLimit, ListQuery::kOffset};
  EXPECT_THROW(parse_list_query(parse_target("/x?min_score=1"), kFew), Error);
  EXPECT_LT(refusal_of("/x?limit=" + std::string(5000, '9')).size(), 200U);
  // A long value is cut between characters, not within one.
  const std::string letters(59, 'a');
  EXPECT_THAT(refusal_of("/x?limit=" + letters + "%C3%BC%C3%BC"), HasSubstr(letters + "…"));
}

}  // namespace
}  // namespace aml::http
