#pragma once

#include <chrono>
#include <optional>

namespace aml::sot {

// How often and how patiently a request is tried again.
struct RetryPolicy {
  int attempts = 6;  // in all; 1 means no second try
  std::chrono::milliseconds first_delay{200};
  std::chrono::milliseconds longest_delay{10000};
  std::chrono::milliseconds longest_asked{60000};    // what a server may ask for
  std::chrono::milliseconds longest_in_all{600000};  // pauses together, from progress to progress
};

// Waits between tries: the delay doubles from try to try and is drawn from its upper half, so that
// many clients do not come back together ("equal jitter",
// https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
class Backoff {
 public:
  explicit Backoff(const RetryPolicy& policy) : policy_(policy) {}

  // Sleeps before the next try; at least `asked`, where a server asked for so long, but not above
  // what the policy allows it. False, at once, where no try is left, or the pauses would be longer
  // than the policy allows in all. Throws Error{interrupted} where a stop is requested.
  bool wait(std::optional<std::chrono::milliseconds> asked = std::nullopt);

  // Starts counting anew, because there was progress.
  void reset() {
    tried_ = 1;
    waited_ = {};
  }

  int tried() const { return tried_; }

 private:
  RetryPolicy policy_;
  int tried_ = 1;
  std::chrono::milliseconds waited_{};
};

}  // namespace aml::sot
