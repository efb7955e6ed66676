#pragma once

#include <cstdio>

namespace aml {

// While it lives, nothing that is written by stdio's `stderr` is seen: for a library that prints
// there what it also returns. The log writes to the descriptor itself, and goes on. REQUIRES: no
// other thread uses `stderr` meanwhile
class QuietStandardError {
 public:
  QuietStandardError();
  ~QuietStandardError();
  QuietStandardError(const QuietStandardError&) = delete;
  QuietStandardError& operator=(const QuietStandardError&) = delete;

 private:
  std::FILE* before_;
  std::FILE* nowhere_;  // null where it cannot be opened: then all is seen
};

}  // namespace aml
