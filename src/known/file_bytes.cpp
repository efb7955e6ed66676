#include "known/file_bytes.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "base/descriptor.h"
#include "base/error.h"

namespace aml::known {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kBlockBytes = 1 << 20;

}  // namespace

void require_bytes(const fs::path& file) {
  const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  const auto fail = [&] { throw system_error("cannot read " + file.string(), errno); };
  if (!opened.is_open()) {
    if (errno != ENOENT && errno != ENOTDIR) fail();
    return;
  }
  std::vector<char> block(kBlockBytes);
  for (;;) {
    const ssize_t count = ::read(opened.get(), block.data(), block.size());
    if (count == 0 || (count < 0 && errno == EISDIR)) return;
    if (count < 0 && errno != EINTR) fail();
  }
}

}  // namespace aml::known
