#include "api/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace aml::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

std::string refusal_of(const std::string& target) {
  try {
    parse_list_query(parse_target(target));
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::usage);
    return e.what();
  }
  return "";
}

TEST(Target, TakesPathAndQueryApart) {
  const Target target = parse_target("/scores/alerts/2025-10-26?limit=3&explain=false");
  EXPECT_THAT(target.segments, ElementsAre("scores", "alerts", "2025-10-26"));
  EXPECT_THAT(target.parameters, ElementsAre(Pair("limit", "3"), Pair("explain", "false")));
}

TEST(Target, DecodesEachSegmentOnItsOwn) {
  EXPECT_THAT(parse_target("/alerts/latest/a%2Fb%20%C3%BC").segments,
              ElementsAre("alerts", "latest", "a/b ü"));
  EXPECT_THAT(parse_target("/%252e").segments, ElementsAre("%2e"));  // decoded once
  EXPECT_THAT(parse_target("/a/?x=%26%3D").parameters, ElementsAre(Pair("x", "&=")));
}

TEST(Target, MayNameSchemeAndHost) {
  EXPECT_THAT(parse_target("http://127.0.0.1:8000/health").segments, ElementsAre("health"));
  EXPECT_THAT(parse_target("https://host").segments, ElementsAre(""));
  EXPECT_THAT(parse_target("http://host?a=1").parameters, ElementsAre(Pair("a", "1")));
}

TEST(Target, RefusesWhatIsNoAddress) {
  for (const char* target : {"", "*", "health", "/%", "/%4", "/%zz", "/%+1", "/a%00b", "/%0a",
                             "/%7f", "/%ff", "/%c0%ae", "/%ed%a0%80", "/x?%", "?a"}) {
    EXPECT_THROW(parse_target(target), Error) << target;
  }
  EXPECT_THROW(parse_target(std::string("/a\0b", 4)), Error);
}

TEST(ListQuery, ReadsEveryParameter) {
  const ListQuery query =
      parse_list_query(parse_target("/x?limit=10&offset=5&min_score=0.25&explain=false"));
  EXPECT_EQ(query.limit, 10U);
  EXPECT_EQ(query.offset, 5U);
  EXPECT_EQ(query.min_score, 0.25);
  EXPECT_FALSE(query.explain);
  EXPECT_FALSE(query.everything());
  EXPECT_TRUE(parse_list_query(parse_target("/x?explain=true&offset=0")).everything());
}

TEST(ListQuery, IsTheSameTextForTheSameQuestion) {
  EXPECT_EQ(parse_list_query(parse_target("/x?limit=010&min_score=0.50")).text(),
            parse_list_query(parse_target("/x?min_score=5e-1&limit=10")).text());
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
  EXPECT_LT(refusal_of("/x?limit=" + std::string(5000, '9')).size(), 200U);
  // A long value is cut between characters, not within one.
  EXPECT_THAT(refusal_of("/x?limit=" + std::string(59, 'a') + "%C3%BC%C3%BC"),
              HasSubstr(std::string(59, 'a') + "…"));
}

}  // namespace
}  // namespace aml::api
