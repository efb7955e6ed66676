#pragma once

#include <cstdint>
#include <random>

namespace aml::simulated {

// Numbers from a seed, the same with every standard library: its distributions differ, its engine
// does not.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  // From 0 to below `end`, which is above 0.
  std::uint64_t below(std::uint64_t end) { return engine_() % end; }
  // True so many times in a thousand.
  bool chance(int permille) { return below(1000) < static_cast<std::uint64_t>(permille); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace aml::simulated
