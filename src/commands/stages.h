#pragma once

#include <sys/resource.h>

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

  // Processor time of all threads, and the most memory held so far.
  struct Usage {
    double cpu_ms = 0;
    double peak_mb = 0;
  };
  static Usage usage() {
    rusage now{};
    getrusage(RUSAGE_SELF, &now);
    const auto ms = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
    };
    return {ms(now.ru_utime) + ms(now.ru_stime), static_cast<double>(now.ru_maxrss) / 1024};
  }

  class Timer {
   public:
    Timer(Stages& stages, const std::string& name) : stages_(stages), name_(name) {}
    ~Timer() {
      const double elapsed_ms = since(start_);
      stages_.latencies_ms_[name_] = elapsed_ms;
      const Usage after = usage();
      log::debug("stage done", {{"stage", name_},
                                {"wall_ms", elapsed_ms},
                                {"cpu_ms", after.cpu_ms - before_.cpu_ms},
                                {"peak_mb", after.peak_mb}});
    }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

   private:
    Stages& stages_;
    const std::string& name_;
    Usage before_ = usage();
    Clock::time_point start_ = Clock::now();
  };

  Clock::time_point start_ = Clock::now();
  std::map<std::string, double> latencies_ms_;
};

}  // namespace aml::commands
