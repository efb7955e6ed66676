#include "http/places.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace aml::http {
namespace {

TEST(ClientOf, IsAnAddressOrANetworkOfVersionSix) {
  EXPECT_EQ(client_of("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(client_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(client_of("2001:db8:1:2::"), client_of("2001:db8:1:2:ffff::1"));
  EXPECT_NE(client_of("2001:db8:1:2::1"), client_of("2001:db8:1:3::1"));
  EXPECT_EQ(client_of("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(client_of("fe80::1%eth0"), "fe80::/64");
  EXPECT_EQ(client_of("::1"), "::/64");
  EXPECT_EQ(client_of("no:address"), "no:address");
}

TEST(Places, AreAsManyAsThereAre) {
  Places places(2, 1);
  EXPECT_TRUE(places.enter("a", 0).is_admitted);
  EXPECT_TRUE(places.enter("b", 0).is_admitted);
  EXPECT_FALSE(places.enter("c", 0).is_admitted) << "nobody has more than one";
  EXPECT_FALSE(places.enter("a", 0).is_admitted);
  places.leave("a", 0);
  EXPECT_TRUE(places.enter("c", 0).is_admitted);
  EXPECT_EQ(places.taken(), 2U);
}

TEST(Places, AreTakenFromWhoHasTheMost) {
  Places places(3, 2);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(places.enter("many", 1).is_admitted);
  EXPECT_FALSE(places.enter("many", 0).is_admitted) << "from itself it gets none";
  const auto decision = places.enter("few", 0);
  EXPECT_TRUE(decision.is_admitted);
  EXPECT_EQ(decision.victim, "many");
  ASSERT_TRUE(decision.victims_worker);
  places.leave("many", *decision.victims_worker);
  EXPECT_EQ(places.taken(), 3U);
  EXPECT_FALSE(places.enter("few", 0).is_admitted) << "it would have as many as the other";
  EXPECT_TRUE(places.enter("third", 0).is_admitted);
}

TEST(Places, AreNotTakenFromAProxy) {
  Places places(2, 1, {"proxy"});
  EXPECT_TRUE(places.enter("proxy", 0).is_admitted);
  EXPECT_TRUE(places.enter("proxy", 0).is_admitted);
  EXPECT_FALSE(places.enter("a", 0).is_admitted);
}

TEST(Places, ExceedThemselvesByFewWhileOthersLeave) {
  Places places(1000, 1);
  for (int i = 0; i < 1000; ++i) places.enter("many", 0);
  std::size_t admitted = 0;
  for (int i = 0; i < 1000; ++i) admitted += places.enter(std::to_string(i), 0).is_admitted ? 1 : 0;
  EXPECT_EQ(admitted, Places::kMostLeaving);
}

TEST(Places, AreSpreadEvenlyOverTheWorkers) {
  Places places(100, 4);
  std::array<int, 4> by_worker{};
  // The kernel gives all to one.
  for (int i = 0; i < 64; ++i) ++by_worker[places.enter("a", 2).worker];
  EXPECT_EQ(by_worker, (std::array{16, 16, 16, 16}));
  // Where it makes no difference, they stay.
  Places fresh(100, 2);
  EXPECT_EQ(fresh.enter("a", 1).worker, 1U);
  EXPECT_EQ(fresh.enter("a", 1).worker, 0U);
}

}  // namespace
}  // namespace aml::http
