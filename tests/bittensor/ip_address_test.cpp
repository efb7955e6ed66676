#include "bittensor/ip_address.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aml::bittensor {
namespace {

void expect(Reach reach, const std::vector<std::string>& addresses) {
  for (const std::string& address : addresses) {
    const auto kind = address_kind(address);
    ASSERT_TRUE(kind) << address;
    EXPECT_EQ(static_cast<int>(kind->reach), static_cast<int>(reach))
        << address << " is " << kind->what;
  }
}

TEST(IpAddress, IsEverybodysWhereItIsGlobalUnicast) {
  expect(Reach::everybody,
         {"1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1",
          "192.167.1.1", "192.0.1.1", "198.17.0.1", "198.20.0.1", "223.255.255.255", "2600::1",
          "2a00:1450::1", "2001:4860:4860::8888", "2400:cb00::1", "3ffe::1"});
}

TEST(IpAddress, IsOfANetworkWhereItIsPrivateOrInDocuments) {
  expect(Reach::network,
         {"10.0.0.5", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
          "100.127.255.255", "192.0.2.1", "198.51.100.7", "203.0.113.7", "198.18.0.1",
          "198.19.255.255", "fc00::1", "fd12:3456::1", "2001:db8::7", "3fff::1"});
}

TEST(IpAddress, IsTheMachinesWhereItIsLoopback) {
  expect(Reach::machine, {"127.0.0.1", "127.255.255.254", "::1"});
}

TEST(IpAddress, IsNobodysWhereItLeadsNowhereOrInDisguise) {
  expect(
      Reach::nobody,
      {"0.0.0.0",     "0.1.2.3",         "169.254.169.254",  "224.0.0.1",        "239.255.255.255",
       "240.0.0.1",   "255.255.255.255", "192.0.0.8",        "192.88.99.1",      "::",
       "fe80::1",     "fec0::1",         "ff02::1",          "::ffff:127.0.0.1", "::ffff:8.8.8.8",
       "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::a00:5", "2002:7f00:1::",    "2001::1",
       "2001:10::1",  "100::1",          "5f00::1",          "4000::1"});
}

TEST(IpAddress, IsNoneInAnyOtherForm) {
  for (const std::string text :
       {"", "localhost", "miner.example.com", "127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1",
        "127.0.0.01", "203.0.113.7:9000", " 203.0.113.7", "203.0.113.7 ", "[::1]", "fe80::1%eth0",
        "1.2.3.4.5", "::1/128", "1.2.3.4\n"}) {
    EXPECT_FALSE(address_kind(text)) << text;
  }
  EXPECT_FALSE(address_kind(std::string("8.8.8.8\0.evil", 13)));
}

TEST(IpAddress, HasOneFormOnTheChain) {
  EXPECT_EQ(canonical_address("2001:0DB8::0007"), "2001:db8::7");
  EXPECT_EQ(canonical_address("8.8.8.8"), "8.8.8.8");
}

}  // namespace
}  // namespace aml::bittensor
