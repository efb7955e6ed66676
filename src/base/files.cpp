#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "base/threads.h"

namespace aml {

namespace {

constexpr std::size_t kBlock = 1 << 20;
constexpr std::size_t kSmallBlock = 1 << 16;
constexpr int kPollMs = 100;

// The next bytes of the file, as many as fit; 0 at its end.
std::size_t read_some(const Descriptor& file, std::span<char> room,
                      const std::filesystem::path& path) {
  while (true) {
    const ssize_t got = ::read(file.get(), room.data(), room.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) throw system_error("cannot read " + path.string(), errno);
    throw_if_stop_requested();
  }
}

}  // namespace

Descriptor open_to_read(const std::filesystem::path& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) throw system_error("cannot read " + path.string(), errno);
  return file;
}

void read_blocks(const std::filesystem::path& path,
                 const std::function<void(std::string_view)>& use) {
  const Descriptor file = open_to_read(path);
  std::vector<char> buffer(kBlock);
  while (const std::size_t got = read_some(file, buffer, path)) use({buffer.data(), got});
}

std::string read_file(const std::filesystem::path& path, std::uint64_t most_bytes) {
  const Descriptor file = open_to_read(path);
  const auto check = [&](std::uint64_t size) {
    if (size <= most_bytes) return;
    throw Error(ErrorKind::bad_input,
                fmt::format("{} has more than {} bytes, which is too much for what it should be",
                            path.string(), most_bytes));
  };
  std::string bytes;
  struct stat status{};
  if (::fstat(file.get(), &status) == 0 && status.st_size > 0) {
    const auto size = static_cast<std::uint64_t>(status.st_size);
    check(size);  // before a byte of it is read
    bytes.reserve(size);
  }
  std::vector<char> buffer(kSmallBlock);
  while (const std::size_t got = read_some(file, buffer, path)) {
    check(bytes.size() + got);
    bytes.append(buffer.data(), got);
  }
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
