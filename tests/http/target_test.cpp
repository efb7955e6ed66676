#include "http/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace aml::http {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

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

}  // namespace
}  // namespace aml::http
