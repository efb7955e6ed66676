#include "bittensor/nonce_store.h"

#include <gtest/gtest.h>

#include <thread>

namespace aml::bittensor {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kWindow = 10 * kSecond;
constexpr std::int64_t kNow = 1752076800 * kSecond;
using Verdict = NonceStore::Verdict;

PublicKey hotkey(std::uint8_t number) {
  PublicKey key{};
  key[0] = number;
  return key;
}

TEST(NonceStore, TellsHotkeysApart) {
  NonceStore store(kWindow);
  EXPECT_EQ(store.remember(hotkey(1), kNow, kNow), Verdict::fresh);
  EXPECT_EQ(store.remember(hotkey(2), kNow, kNow), Verdict::fresh);
  EXPECT_EQ(store.remember(hotkey(1), kNow, kNow), Verdict::replayed);
}

TEST(NonceStore, RemembersForAsLongAsANonceIsFresh) {
  NonceStore store(kWindow);
  EXPECT_EQ(store.remember(hotkey(1), kNow + 999, kNow), Verdict::fresh);
  for (std::int64_t age = 0; age <= kWindow; age += kSecond / 8) {
    ASSERT_EQ(store.remember(hotkey(1), kNow + 999, kNow + 999 + age), Verdict::replayed) << age;
  }
}

TEST(NonceStore, ForgetsWhatFreshnessRefuses) {
  NonceStore store(kWindow);
  for (int i = 0; i < 100; ++i) store.remember(hotkey(1), kNow + i * kSecond, kNow + i * kSecond);
  EXPECT_LE(store.size(), 12u);
}

TEST(NonceStore, StaysSmallUnderTenMillionNonces) {
  NonceStore store(kWindow);
  std::size_t refused = 0;
  std::size_t replayed = 0;
  for (std::int64_t i = 0; i < 10'000'000; ++i) {
    const auto verdict = store.remember(hotkey(static_cast<std::uint8_t>(i)), kNow + i, kNow);
    refused += verdict == Verdict::full ? 1u : 0u;
    replayed += verdict == Verdict::replayed ? 1u : 0u;
  }
  EXPECT_EQ(replayed, 0u);
  EXPECT_EQ(store.size(), NonceStore::kMostNonces);
  EXPECT_EQ(refused, 10'000'000 - NonceStore::kMostNonces);
  EXPECT_LE(store.bytes(), 64u << 20);
  EXPECT_EQ(store.remember(hotkey(7), kNow + 7, kNow), Verdict::replayed) << "not even now";
}

TEST(NonceStore, LetsOneOfManyThreadsIn) {
  NonceStore store(kWindow);
  std::atomic<int> fresh{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 5'000; ++i) {
          if (store.remember(hotkey(1), kNow + i, kNow) == Verdict::fresh) ++fresh;
        }
      });
    }
  }
  EXPECT_EQ(fresh.load(), 5'000);
}

}  // namespace
}  // namespace aml::bittensor
