#pragma once

#include "base/error.h"

namespace aml::commands {

// The work is done and kept, but the chain has not taken the weights: exit code 9. No kind of
// Error, because it is a command's end and nothing that a stage may meet.
class Unsettled : public Error {
 public:
  explicit Unsettled(const std::string& message) : Error(ErrorKind::unavailable, message) {}
  static constexpr int kExitCode = 9;
};

}  // namespace aml::commands
