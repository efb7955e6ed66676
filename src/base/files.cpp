#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "base/threads.h"

namespace aml {

namespace {

constexpr std::size_t kBlock = 1 << 20;
constexpr std::size_t kSmallBlock = 1 << 16;
constexpr int kPollMs = 100;

// A shell starts both ends of a pipe at once; the other one may need a moment.
constexpr std::chrono::seconds kWriterPatience{3};
// A writer may first have to fetch what it writes.
constexpr std::chrono::seconds kSilencePatience{60};

// Waits for more of what a pipe gives.
class Patience {
 public:
  Patience(const Descriptor& file, const std::filesystem::path& path) : file_(file), path_(path) {}

  void heard() { begin_ = std::chrono::steady_clock::now(); }
  // Whether nobody has had the pipe's other end yet, behind a read that found its end.
  bool awaits_writer() const {
    struct stat status{};
    if (::fstat(file_.get(), &status) != 0 || !S_ISFIFO(status.st_mode)) return false;
    pollfd end{file_.get(), POLLIN, 0};
    ::poll(&end, 1, 0);
    return (end.revents & POLLHUP) == 0;
  }
  void wait(std::chrono::seconds most, const char* why) const {
    throw_if_stop_requested();
    if (std::chrono::steady_clock::now() - begin_ > most) {
      throw Error(ErrorKind::usage, path_.string() + why);
    }
    pollfd waiting{file_.get(), POLLIN, 0};
    ::poll(&waiting, 1, kPollMs);
  }

 private:
  const Descriptor& file_;
  const std::filesystem::path& path_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace

Descriptor open_to_read(const std::filesystem::path& path) {
  // Without O_NONBLOCK a pipe would be opened once there is a writer, however long that takes.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.is_open()) throw system_error("cannot read " + path.string(), errno);
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) throw system_error("cannot read " + path.string(), errno);
  if (S_ISDIR(status.st_mode)) throw system_error("cannot read " + path.string(), EISDIR);
  if (S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode)) return file;
  if (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3)) return file;  // /dev/null
  throw Error(ErrorKind::usage,
              path.string() + " is a device, which need not end: name a file or a pipe");
}

namespace {

void read_all(const std::filesystem::path& path, std::size_t block_bytes,
              const std::function<void(std::string_view)>& use) {
  const Descriptor file = open_to_read(path);
  std::vector<char> buffer(block_bytes);
  Patience patience(file, path);
  for (bool has_writer = false;;) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got > 0) {
      use({buffer.data(), static_cast<std::size_t>(got)});
      has_writer = true;
      patience.heard();
    } else if (got == 0) {
      if (has_writer || !patience.awaits_writer()) return;
      patience.wait(kWriterPatience, " is a pipe that nobody writes: start its writer first");
    } else if (errno == EAGAIN) {
      has_writer = true;
      patience.wait(kSilencePatience, " is a pipe whose writer says nothing");
    } else if (errno == EINTR) {
      throw_if_stop_requested();
    } else {
      throw system_error("cannot read " + path.string(), errno);
    }
  }
}

}  // namespace

void read_blocks(const std::filesystem::path& path,
                 const std::function<void(std::string_view)>& use) {
  read_all(path, kBlock, use);
}

std::string read_file(const std::filesystem::path& path, std::uint64_t most_bytes) {
  const auto check = [&](std::uint64_t size) {
    if (size <= most_bytes) return;
    throw Error(ErrorKind::bad_input,
                fmt::format("{} has more than {} bytes, which is too much for what it should be",
                            path.string(), most_bytes));
  };
  std::string bytes;
  if (const auto size = file_size_if_exists(path)) {
    check(*size);  // before a byte of it is read
    bytes.reserve(*size);
  }
  read_all(path, kSmallBlock, [&](std::string_view block) {
    check(bytes.size() + block.size());
    bytes.append(block);
  });
  return bytes;
}

void write_all(const Descriptor& file, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EINTR || errno == EAGAIN) {
      throw_if_stop_requested();  // a pipe may be full for ever
      pollfd waiting{file.get(), POLLOUT, 0};
      if (errno == EAGAIN) ::poll(&waiting, 1, kPollMs);
    } else {
      throw system_error("cannot write " + path.string(), errno);
    }
  }
}

void write_file_atomically(const std::filesystem::path& path, std::string_view bytes,
                           OutputOptions options) {
  OutputFile file(path, options);
  file.write(bytes);
  file.publish();
}

void copy_file_atomically(const std::filesystem::path& from, const std::filesystem::path& to) {
  OutputFile file(to);
  read_blocks(from, [&](std::string_view block) { file.write(block); });
  file.publish();
}

void link_or_copy(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), AT_SYMLINK_FOLLOW) != 0) {
    copy_file_atomically(from, to);
  }
}

void print(std::string_view text) {
  const Descriptor output(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0));
  if (!output.is_open()) throw system_error("cannot write standard output", errno);
  write_all(output, text, "standard output");
}

void sync_path(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const bool is_synced = file.is_open() && ::fsync(file.get()) == 0;
  // Some network file systems know no such thing for folders.
  if (!is_synced && errno != EINVAL) {
    throw system_error("cannot make " + path.string() + " durable", errno);
  }
}

void sync_tree(const std::filesystem::path& directory) {
  for (const std::filesystem::path& path : list_folder(directory)) {
    if (is_link(path)) continue;
    if (is_folder(path)) {
      sync_tree(path);
    } else if (file_size_if_exists(path)) {
      sync_path(path);
    }
  }
  sync_path(directory);
}

std::optional<std::uint64_t> file_size_if_exists(const std::filesystem::path& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace aml
