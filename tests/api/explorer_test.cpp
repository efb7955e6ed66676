#include "api/explorer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.h"

namespace aml::api {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Explorer, IsANetworkAndAnAddressWithAPlaceholder) {
  for (const char* text : {"bitcoin=https://explorer.example/address/{address}",
                           "bitcoin=http://127.0.0.1:8080/a?of={address}&lang=en#{address}",
                           "a-b_1=https://[::1]:65535/%7Ex/{address}"}) {
    EXPECT_THAT(refuse_explorer(text), IsEmpty()) << text;
  }
  const Explorer explorer = parse_explorer("bitcoin=https://explorer.example/?a={address}");
  EXPECT_EQ(explorer.network, "bitcoin");
  EXPECT_EQ(explorer.url, "https://explorer.example/?a={address}");
}

TEST(Explorer, SaysWhatItIsInsteadOfOne) {
  const std::vector<std::pair<const char*, const char*>> refused = {
      {"https://explorer.example/{address}", "must be NETWORK="},
      {"{address}", "must be NETWORK="},
      {"Bitcoin=https://explorer.example/{address}", "the network before ="},
      {"bitcoin=javascript:alert(1)//{address}", "begins https://HOST/"},
      {"bitcoin=ftp://explorer.example/{address}", "begins https://HOST/"},
      {"bitcoin=https://{address}.explorer.example/", "begins https://HOST/"},
      {"bitcoin=https://explorer.example", "begins https://HOST/"},
      {"bitcoin=https://explorer.example:65536/{address}", "begins https://HOST/"},
      {"bitcoin=https://me@explorer.example/{address}", "begins https://HOST/"},
      {"bitcoin=https:///{address}", "begins https://HOST/"},
      {"bitcoin=https://explorer.example/", "must say by {address}"},
      {"bitcoin=https://explorer.example/{tx}/{address}", "holds more"},
      {"bitcoin=https://explorer.example/{address} x", "holds more"},
      {"bitcoin=https://explorer.example/{address}\"", "holds more"},
      {"bitcoin=https://explorer.example/\xC3\xA4/{address}", "holds more"},
      {"bitcoin=https://explorer.example/\n{address}", "holds more"},
  };
  for (const auto& [text, why] : refused) {
    EXPECT_THAT(refuse_explorer(text), HasSubstr(why)) << text;
  }
  EXPECT_THAT(refuse_explorer("bitcoin=https://explorer.example/{address}" +
                              std::string(kLongestExplorer, 'x')),
              HasSubstr("2048 are the most"));
}

std::vector<Explorer> of(const std::vector<std::string>& networks) {
  std::vector<Explorer> explorers;
  for (const std::string& name : networks) explorers.push_back({name, "https://e/{address}"});
  return explorers;
}

TEST(Explorer, IsOneOfEachNetworkThatThereIs) {
  EXPECT_NO_THROW(check_explorers(of({"bitcoin", "tron"}), {}));
  EXPECT_NO_THROW(check_explorers(of({"tron"}), {"bitcoin", "tron"}));
  EXPECT_THROW(check_explorers(of({"tron", "tron"}), {}), Error);
  EXPECT_THROW(check_explorers(of({"ethereum"}), {"bitcoin", "tron"}), Error);
  std::vector<std::string> many;
  for (std::size_t i = 0; i <= kMostExplorers; ++i) many.push_back("n" + std::to_string(i));
  EXPECT_THROW(check_explorers(of(many), {}), Error);
}

TEST(Explorer, IsToldByItsNetwork) {
  EXPECT_EQ(explorers_json({}), "");
  EXPECT_EQ(explorers_json(of({"bitcoin", "tron"})),
            R"({"bitcoin":{"address":"https://e/{address}"},)"
            R"("tron":{"address":"https://e/{address}"}})");
}

}  // namespace
}  // namespace aml::api
