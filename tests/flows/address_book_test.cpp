#include "flows/address_book.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace aml::flows {
namespace {

TEST(AddressBook, NumbersAddressesInTheOrderOfTheirComing) {
  AddressBook book;
  const std::vector<std::string_view> addresses{"p", "q", "p", "", "q"};
  std::vector<std::uint32_t> numbers(addresses.size());
  book.number(addresses, numbers);
  EXPECT_EQ(numbers, (std::vector<std::uint32_t>{0, 1, 0, 2, 1}));
  EXPECT_EQ(book.text(1), "q");
  EXPECT_EQ(book.text(2), "");
  EXPECT_EQ(book.find("r"), std::nullopt);
}

TEST(AddressBook, KnowsThemAllHoweverManyThereAre) {
  AddressBook book;
  std::vector<std::string> addresses;
  for (int i = 0; i < 100000; ++i) addresses.push_back(fmt::format("address {}", i % 70000));
  for (std::size_t begin = 0; begin < addresses.size(); begin += 2000) {
    const std::vector<std::string_view> some(addresses.begin() + begin,
                                             addresses.begin() + begin + 2000);
    std::vector<std::uint32_t> numbers(some.size());
    book.number(some, numbers);
    for (std::size_t i = 0; i < some.size(); ++i) EXPECT_EQ(numbers[i], (begin + i) % 70000);
  }
  EXPECT_EQ(book.size(), 70000);
  EXPECT_EQ(book.find("address 69999"), 69999);
  EXPECT_EQ(book.text(31415), "address 31415");
}

TEST(AddressBook, ArrangesAddressesInOneOrderHoweverTheyCame) {
  AddressBook forwards;
  AddressBook backwards;
  std::vector<std::string> addresses;
  for (int i = 0; i < 3000; ++i) addresses.push_back(fmt::format("address {}", i));
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    Address number = 0;
    forwards.number(std::vector<std::string_view>{addresses[i]}, {&number, 1});
    backwards.number(std::vector<std::string_view>{addresses[addresses.size() - 1 - i]},
                     {&number, 1});
  }
  const std::vector<Address> renumbered = forwards.arrange();
  backwards.arrange();
  for (Address i = 0; i < addresses.size(); ++i) {
    EXPECT_EQ(forwards.text(renumbered[i]), addresses[i]);
    EXPECT_EQ(forwards.find(addresses[i]), renumbered[i]);
    EXPECT_EQ(backwards.find(addresses[i]), renumbered[i]);
    EXPECT_EQ(forwards.hash(renumbered[i]), AddressBook::hash_of(addresses[i]));
    if (i > 0) {
      EXPECT_LE(forwards.hash(i - 1), forwards.hash(i));
    }
  }
}

TEST(AddressBook, KnowsNothingAtFirst) { EXPECT_EQ(AddressBook().find("p"), std::nullopt); }

}  // namespace
}  // namespace aml::flows
