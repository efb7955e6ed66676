#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
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

// Runs a command to its end, and shows its log as it comes. `keep_on` is asked several times a
// second; once it says no, or the time is over, the process is stopped.
StageEnd run_stage(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                   const StageLimits& limits, const std::function<bool()>& keep_on);

}  // namespace aml::service
