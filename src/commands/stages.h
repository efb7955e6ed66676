#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>

#include "base/log.h"
#include "base/threads.h"

namespace aml::commands {

// Runs the stages of a subcommand one after the other, notes the wall time of each, and stops
// between two of them where a signal asked for it.
class Stages {
 public:
  template <typename Stage>
  auto run(const std::string& name, Stage&& stage) {
    throw_if_stop_requested();
    const Timer timer(*this, name);
    return std::forward<Stage>(stage)();
  }

  // Milliseconds by stage, and since the object was made.
  const std::map<std::string, double>& latencies_ms() const { return latencies_ms_; }
  double total_ms() const { return since(start_); }

 private:
  using Clock = std::chrono::steady_clock;
  static double since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  }

  class Timer {
   public:
    Timer(Stages& stages, const std::string& name) : stages_(stages), name_(name) {}
    ~Timer() {
      const double elapsed_ms = since(start_);
      stages_.latencies_ms_[name_] = elapsed_ms;
      log::debug("stage done", {{"stage", name_}, {"ms", elapsed_ms}});
    }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

   private:
    Stages& stages_;
    const std::string& name_;
    Clock::time_point start_ = Clock::now();
  };

  Clock::time_point start_ = Clock::now();
  std::map<std::string, double> latencies_ms_;
};

}  // namespace aml::commands
