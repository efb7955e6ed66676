#include "http/cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/threads.h"

namespace aml::http {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kRoom = Budget::kLeastBytes;
constexpr std::size_t kThird = kRoom / 3 - 10'000;  // with what an entry costs, thrice at most

Cache::Made<std::string> value(const std::string& text, std::size_t bytes = kThird) {
  return {std::make_shared<const std::string>(text), bytes};
}

class CacheTest : public ::testing::Test {
 protected:
  // What the cache gives for `key`, or "made" where it had to be made.
  std::string kept(const std::string& key) {
    return *cache.get<std::string>(key, Patience::enough,
                                   [](Budget::Charge&) { return value("made"); });
  }
  std::shared_ptr<const std::string> fill(const std::string& key, std::size_t bytes = kThird) {
    return cache.get<std::string>(key, Patience::enough,
                                  [&](Budget::Charge&) { return value("kept", bytes); });
  }
  Budget budget{kRoom};
  Cache cache{budget};
};

TEST_F(CacheTest, KeepsWhatWasMade) {
  fill("a");
  EXPECT_EQ(kept("a"), "kept");
}

TEST_F(CacheTest, DropsWhatWasUsedTheLongestAgo) {
  fill("a");
  fill("b");
  fill("c");
  fill("a");
  fill("d");
  EXPECT_LE(budget.bytes(), kRoom);
  EXPECT_EQ(kept("a"), "kept");
  EXPECT_EQ(kept("d"), "kept");
  EXPECT_EQ(kept("b"), "made");
}

// What someone still sends is in memory anyway: for others it is not made again.
TEST_F(CacheTest, KeepsWhatIsInUse) {
  const auto used = fill("a");
  fill("b");
  fill("c");
  fill("d");
  fill("e");
  EXPECT_EQ(fill("a"), used);
  EXPECT_LE(budget.bytes(), kRoom);
}

TEST_F(CacheTest, MakesNothingForWhichThereIsNoMemory) {
  std::vector<std::shared_ptr<const std::string>> used{fill("a"), fill("b"), fill("c")};
  const auto beyond = fill("d");  // one may be beyond
  EXPECT_THROW(fill("e"), Shortage);
  EXPECT_TRUE(budget.is_short());
  EXPECT_LE(budget.bytes(), kRoom + kThird + 10'000);
  used.pop_back();
  EXPECT_NO_THROW(fill("e"));
}

TEST_F(CacheTest, CountsWhatIsInUseToItsLastUse) {
  auto used = fill("a");
  for (const char* key : {"b", "c", "d", "e"}) fill(key);
  const std::size_t with_it = budget.bytes();
  EXPECT_LE(with_it, kRoom);
  used.reset();
  for (const char* key : {"f", "g", "h"}) fill(key);
  EXPECT_EQ(kept("a"), "made") << "it was given up once nobody used it";
}

TEST_F(CacheTest, ServesWhatIsLargerThanItself) {
  fill("a");
  const auto make = [](Budget::Charge& charge) {
    charge.resize(kRoom);
    return value("big", 10 * kRoom);
  };
  EXPECT_EQ(*cache.get<std::string>("big", Patience::enough, make), "big");
  EXPECT_EQ(kept("a"), "made") << "it made room first";
  // One at a time: it goes when another wants its place.
  EXPECT_EQ(*cache.get<std::string>("bigger", Patience::enough, make), "big");
}

TEST_F(CacheTest, CountsManySmallValues) {
  for (int i = 0; i < 100'000; ++i) fill(std::to_string(i), 0);
  EXPECT_LE(budget.bytes(), kRoom);
  EXPECT_EQ(kept("99999"), "kept");
  EXPECT_EQ(kept("0"), "made");
}

TEST_F(CacheTest, GivesNothingToTheImpatientBeforeItIsThere) {
  const auto make = [](Budget::Charge&) { return value("x"); };
  EXPECT_EQ(cache.get<std::string>("a", Patience::none, make), nullptr);
  fill("a");
  EXPECT_NE(cache.get<std::string>("a", Patience::none, make), nullptr);
  cache.get<std::string>("b", Patience::enough, [&](Budget::Charge&) {
    EXPECT_EQ(cache.get<std::string>("b", Patience::none, make), nullptr);  // being made
    return value("b");
  });
}

TEST_F(CacheTest, MakesOnceWhatManyAskFor) {
  constexpr int kClients = 8;
  std::atomic<int> made{0};
  std::latch all_here(kClients);
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < kClients; ++i) {
      clients.emplace_back([&] {
        all_here.arrive_and_wait();
        const auto text = cache.get<std::string>("a", Patience::enough, [&](Budget::Charge&) {
          ++made;
          std::this_thread::sleep_for(20ms);
          return value("once");
        });
        EXPECT_EQ(*text, "once");
      });
    }
  }
  EXPECT_EQ(made, 1);
}

TEST_F(CacheTest, TriesAgainAfterAFailure) {
  const auto fail = [](Budget::Charge&) -> Cache::Made<std::string> {
    throw Error(ErrorKind::unavailable, "not now");
  };
  EXPECT_THROW(cache.get<std::string>("a", Patience::enough, fail), Error);
  EXPECT_EQ(budget.bytes(), 0U);
  EXPECT_EQ(kept("a"), "made");
  EXPECT_EQ(kept("a"), "made");
}

// Work that nobody waits for any more ends; where someone still does, it goes on for him.
TEST_F(CacheTest, EndsWorkThatNobodyWants) {
  std::atomic<bool> first_is_gone{false};
  std::atomic<bool> second_is_gone{false};
  std::atomic<bool> second_waits{false};
  std::latch begun(1);
  std::atomic<bool> goes_on_for_second{false};
  const auto make = [&](Budget::Charge&) -> Cache::Made<std::string> {
    begun.count_down();
    while (!second_waits) std::this_thread::yield();
    first_is_gone = true;
    for (int i = 0; i < 1000; ++i) throw_if_stop_requested();
    goes_on_for_second = true;
    second_is_gone = true;
    while (true) throw_if_stop_requested();
  };
  const auto ask = [&](std::atomic<bool>& is_gone) {
    const StopScope scope(std::make_shared<StopQuestion>([&] { return is_gone.load(); }));
    EXPECT_THROW(cache.get<std::string>("a", Patience::enough, make), Error);
  };
  std::jthread first([&] { ask(first_is_gone); });
  begun.wait();
  std::jthread second([&] { ask(second_is_gone); });
  std::this_thread::sleep_for(50ms);  // in which it comes to wait
  second_waits = true;
  first.join();
  second.join();
  EXPECT_TRUE(goes_on_for_second);
  EXPECT_EQ(kept("a"), "made");
}

// Who comes while work is given up has it made for himself.
TEST_F(CacheTest, MakesAnewWhatOthersGaveUp) {
  std::latch given_up(1);
  std::atomic<bool> other_waits{false};
  std::jthread gone([&] {
    const StopScope scope(std::make_shared<StopQuestion>([] { return true; }));
    const auto make = [&](Budget::Charge&) -> Cache::Made<std::string> {
      given_up.count_down();
      while (!other_waits) std::this_thread::yield();
      std::this_thread::sleep_for(50ms);
      throw Error(ErrorKind::interrupted, "nobody waits");
    };
    EXPECT_THROW(cache.get<std::string>("a", Patience::enough, make), Error);
  });
  given_up.wait();
  other_waits = true;
  EXPECT_EQ(kept("a"), "made");
}

}  // namespace
}  // namespace aml::http
