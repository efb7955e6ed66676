#include "simulation/random.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

namespace aml::simulation {

Random::Random(std::uint64_t key) {
  for (std::uint64_t& word : state_) word = key = mix(key);
}

std::uint64_t Random::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint64_t Random::below(std::uint64_t count) {
  // The bias is below count / 2^53, far from visible for the counts used here.
  return std::min(static_cast<std::uint64_t>(uniform() * static_cast<double>(count)), count - 1);
}

int Random::between(int low, int high) {
  return low + static_cast<int>(below(static_cast<std::uint64_t>(high - low + 1)));
}

double Random::normal() {
  const double radius = std::sqrt(-2 * std::log(1 - uniform()));
  return radius * std::cos(2 * std::numbers::pi * uniform());
}

double Random::log_normal(double median, double sigma) {
  return median * std::exp(sigma * normal());
}

double Random::exponential(double mean) { return -mean * std::log(1 - uniform()); }

std::uint64_t Random::favourite(std::uint64_t count) {
  const double index = std::exp(uniform() * std::log(static_cast<double>(count) + 1)) - 1;
  return std::min(static_cast<std::uint64_t>(index), count - 1);
}

}  // namespace aml::simulation
