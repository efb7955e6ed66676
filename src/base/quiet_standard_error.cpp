#include "base/quiet_standard_error.h"

namespace aml {

// An ordinary variable in the GNU C library, which may be set like any other.
QuietStandardError::QuietStandardError()
    : before_(stderr), nowhere_(std::fopen("/dev/null", "we")) {
  if (nowhere_ != nullptr) stderr = nowhere_;
}

QuietStandardError::~QuietStandardError() {
  stderr = before_;
  if (nowhere_ != nullptr) std::fclose(nowhere_);
}

}  // namespace aml
