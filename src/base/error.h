#pragma once

#include <stdexcept>
#include <string>

namespace aml {

// What went wrong, in the terms of whoever must act on it. Each kind has one exit code and one
// HTTP status; docs/exit-codes.md explains them to users.
enum class ErrorKind {
  usage,          // the command line or a setting is wrong: read the help
  bad_input,      // a file, row, column or model is damaged or of the wrong shape
  not_found,      // a snapshot, batch, object or file that was named does not exist
  unavailable,    // a server or network did not answer, even after retries
  denied,         // credentials are wrong, expired or not allowed
  no_space,       // the disk is full
  out_of_memory,  // the memory limit is used up: raise it
  interrupted,    // a signal asked the program to stop
  internal,       // a defect of this program
};

// The one exception type of the program. `what()` is one clear sentence for a person: which file,
// which column or key, and what to do about it. It never holds a secret.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
};

// 2 usage, 3 bad_input, 4 not_found, 5 unavailable, 6 denied, 7 no_space, 8 out_of_memory,
// 1 internal, 130 interrupted. 0 means done.
int exit_code(ErrorKind kind);

// An Error for a failed system call: `action` is what was tried ("cannot write /x/y"),
// `errno_value` decides the kind (disk, quota or file size full: no_space; no such file or folder:
// not_found; EACCES, EPERM, EROFS: denied; busy, or too many open files: unavailable; name too
// long: usage; otherwise bad_input).
Error system_error(const std::string& action, int errno_value);

}  // namespace aml
