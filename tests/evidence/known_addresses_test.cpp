#include "evidence/known_addresses.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/json_text.h"

namespace aml::evidence {
namespace {

std::shared_ptr<const std::string> file_of(const std::vector<std::string>& addresses) {
  std::vector<std::string> lines;
  for (const std::string& address : addresses) {
    std::string key;
    append_json_text(key, address);
    lines.push_back(fmt::format("{}:[{{\"category\":\"of {}\"}}]", key, address.size()));
  }
  std::ranges::sort(lines);
  return std::make_shared<const std::string>(
      fmt::format("{{\"addresses\":{{\n{}\n}}}}\n", fmt::join(lines, ",\n")));
}

TEST(KnownAddresses, AreFoundAmongAnyNumberOfLines) {
  for (std::size_t many = 0; many < 40; ++many) {
    std::vector<std::string> addresses;
    for (std::size_t i = 0; i < many; ++i)
      addresses.push_back(std::string(1 + i % 7, 'a') + std::to_string(i));
    const KnownAddresses known(file_of(addresses));
    for (const std::string& address : addresses) {
      EXPECT_EQ(known.find(address), fmt::format("[{{\"category\":\"of {}\"}}]", address.size()));
    }
    for (const char* stranger : {"", "a", "zz", "A0", "a0 ", "\"", "aaaaaaaaaa"}) {
      if (std::ranges::count(addresses, stranger) > 0) continue;
      EXPECT_EQ(known.find(stranger), "") << many;
    }
  }
}

TEST(KnownAddresses, HaveAnyLetters) {
  const KnownAddresses known(file_of({"a\"b", "a\nb", "é", "a", "a,b", "}", "\"a\":[]"}));
  for (const char* address : {"a\"b", "a\nb", "é", "a", "a,b", "}", "\"a\":[]"}) {
    EXPECT_NE(known.find(address), "") << address;
  }
  const KnownAddresses hexadecimal(file_of({"0xfa8e3920daf271dab92be9b87d9998ddd94fef08"}));
  EXPECT_NE(hexadecimal.find("0xFA8E3920daF271daB92Be9B87d9998DDd94FEF08"), "");
}

TEST(KnownAddresses, OfADamagedFileAreNone) {
  for (const char* text : {"", "{}", "{\"addresses\":{}}", "{\n}", "[\n\n]", "\n", "\n}"}) {
    const KnownAddresses known(std::make_shared<const std::string>(text));
    EXPECT_EQ(known.find("a"), "") << text;
  }
  EXPECT_FALSE(KnownAddresses().is_told());
  EXPECT_EQ(KnownAddresses().find("a"), "");
}

TEST(KnownAddresses, HaveTheirCategoriesOnceEach) {
  const KnownAddresses known(std::make_shared<const std::string>(
      "{\"addresses\":{\n\"a\":[{\"category\":\"scam\"},{\"category\":\"mixer\"},"
      "{\"category\":\"scam\"}]\n}}\n"));
  EXPECT_EQ(known.categories("a"), "mixer,scam");
  EXPECT_EQ(known.categories("b"), "");
}

TEST(KnownMentions, TellOfWhatIsKnownAlone) {
  const KnownAddresses known(file_of({"a", "b"}));
  KnownMentions mentions(known);
  EXPECT_EQ(mentions.member(), ",\"known\":{}");
  for (const char* address : {"b", "c", "b"}) mentions.add(address);
  EXPECT_EQ(mentions.member(), ",\"known\":{\"b\":[{\"category\":\"of 1\"}]}");
  const KnownAddresses untold;
  EXPECT_EQ(KnownMentions(untold).member(), "");
}

}  // namespace
}  // namespace aml::evidence
