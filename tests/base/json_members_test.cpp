#include "base/json_members.h"

#include <gtest/gtest.h>

namespace aml {
namespace {

TEST(JsonMembers, AreFoundWhereOneIsNamedTwice) {
  EXPECT_TRUE(names_member_twice(R"({"a":1,"a":1})"));
  EXPECT_TRUE(names_member_twice(R"({"a":1,"b":{"a":2},"\u0061":3})"));
  EXPECT_TRUE(names_member_twice(R"([1,{"b":[{"c":1,"d":{},"c":null}]}])"));
  EXPECT_FALSE(names_member_twice(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}],"A":"a"})"));
  EXPECT_FALSE(names_member_twice("[]"));
  EXPECT_FALSE(names_member_twice("\"a\""));
  EXPECT_FALSE(names_member_twice("{broken"));
  EXPECT_FALSE(names_member_twice(""));
}

}  // namespace
}  // namespace aml
