#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "service/configuration.h"

namespace aml::service {

// This program, whatever was put in its file's place since it started.
inline constexpr const char* kThisProgram = "/proc/self/exe";

// A process of a program. It dies with the thread that made this object, and with the object.
class Child {
 public:
  enum class Errors { ours, piped };  // where its standard error goes

  // Standard output goes nowhere. `environment` ("NAME=value") is added to ours. Throws
  // Error{unavailable} where the system starts no process.
  Child(const std::filesystem::path& program, const std::vector<std::string>& arguments,
        const StageLimits& limits, Errors errors, const std::vector<std::string>& environment = {});
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Its exit code, 128 + the signal that ended it, or nothing while it runs.
  std::optional<int> exit_code();
  void signal(int number);
  // Asks it to end, and ends it by force where it has not after `patience`.
  void stop(std::chrono::milliseconds patience);
  const Descriptor& errors() const { return errors_; }

 private:
  pid_t process_ = -1;
  Descriptor errors_;
  std::optional<int> ended_;
};

struct StageEnd {
  int exit_code = 0;
  bool timed_out = false;
  std::string error;  // its last line of the level error
};

// A command that runs while its maker does other things.
class Stage {
 public:
  // Throws as Child.
  Stage(const std::filesystem::path& program, const std::vector<std::string>& arguments,
        const StageLimits& limits);
  ~Stage();
  Stage(Stage&&) = delete;
  Stage& operator=(Stage&&) = delete;

  // Shows the log that has come, after waiting for some at most `patience`; how it ended, once it
  // has. One whose time is over is stopped. To be called again and again, or its log stands still.
  std::optional<StageEnd> end_within(std::chrono::milliseconds patience);
  // Stops it.
  StageEnd stop();

 private:
  StageEnd finish(bool timed_out);

  class Log;
  Child child_;
  const StageLimits limits_;
  const std::chrono::steady_clock::time_point deadline_;
  std::unique_ptr<Log> log_;
};

// Runs a command to its end, and shows its log as it comes. `keep_on` is asked several times a
// second; once it says no, or the time is over, the process is stopped.
StageEnd run_stage(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                   const StageLimits& limits, const std::function<bool()>& keep_on);

}  // namespace aml::service
