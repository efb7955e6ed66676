#include "cases/users.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "../base/scratch_folder.h"
#include "base/error.h"
#include "base/files.h"

namespace aml::cases {
namespace {

using ::testing::HasSubstr;

class CasesUsers : public testing::Test {
 protected:
  UserList read(const std::string& text) const {
    const auto file = folder.path() / "users";
    write_file_atomically(file, text);
    return UserList::read(file);
  }
  std::string refusal(const std::string& text) const {
    try {
      read(text);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  }
  test::ScratchFolder folder;
};

TEST_F(CasesUsers, AreKnownByTheirTokens) {
  const UserList list = read("# us\n\nanna 0123456789abcdef\r\nben\tfedcba9876543210  reader\n");
  const auto anna = list.find("Bearer 0123456789abcdef");
  ASSERT_TRUE(anna);
  EXPECT_EQ(anna->name, "anna");
  EXPECT_TRUE(anna->may_decide);
  EXPECT_FALSE(list.find("bearer fedcba9876543210")->may_decide);
  EXPECT_FALSE(list.find("Bearer 0123456789abcdeg"));
  EXPECT_FALSE(list.find("0123456789abcdef"));
  EXPECT_FALSE(list.find(""));
  EXPECT_TRUE(list.may_decide("anna"));
  EXPECT_FALSE(list.may_decide("ben"));
  EXPECT_FALSE(list.may_decide("carla"));
  EXPECT_EQ(list.deciders(), std::vector<std::string>{"anna"});
  EXPECT_TRUE(list.tokens().admit("Bearer 0123456789abcdef"));
}

TEST_F(CasesUsers, AreRefusedWithTheLine) {
  EXPECT_THAT(refusal("# nobody\n"), HasSubstr("names nobody"));
  EXPECT_THAT(refusal("\nanna\n"), HasSubstr("line 2"));
  EXPECT_THAT(refusal("anna 0123456789abcdef boss\n"), HasSubstr("line 1"));
  EXPECT_THAT(refusal("anna short\n"), HasSubstr("no token"));
  EXPECT_THAT(refusal("an/na 0123456789abcdef\n"), HasSubstr("no person"));
  std::string longer(UserList::kLongestName + 1, 'a');
  EXPECT_THAT(refusal(longer.append(" 0123456789abcdef\n")), HasSubstr("no person"));
  EXPECT_THAT(refusal("anna 0123456789abcdef\nanna fedcba9876543210\n"), HasSubstr("anna again"));
  EXPECT_THAT(refusal("anna 0123456789abcdef\nben 0123456789abcdef\n"), HasSubstr("somebody else"));
}

TEST_F(CasesUsers, AreNoMoreThanThereMayBe) {
  std::string text;
  for (std::size_t i = 0; i <= UserList::kMost; ++i) {
    text += fmt::format("u{0} 0123456789abcdef{0}\n", i);
  }
  EXPECT_THAT(refusal(text), HasSubstr("one person too many"));
}

}  // namespace
}  // namespace aml::cases
