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
    case ErrorKind::out_of_memory:
      return 8;
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
    case EFBIG:
      kind = ErrorKind::no_space;
      advice = "; allow larger files (ulimit -f), or choose a disk that knows them";
      break;
    case EMFILE:
    case ENFILE:
      kind = ErrorKind::unavailable;
      advice = "; allow more open files (ulimit -n)";
      break;
    case EBUSY:
    case ETXTBSY:
    case EAGAIN:
    case EPIPE:
    case ESTALE:
      kind = ErrorKind::unavailable;
      break;
    case ENAMETOOLONG:
      kind = ErrorKind::usage;
      advice = "; choose a shorter one";
      break;
    case ENOENT:
    case ENOTDIR:
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
