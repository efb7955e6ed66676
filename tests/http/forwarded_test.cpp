#include "http/forwarded.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <set>
#include <string>
#include <string_view>

namespace aml::http {
namespace {

// Whom a request of 10.0.0.1 counts for, with these fields.
std::string asking(std::initializer_list<std::string_view> forwarded,
                   const std::set<std::string>& trusted = {"10.0.0.1", "10.0.0.2"}) {
  Request request{.method = "GET", .target = "/", .remote = "10.0.0.1"};
  for (const std::string_view value : forwarded) request.fields.add("X-Forwarded-For", value);
  return asking_client(request, "10.0.0.1", trusted);
}

TEST(AskingClient, IsTheOtherEndUnlessThatIsAProxy) {
  EXPECT_EQ(asking({"192.0.2.7"}, {}), "10.0.0.1");
  EXPECT_EQ(asking({"192.0.2.7"}, {"10.0.0.9"}), "10.0.0.1");
  EXPECT_EQ(asking({}), "10.0.0.1");
}

TEST(AskingClient, IsTheLastThatNoProxyWrote) {
  EXPECT_EQ(asking({"192.0.2.7"}), "192.0.2.7");
  EXPECT_EQ(asking({"203.0.113.1, 192.0.2.7"}), "192.0.2.7") << "the first may be invented";
  EXPECT_EQ(asking({"203.0.113.1, 192.0.2.7 , 10.0.0.2"}), "192.0.2.7");
  EXPECT_EQ(asking({"203.0.113.1", "192.0.2.7"}), "192.0.2.7");
  EXPECT_EQ(asking({"2001:db8::7"}), "2001:db8::/64");
}

TEST(AskingClient, IsNoNonsense) {
  EXPECT_EQ(asking({"unknown"}), "10.0.0.1");
  EXPECT_EQ(asking({"192.0.2.7, x"}), "10.0.0.1");
  EXPECT_EQ(asking({",, ,"}), "10.0.0.1");
  EXPECT_EQ(asking({"10.0.0.2"}), "10.0.0.1");
}

}  // namespace
}  // namespace aml::http
