#include "base/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <utility>

#include "base/error.h"

namespace aml {

std::optional<FileLock> FileLock::try_acquire(const std::filesystem::path& path) {
  constexpr mode_t kMode = 0644;
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kMode));
  if (!file.is_open()) throw system_error("cannot open lock file " + path.string(), errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return FileLock(std::move(file));
  if (errno == EWOULDBLOCK) return std::nullopt;
  throw system_error("cannot lock " + path.string(), errno);
}

}  // namespace aml
