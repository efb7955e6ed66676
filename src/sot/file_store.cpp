#include "sot/file_store.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "base/threads.h"

namespace aml::sot {

namespace fs = std::filesystem;

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
      fmt::format("{:x}-{:x}.{:x}", found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec)};
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
  std::ifstream file(root_ / key, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  std::string buffer(1 << 20, '\0');
  while (length > 0 && file) {
    throw_if_stop_requested();
    file.read(buffer.data(),
              static_cast<std::streamsize>(std::min<std::uint64_t>(length, buffer.size())));
    const auto count = static_cast<std::size_t>(file.gcount());
    sink(std::string_view(buffer).substr(0, count));
    length -= count;
  }
  if (length > 0) {
    throw Error(ErrorKind::unavailable,
                fmt::format("{} ended {} bytes early: it cannot be read, or was cut while it was "
                            "read",
                            address(key), length));
  }
}

namespace {

void make_folder_of(const fs::path& file) {
  std::error_code failed;
  fs::create_directories(file.parent_path(), failed);
  if (failed) {
    throw system_error("cannot make " + file.parent_path().string(), failed.value());
  }
}

}  // namespace

void FileStore::put_file(const std::string& key, const fs::path& file, const Sent& sent) {
  const fs::path target = root_ / key;
  const fs::path aside = target.parent_path() / ("." + target.filename().string() + ".new");
  make_folder_of(target);
  std::error_code failed;
  fs::copy_file(file, aside, fs::copy_options::overwrite_existing, failed);
  if (failed) {
    std::error_code ignored;
    fs::remove(aside, ignored);
    throw system_error("cannot write " + target.string(), failed.value());
  }
  sync_path(aside);
  fs::rename(aside, target);
  sync_path(target.parent_path());
  sent(fs::file_size(target));
}

void FileStore::put(const std::string& key, std::string_view bytes) {
  make_folder_of(root_ / key);
  write_file_atomically(root_ / key, bytes);
}

std::vector<std::string> FileStore::folders(const std::string& key) {
  if (!fs::is_directory(root_)) {
    throw Error(ErrorKind::not_found,
                fmt::format("there is no folder {}: check --sot", root_.string()));
  }
  std::vector<std::string> names;
  std::error_code failed;
  for (fs::directory_iterator entry(root_ / key, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    if (entry->is_directory()) {
      names.push_back(entry->path().filename().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace aml::sot
