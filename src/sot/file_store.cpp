#include "sot/file_store.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/threads.h"

namespace aml::sot {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kBlock = 1 << 20;

}  // namespace

std::string FileStore::address(const std::string& key) const {
  return "file://" + (root_ / key).string();
}

std::optional<ObjectInfo> FileStore::stat(const std::string& key) {
  const fs::path path = root_ / key;
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) {
    if (errno != ENOENT && errno != ENOTDIR) {
      throw system_error("cannot look at " + path.string(), errno);
    }
    return std::nullopt;
  }
  if (!S_ISREG(found.st_mode)) {
    return std::nullopt;
  }
  return ObjectInfo{
      static_cast<std::uint64_t>(found.st_size),
      fmt::format("{:x}-{:x}.{:x}", found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec),
      /*etag_is_md5=*/false, found.st_mtim.tv_sec};
}

void FileStore::read(const std::string& key, std::uint64_t offset, std::uint64_t length,
                     const std::string& etag, const Sink& sink) {
  const auto found = stat(key);
  if (!found) {
    throw Error(ErrorKind::not_found, "there is no file " + address(key));
  }
  if (!etag.empty() && found->etag != etag) {
    throw Error(ErrorKind::unavailable,
                address(key) + " changed while it was read: run the command again");
  }
  const Descriptor file = open_to_read(root_ / key);
  std::string buffer(kBlock, '\0');
  while (length > 0) {
    throw_if_stop_requested();
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(length, buffer.size()));
    const ssize_t count = ::pread(file.get(), buffer.data(), wanted, static_cast<off_t>(offset));
    if (count < 0 && errno != EINTR) {
      throw system_error("cannot read " + address(key), errno);
    }
    if (count == 0) {
      throw Error(ErrorKind::unavailable,
                  fmt::format("{} ended {} bytes early: it was cut while it was read", address(key),
                              length));
    }
    if (count > 0) {
      sink(std::string_view(buffer).substr(0, static_cast<std::size_t>(count)));
      offset += static_cast<std::uint64_t>(count);
      length -= static_cast<std::uint64_t>(count);
    }
  }
}

void FileStore::put_file(const std::string& key, const fs::path& file, const Sent& sent) {
  const fs::path target = root_ / key;
  make_folders(target.parent_path());
  OutputFile copy(target);
  read_blocks(file, [&](std::string_view block) {
    throw_if_stop_requested();
    copy.write(block);
    sent(block.size());
  });
  copy.publish();
}

void FileStore::put(const std::string& key, std::string_view bytes) {
  make_folders((root_ / key).parent_path());
  write_file_atomically(root_ / key, bytes);
}

std::vector<std::string> FileStore::folders(const std::string& key) {
  if (!is_folder(root_)) {
    throw Error(ErrorKind::not_found,
                fmt::format("there is no folder {}: check --sot", root_.string()));
  }
  std::vector<std::string> names;
  for (const fs::path& path : list_folder_if_possible(root_ / key)) {
    if (is_reachable_folder(path)) {
      names.push_back(path.filename().string());
    }
  }
  return names;
}

}  // namespace aml::sot
