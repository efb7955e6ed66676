#include "http/cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>
#include <vector>

#include "base/error.h"

namespace aml::http {
namespace {

constexpr std::size_t kRoomForTwo = 3000;  // values of 1000 bytes, with what an entry costs

Cache::Made<std::string> value(const std::string& text, std::size_t bytes = 1000) {
  return {std::make_shared<const std::string>(text), bytes};
}

// What `cache` gives for `key`, or "made" where it had to be made.
std::string kept(Cache& cache, const std::string& key) {
  return *cache.get<std::string>(key, Patience::enough, [] { return value("made"); });
}

void fill(Cache& cache, const std::string& key) {
  cache.get<std::string>(key, Patience::enough, [] { return value("kept"); });
}

TEST(Cache, KeepsWhatWasMade) {
  Cache cache(kRoomForTwo);
  fill(cache, "a");
  EXPECT_EQ(kept(cache, "a"), "kept");
}

TEST(Cache, DropsWhatWasUsedTheLongestAgo) {
  Cache cache(kRoomForTwo);
  fill(cache, "a");
  fill(cache, "b");
  fill(cache, "a");
  fill(cache, "c");
  EXPECT_LE(cache.bytes(), kRoomForTwo);
  EXPECT_EQ(kept(cache, "a"), "kept");
  EXPECT_EQ(kept(cache, "c"), "kept");
  EXPECT_EQ(kept(cache, "b"), "made");
}

TEST(Cache, ServesWhatIsTooLargeToKeep) {
  Cache cache(kRoomForTwo);
  fill(cache, "a");
  EXPECT_EQ(*cache.get<std::string>("big", Patience::enough,
                                    [] { return value("big", 10 * kRoomForTwo); }),
            "big");
  EXPECT_EQ(kept(cache, "a"), "kept");
  EXPECT_EQ(kept(cache, "big"), "made");
}

TEST(Cache, CountsManySmallValues) {
  Cache cache(kRoomForTwo);
  for (int i = 0; i < 1000; ++i) {
    cache.get<std::string>(std::to_string(i), Patience::enough, [] { return value("", 0); });
  }
  EXPECT_EQ(kept(cache, "999"), "");
  EXPECT_EQ(kept(cache, "0"), "made");
}

TEST(Cache, GivesNothingToTheImpatientBeforeItIsThere) {
  Cache cache(kRoomForTwo);
  const auto make = [] { return value("x"); };
  EXPECT_EQ(cache.get<std::string>("a", Patience::none, make), nullptr);
  fill(cache, "a");
  EXPECT_NE(cache.get<std::string>("a", Patience::none, make), nullptr);
  cache.get<std::string>("b", Patience::enough, [&] {
    EXPECT_EQ(cache.get<std::string>("b", Patience::none, make), nullptr);  // being made
    return value("b");
  });
}

TEST(Cache, MakesOnceWhatManyAskFor) {
  constexpr int kClients = 8;
  Cache cache(kRoomForTwo);
  std::atomic<int> made{0};
  std::latch all_here(kClients);
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < kClients; ++i) {
      clients.emplace_back([&] {
        all_here.arrive_and_wait();
        const auto text = cache.get<std::string>("a", Patience::enough, [&] {
          ++made;
          std::this_thread::sleep_for(std::chrono::milliseconds(20));
          return value("once");
        });
        EXPECT_EQ(*text, "once");
      });
    }
  }
  EXPECT_EQ(made, 1);
}

TEST(Cache, TriesAgainAfterAFailure) {
  Cache cache(kRoomForTwo);
  const auto fail = []() -> Cache::Made<std::string> {
    throw Error(ErrorKind::unavailable, "not now");
  };
  EXPECT_THROW(cache.get<std::string>("a", Patience::enough, fail), Error);
  EXPECT_EQ(kept(cache, "a"), "made");
  EXPECT_EQ(kept(cache, "a"), "made");
}

}  // namespace
}  // namespace aml::http
