#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "bittensor/ss58.h"

namespace aml::bittensor {

// Remembers which (hotkey, nonce) were accepted, for as long as freshness alone would let them in
// again. Nonces are times in nanoseconds; each second of them has a set of its own, which is
// dropped as a whole. Of a pair, 64 bits of a keyed hash are kept: two pairs in ten million collide
// with a chance of 3e-6, and then the later one is refused. May be called from any thread.
class NonceStore {
 public:
  // As many as sixteen processors can verify while a nonce is fresh; 64 MB.
  static constexpr std::size_t kMostNonces = 1u << 22;

  // `window_ns`: nonces older than now − window_ns are forgotten, because freshness refuses them.
  explicit NonceStore(std::int64_t window_ns, std::size_t most_nonces = kMostNonces);

  enum class Verdict { fresh, replayed, full };
  // Remembers the pair where it is new. `full`: no room, and so it must be refused.
  // REQUIRES: now − window_ns <= nonce
  Verdict remember(const PublicKey& hotkey, std::int64_t nonce, std::int64_t now);

  std::size_t size() const;
  // What the sets occupy.
  std::size_t bytes() const;

 private:
  // An open-addressing set of hashes; 0 marks a free place.
  struct Second {
    std::int64_t second = 0;
    std::size_t count = 0;
    std::vector<std::uint64_t> places;
  };
  std::uint64_t hash(const PublicKey& hotkey, std::int64_t nonce) const;
  Second& second_of(std::int64_t nonce);
  static void grow(Second& second);
  static bool insert(std::vector<std::uint64_t>& places, std::uint64_t hash);

  const std::int64_t window_ns_;
  const std::size_t most_nonces_;
  std::array<std::uint8_t, 16> key_{};
  mutable std::mutex mutex_;
  std::vector<Second> seconds_;  // few: as many as the window has seconds
  std::size_t size_ = 0;
};

}  // namespace aml::bittensor
