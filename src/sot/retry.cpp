#include "sot/retry.h"

#include <algorithm>
#include <random>
#include <thread>

#include "base/threads.h"

namespace aml::sot {
namespace {

using std::chrono::milliseconds;

double upper_half() {
  thread_local std::mt19937 generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0.5, 1.0)(generator);
}

}  // namespace

bool Backoff::wait(std::optional<milliseconds> asked) {
  if (tried_ >= policy_.attempts) {
    return false;
  }
  const int doublings = std::min(tried_ - 1, 20);
  const auto doubled = std::min(
      policy_.first_delay * (1LL << doublings),
      std::chrono::duration_cast<decltype(policy_.first_delay * 1LL)>(policy_.longest_delay));
  auto delay =
      milliseconds(static_cast<std::int64_t>(static_cast<double>(doubled.count()) * upper_half()));
  if (asked) {
    delay = std::max(delay, std::min(*asked, policy_.longest_asked));
  }
  if (waited_ + delay > policy_.longest_in_all) {
    return false;
  }
  waited_ += delay;
  const auto end = std::chrono::steady_clock::now() + delay;
  while (std::chrono::steady_clock::now() < end) {
    throw_if_stop_requested();
    std::this_thread::sleep_for(std::min(milliseconds(50), delay));
  }
  ++tried_;
  return true;
}

}  // namespace aml::sot
