#include "bittensor/nonce_store.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/error.h"

namespace aml::bittensor {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::size_t kFirstPlaces = 64;

// SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash, so that nobody can aim at collisions.
std::uint64_t siphash(const std::array<std::uint8_t, 16>& key, const std::uint64_t* words,
                      std::size_t count) {
  std::uint64_t k0 = 0;
  std::uint64_t k1 = 0;
  std::memcpy(&k0, key.data(), 8);
  std::memcpy(&k1, key.data() + 8, 8);
  std::uint64_t v0 = k0 ^ 0x736f6d6570736575;
  std::uint64_t v1 = k1 ^ 0x646f72616e646f6d;
  std::uint64_t v2 = k0 ^ 0x6c7967656e657261;
  std::uint64_t v3 = k1 ^ 0x7465646279746573;
  const auto round = [&] {
    v0 += v1, v1 = std::rotl(v1, 13) ^ v0, v0 = std::rotl(v0, 32);
    v2 += v3, v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3, v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1, v1 = std::rotl(v1, 17) ^ v2, v2 = std::rotl(v2, 32);
  };
  const auto absorb = [&](std::uint64_t word) {
    v3 ^= word;
    round(), round();
    v0 ^= word;
  };
  std::for_each(words, words + count, absorb);
  absorb(static_cast<std::uint64_t>(count * 8) << 56);
  v2 ^= 0xff;
  round(), round(), round(), round();
  return v0 ^ v1 ^ v2 ^ v3;
}

}  // namespace

NonceStore::NonceStore(std::int64_t window_ns, std::size_t most_nonces)
    : window_ns_(window_ns), most_nonces_(most_nonces) {
  if (RAND_bytes(key_.data(), static_cast<int>(key_.size())) != 1) {
    throw Error(ErrorKind::internal, "OpenSSL has no random numbers");
  }
}

std::uint64_t NonceStore::hash(const PublicKey& hotkey, std::int64_t nonce) const {
  std::array<std::uint64_t, 5> words{};
  std::memcpy(words.data(), hotkey.data(), hotkey.size());
  words[4] = static_cast<std::uint64_t>(nonce);
  return std::max<std::uint64_t>(1, siphash(key_, words.data(), words.size()));
}

NonceStore::Second& NonceStore::second_of(std::int64_t nonce) {
  const std::int64_t number = nonce / kSecond;
  for (Second& second : seconds_) {
    if (second.second == number) return second;
  }
  seconds_.push_back({number, 0, std::vector<std::uint64_t>(kFirstPlaces)});
  return seconds_.back();
}

bool NonceStore::insert(std::vector<std::uint64_t>& places, std::uint64_t hash) {
  for (std::size_t at = hash;; ++at) {
    std::uint64_t& place = places[at & (places.size() - 1)];
    if (place == hash) return false;
    if (place == 0) {
      place = hash;
      return true;
    }
  }
}

void NonceStore::grow(Second& second) {
  std::vector<std::uint64_t> larger(2 * second.places.size());
  for (const std::uint64_t hash : second.places) {
    if (hash != 0) insert(larger, hash);
  }
  second.places = std::move(larger);
}

NonceStore::Verdict NonceStore::remember(const PublicKey& hotkey, std::int64_t nonce,
                                         std::int64_t now) {
  const std::uint64_t pair = hash(hotkey, nonce);
  const std::lock_guard lock(mutex_);
  std::erase_if(seconds_, [&](const Second& second) {
    const bool past = (second.second + 1) * kSecond <= now - window_ns_;
    if (past) size_ -= second.count;
    return past;
  });
  Second& second = second_of(nonce);
  if (size_ >= most_nonces_) {
    // Still told apart, for the sender's sake; refused both ways.
    std::vector<std::uint64_t>& places = second.places;
    for (std::size_t at = pair;; ++at) {
      const std::uint64_t place = places[at & (places.size() - 1)];
      if (place == pair) return Verdict::replayed;
      if (place == 0) return Verdict::full;
    }
  }
  if (4 * (second.count + 1) > 3 * second.places.size()) grow(second);
  if (!insert(second.places, pair)) return Verdict::replayed;
  ++second.count;
  ++size_;
  return Verdict::fresh;
}

std::size_t NonceStore::size() const {
  const std::lock_guard lock(mutex_);
  return size_;
}

std::size_t NonceStore::bytes() const {
  const std::lock_guard lock(mutex_);
  std::size_t total = 0;
  for (const Second& second : seconds_) total += second.places.size() * sizeof(std::uint64_t);
  return total;
}

}  // namespace aml::bittensor
