#pragma once

#include <cstdint>
#include <initializer_list>

namespace aml::simulation {

// Mixes its input so that neighbouring inputs give unrelated outputs (SplitMix64's finalizer,
// Steele and others 2014).
constexpr std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// One number for a path of numbers, such as {seed, stream, index}.
constexpr std::uint64_t mix(std::initializer_list<std::uint64_t> path) {
  std::uint64_t result = 0;
  for (const std::uint64_t part : path) result = mix(result ^ part);
  return result;
}

// A uniform number in [0, 1) that belongs to `key`.
constexpr double unit_of(std::uint64_t key) { return static_cast<double>(key >> 11) * 0x1p-53; }

// A stream of random numbers: xoshiro256** (Blackman and Vigna 2018) with distributions written
// here, because those of std:: differ between libraries and the same seed must give the same bytes.
// Streams made from different paths are independent, so that work can be divided among threads
// without changing what comes out.
class Random {
 public:
  explicit Random(std::uint64_t key);
  explicit Random(std::initializer_list<std::uint64_t> path) : Random(mix(path)) {}

  std::uint64_t next();
  double uniform() { return unit_of(next()); }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  // REQUIRES: count > 0. Uniform in [0, count).
  std::uint64_t below(std::uint64_t count);
  // Uniform in [low, high], both included.
  int between(int low, int high);
  bool chance(double probability) { return uniform() < probability; }
  // Standard normal (Box and Muller).
  double normal();
  // Median `median`; `sigma` is the standard deviation of its logarithm.
  double log_normal(double median, double sigma);
  double exponential(double mean);
  // In [0, count): index i has weight proportional to 1 / (i + 1), approximately (its continuous
  // counterpart, rounded down). The habits of people: few favourites, a long tail.
  std::uint64_t favourite(std::uint64_t count);

 private:
  std::uint64_t state_[4];
};

}  // namespace aml::simulation
