#include "base/file_system.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>

#include "base/error.h"
#include "base/hash.h"

namespace aml {

namespace fs = std::filesystem;

namespace {

constexpr int kMostLinks = 40;             // as the kernel
constexpr std::size_t kLongestName = 255;  // of Linux's own file systems
constexpr std::size_t kKeptOfLongName = 160;
constexpr std::size_t kHashDigits = 16;

// What lies at the path, or nothing where nothing does.
std::optional<struct stat> look_at(const fs::path& path, int flags) {
  struct stat status{};
  if (::fstatat(AT_FDCWD, path.c_str(), &status, flags) == 0) return status;
  if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
  throw system_error("cannot look at " + path.string(), errno);
}

void check(const std::error_code& error, const char* what, const fs::path& path) {
  if (error) throw system_error(fmt::format("cannot {} {}", what, path.string()), error.value());
}

std::vector<fs::path> list(const fs::path& folder, std::error_code& error) {
  std::vector<fs::path> paths;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    paths.push_back(entry->path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

fs::path real_path(const fs::path& path) {
  std::error_code error;
  fs::path real = fs::canonical(path, error);
  check(error, "look at", path);
  return real;
}

}  // namespace

bool path_exists(const fs::path& path) { return look_at(path, 0).has_value(); }

bool is_folder(const fs::path& path) {
  const auto status = look_at(path, 0);
  return status && S_ISDIR(status->st_mode);
}

bool is_reachable_folder(const fs::path& path) noexcept {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool is_link(const fs::path& path) {
  const auto status = look_at(path, AT_SYMLINK_NOFOLLOW);
  return status && S_ISLNK(status->st_mode);
}

bool is_mount_point(const fs::path& path) {
  struct statx status{};
  if (::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, STATX_TYPE, &status) != 0) return false;
  if ((status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0) {
    return (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
  }
  // Kernels before 5.8: what is mounted from the same file system is seen when it is renamed.
  const auto own = look_at(path, AT_SYMLINK_NOFOLLOW);
  const auto above = look_at(path.parent_path(), 0);
  return own && above && own->st_dev != above->st_dev;
}

std::vector<fs::path> list_folder(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> paths = list(folder, error);
  check(error, "list", folder);
  return paths;
}

std::vector<fs::path> list_folder_if_possible(const fs::path& folder) {
  std::error_code ignored;
  return list(folder, ignored);
}

void make_folders(const fs::path& folder) {
  if (folder.empty()) return;  // where a name without a folder lies
  std::error_code error;
  fs::create_directories(folder, error);
  check(error, "create", folder);
}

void rename_path(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) {
    throw system_error(fmt::format("cannot rename {} to {}", from.string(), to.string()),
                       error.value());
  }
}

void remove_tree(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error != std::errc::not_a_directory) check(error, "remove", path);
}

void remove_at_once(const fs::path& path) {
  const fs::path gone = hidden_sibling(path, kExpired);
  remove_tree(gone);
  rename_path(path, gone);
  remove_tree(gone);
}

std::vector<fs::path> half_removed(const fs::path& root) {
  std::vector<fs::path> paths = list_folder_if_possible(root);
  std::erase_if(paths, [](const fs::path& path) {
    const std::string name = path.filename().string();
    return !name.starts_with('.') || !name.ends_with(kExpired);
  });
  return paths;
}

void try_remove_tree(const fs::path& path) noexcept {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

fs::path rooted_path(const fs::path& path) {
  std::error_code error;
  fs::path whole = fs::absolute(path, error);
  check(error, "tell where the current folder lies, for", path);
  return whole;
}

fs::path absolute_path(const fs::path& path) {
  const fs::path whole = rooted_path(path);
  fs::path plain = whole.root_path();
  for (const fs::path& part : whole.relative_path()) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      plain /= part;
      continue;
    }
    std::error_code error;
    if (fs::is_symlink(plain, error)) {
      if (const fs::path target = fs::canonical(plain, error); !error) plain = target;
    }
    plain = plain.parent_path();  // the root's is the root
  }
  return plain;
}

fs::path follow_links(fs::path path) {
  for (int links = 0; is_link(path); ++links) {
    if (links == kMostLinks) throw system_error("cannot follow " + path.string(), ELOOP);
    std::error_code error;
    const fs::path next = fs::read_symlink(path, error);
    check(error, "follow", path);
    path = path.parent_path() / next;  // an absolute one replaces all
  }
  return path;
}

bool is_below(const fs::path& path, const fs::path& root) {
  const fs::path inner = real_path(path);
  const fs::path outer = real_path(root);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

fs::path hidden_sibling(const fs::path& path, std::string_view ending) {
  std::string name = path.filename().string();
  if (name.size() + ending.size() + 1 > kLongestName) {
    name = fmt::format("{}.{}", name.substr(0, kKeptOfLongName),
                       hash_text(HashKind::sha256, name).substr(0, kHashDigits));
  }
  return path.parent_path() / fmt::format(".{}{}", name, ending);
}

std::chrono::system_clock::time_point changed_at(const fs::path& path) {
  const auto status = look_at(path, 0);
  if (!status) throw system_error("cannot look at " + path.string(), ENOENT);
  return std::chrono::system_clock::from_time_t(status->st_mtim.tv_sec) +
         std::chrono::duration_cast<std::chrono::system_clock::duration>(
             std::chrono::nanoseconds(status->st_mtim.tv_nsec));
}

std::optional<std::uint64_t> free_bytes(const fs::path& folder) {
  std::error_code error;
  const fs::space_info space = fs::space(folder, error);
  if (error) return std::nullopt;
  return space.available;
}

fs::path program_folder() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

}  // namespace aml
