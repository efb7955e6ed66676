#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace aml::miner {

// The days that the API has, for whoever asks: strangers too, who must make neither the API nor
// anyone else wait. A thread of its own asks, at most every few seconds and only where someone
// wants to know; meanwhile what was known before is given. May be called from any thread.
class DateList {
 public:
  struct Known {
    std::vector<std::string> dates{};  // newest first; those known last, where the API fails
    std::string failure{};             // of the API, the last time; empty where it answered
  };
  // `ask` asks the API and throws Error where it does not answer; it looks at stop_requested(). It
  // is called at once; waits for it for a moment, so that the first answer knows something. Throws
  // no_thread().
  explicit DateList(std::function<std::vector<std::string>()> ask);
  // Interrupts a question that is under way.
  ~DateList();
  DateList(const DateList&) = delete;
  DateList& operator=(const DateList&) = delete;

  // Never waits.
  Known known();

  // How old the answer may be that is given without asking again.
  static constexpr std::chrono::seconds kFreshness{5};
  // Known::failure before the API was asked.
  static constexpr const char* kNotAsked = "the API has not answered yet";

 private:
  using Clock = std::chrono::steady_clock;
  void run(const std::stop_token& stop);
  void ask_once(const std::stop_token& stop);

  const std::function<std::vector<std::string>()> ask_;
  std::mutex mutex_;  // guards what is below
  std::condition_variable_any changed_;
  Known known_{.dates = {}, .failure = kNotAsked};
  std::optional<Clock::time_point> asked_;  // the last time that it ended
  bool is_wanted_ = true;
  std::jthread thread_;
};

}  // namespace aml::miner
