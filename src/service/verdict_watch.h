#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "service/webhooks.h"

// What validators say of our hotkey, as far as anyone can know: their pages tell it to everyone
// (docs/validating.md).
namespace aml::service {

// A day's verdict that pays nothing.
struct ZeroVerdict {
  std::string processing_date;
  std::string stage;  // "day", or "truth"
};

// Of the newest day in a validator's /miners/{hotkey}/history, where that is one. Throws
// Error{bad_input} for what is no such answer.
std::optional<ZeroVerdict> newest_zero(std::string_view history);

// Whom to ask.
struct VerdictRules {
  std::vector<std::string> validators{};  // addresses of their pages; none: nothing is asked
  std::string network{};                  // for who is told
  bool operator==(const VerdictRules&) const = default;
};

// Asks once an hour, on a thread of its own, and tells of each zero once. A validator that does not
// answer, or does not know us, is a line in the log, once.
class VerdictWatch {
 public:
  explicit VerdictWatch(std::function<void(const DayEvent&)> tell) : tell_(std::move(tell)) {}
  ~VerdictWatch();
  VerdictWatch(const VerdictWatch&) = delete;
  VerdictWatch& operator=(const VerdictWatch&) = delete;

  // Who we are stands in our miner's /v1/info. `miner_url` is asked by the thread, each time: a
  // miner that was started again may listen elsewhere.
  void configure(const VerdictRules& rules, std::function<std::string()> miner_url = {});

 private:
  void keep_asking(const std::stop_token& stop);
  bool ask_all(const VerdictRules& rules, const std::function<std::string()>& miner_url);
  void ask(const VerdictRules& rules, const std::string& validator, const std::string& hotkey);

  const std::function<void(const DayEvent&)> tell_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  VerdictRules rules_;
  std::function<std::string()> miner_url_;
  bool is_new_ = false;
  std::set<std::string> told_;  // only the thread asks
  std::set<std::string> said_;  // likewise
  std::jthread thread_;         // once there is somebody to ask
};

}  // namespace aml::service
