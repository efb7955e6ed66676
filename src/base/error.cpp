#include "base/error.h"

#include <cerrno>
#include <cstring>

namespace aml {

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return 2;
    case ErrorKind::bad_input:
      return 3;
    case ErrorKind::not_found:
      return 4;
    case ErrorKind::unavailable:
      return 5;
    case ErrorKind::denied:
      return 6;
    case ErrorKind::no_space:
      return 7;
    case ErrorKind::interrupted:
      return 130;
    case ErrorKind::internal:
      return 1;
  }
  return 1;
}

Error system_error(const std::string& action, int errno_value) {
  ErrorKind kind = ErrorKind::bad_input;
  std::string advice;
  switch (errno_value) {
    case ENOSPC:
    case EDQUOT:
      kind = ErrorKind::no_space;
      advice = "; free some space and run the same command again";
      break;
    case ENOENT:
      kind = ErrorKind::not_found;
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      kind = ErrorKind::denied;
      break;
    default:
      break;
  }
  return {kind, action + ": " + std::strerror(errno_value) + advice};
}

}  // namespace aml
