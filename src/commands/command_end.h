#pragma once

#include <string>

#include "base/error.h"

namespace aml::commands {

// Ends that have an exit code of their own: the work is done, and what came of it is not as wished.
enum class EndCode {
  unsettled = 9,  // the chain has not taken the weights
  // A validator would give a batch no points; `doctor` found what fails; a challenger is worse
  refused = 10,
  // It would take points of a batch, or not pay for it; something is wanting; a challenger cannot
  // be told from the champion; of a day with unreadable alerts nothing can be kept
  wanting = 11,
};

// No kind of Error, because it is a command's end and nothing that a stage may meet.
class CommandEnd : public Error {
 public:
  CommandEnd(EndCode code, const std::string& message)
      : Error(ErrorKind::unavailable, message), code_(code) {}
  int exit_code() const { return static_cast<int>(code_); }

 private:
  EndCode code_;
};

}  // namespace aml::commands
