#include "http/budget.h"

#include <gtest/gtest.h>

#include <utility>

namespace aml::http {
namespace {

constexpr std::size_t kAll = 20 << 20;
constexpr std::size_t kHalf = kAll / 2;

TEST(Budget, IsNeverTooSmallToAnswer) { EXPECT_EQ(Budget(0).max_bytes(), Budget::kLeastBytes); }

TEST(Budget, GivesWhatItHasAndTakesItBack) {
  Budget budget(kAll);
  auto first = budget.charge(kHalf);
  auto second = budget.charge(kHalf);
  EXPECT_EQ(budget.bytes(), kAll);
  EXPECT_THROW(budget.charge(1), Shortage);
  first.resize(kHalf - 10);
  EXPECT_EQ(budget.charge(10).bytes(), 10U);
  EXPECT_THROW(second.resize(kAll), Shortage);
  EXPECT_EQ(second.bytes(), kHalf) << "nothing has changed";
  first.release();
  const Budget::Charge moved = std::move(second);
  EXPECT_EQ(budget.bytes(), kHalf);
  EXPECT_EQ(moved.bytes(), kHalf);
}

TEST(Budget, LetsOneAtATimeBeLarger) {
  Budget budget(kAll);
  auto usual = budget.charge(kHalf);
  {
    auto large = budget.charge_of_any_size();
    large.resize(kHalf);
    large.resize(10 * kAll);
    EXPECT_EQ(budget.bytes(), kHalf + 10 * kAll);
    large.resize(20 * kAll);
    auto another = budget.charge_of_any_size();
    EXPECT_THROW(another.resize(kAll), Shortage);
    EXPECT_NO_THROW(usual.resize(kAll)) << "what is beyond takes nothing from the others";
    usual.resize(kHalf);
    large.resize(kAll);
    EXPECT_EQ(budget.bytes(), kHalf + kAll);
  }
  EXPECT_EQ(budget.bytes(), kHalf);
  auto another = budget.charge_of_any_size();
  EXPECT_NO_THROW(another.resize(2 * kAll));
}

TEST(Budget, AsksForWhatNobodyUses) {
  Budget budget(kAll);
  auto unused = budget.charge(kAll);
  const auto reserve = budget.add_reserve([&](std::size_t bytes) {
    EXPECT_EQ(bytes, 100U);
    unused.release();
  });
  EXPECT_EQ(budget.charge(100).bytes(), 100U);
  budget.remove_reserve(reserve);
  const auto all = budget.charge(kAll);
  EXPECT_THROW(budget.charge(1), Shortage);
}

TEST(Budget, RemembersForAWhileThatItWasShort) {
  Budget budget(kAll);
  EXPECT_FALSE(budget.is_short());
  EXPECT_THROW(budget.charge(kAll + 1), Shortage);
  EXPECT_TRUE(budget.is_short());
}

TEST(Budget, CountsBodiesToTheirLastUse) {
  Budget budget(kAll);
  EXPECT_EQ(budget.body("small")->size(), 5U);
  EXPECT_EQ(budget.bytes(), 0U);
  Body body = budget.body(std::string(kHalf, 'x'));
  EXPECT_GE(budget.bytes(), kHalf);
  Body other = body;
  body.reset();
  EXPECT_GE(budget.bytes(), kHalf);
  other.reset();
  EXPECT_EQ(budget.bytes(), 0U);
}

TEST(Budget, KnowsWhatIsWantedBack) {
  Budget budget(kAll);
  const auto whole = std::make_shared<const std::string>("abc");
  const auto other = std::make_shared<const std::string>("abc");
  budget.want_back(whole);
  // Whoever shares in it, whatever part.
  EXPECT_TRUE(budget.is_wanted_back(std::shared_ptr<const char>(whole, whole->data())));
  EXPECT_FALSE(budget.is_wanted_back(other));
  EXPECT_FALSE(budget.is_wanted_back(nullptr));
}

}  // namespace
}  // namespace aml::http
