#include "snapshot/data_files.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/text_file.h"

namespace aml::snapshot {

namespace fs = std::filesystem;

namespace {

void check(const fs::path& path, const char* what, const std::string& stated,
           const std::string& found) {
  if (stated == found) return;
  throw Error(ErrorKind::bad_input,
              fmt::format("{} is damaged or changed: its {} is {}, but META.json says {}; download "
                          "the snapshot again, or remove META.json where the change is yours",
                          path.string(), what, found, stated));
}

// The checksums of a file or a folder; md5 only where `with_md5`, because it costs three times as
// much.
FileHashes hash_data(const fs::path& path, bool with_md5) {
  const auto hash = [&](const fs::path& file) {
    if (with_md5) return hash_file_both(file);
    FileHashes hashes;
    hashes.sha256 = hash_file(HashKind::sha256, file);
    return hashes;
  };
  if (!is_folder(path)) return hash(path);
  FileHashes lines;
  for (const fs::path& part : data_files(path)) {
    const FileHashes hashes = hash(part);
    lines.sha256 += fmt::format("{}  {}\n", hashes.sha256, part.filename().string());
    lines.md5 += fmt::format("{}  {}\n", hashes.md5, part.filename().string());
  }
  return {.md5 = hash_text(HashKind::md5, lines.md5),
          .sha256 = hash_text(HashKind::sha256, lines.sha256)};
}

// What one name tells of the file behind it, appended to `identity`; false where there is no such
// file.
bool add_identity(const fs::path& path, std::string& identity) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  fmt::format_to(std::back_inserter(identity), "{:x}.{:x}.{:x}.{:x}.{:x}.{:x}.{:x} ", status.st_dev,
                 status.st_ino, status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
                 status.st_ctim.tv_sec, status.st_ctim.tv_nsec, status.st_size);
  return true;
}

}  // namespace

bool is_there(const fs::path& path) { return file_size_if_exists(path) || is_folder(path); }

std::vector<fs::path> data_files(const fs::path& path) {
  if (!is_folder(path)) {
    require_regular_file(path);
    return {path};
  }
  std::vector<fs::path> files;
  for (const fs::path& entry : list_folder(path)) {
    const std::string name = entry.filename().string();
    if (name.starts_with('_') || name.starts_with('.')) continue;
    if (is_folder(entry)) {
      throw Error(ErrorKind::bad_input,
                  fmt::format("{} holds the folder {}: part files must lie in it side by side; "
                              "write them without partitions",
                              path.string(), name));
    }
    require_regular_file(entry);
    files.push_back(entry);
  }
  if (files.empty()) {
    throw Error(ErrorKind::bad_input,
                path.string() + " is a folder without part files: export it again");
  }
  return files;
}

std::uint64_t data_size(const fs::path& path) {
  std::uint64_t size = 0;
  for (const fs::path& file : data_files(path)) size += file_size_if_exists(file).value_or(0);
  return size;
}

std::string verified_sha256(const fs::path& path, const sot::FileCheck& stated) {
  if (stated.size) {
    check(path, "size", std::to_string(*stated.size), std::to_string(data_size(path)));
  }
  // The strongest checksum that META.json has is enough.
  const bool needs_md5 = stated.md5 && !stated.sha256;
  const FileHashes found = hash_data(path, needs_md5);
  if (needs_md5) check(path, "md5", *stated.md5, found.md5);
  if (stated.sha256) check(path, "sha256", *stated.sha256, found.sha256);
  return found.sha256;
}

std::optional<std::string> identity_of(const fs::path& path) noexcept {
  std::string identity;
  if (add_identity(path, identity)) return identity;
  try {
    for (const fs::path& file : data_files(path)) {
      if (!add_identity(file, identity)) return std::nullopt;
    }
    return identity;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

bool has_no_columns(const fs::path& file) {
  constexpr std::uint64_t kLargest = 1 << 16;  // what pandas adds about a frame is a few hundred
  const auto size = file_size_if_exists(file);
  if (!size || *size < 12 || *size > kLargest) return false;
  const std::string bytes = read_file(file, kLargest);
  if (bytes.size() < 12 || !bytes.ends_with("PAR1")) return false;
  std::uint32_t length = 0;  // of the footer, which stands before this number and PAR1
  for (std::size_t i = 0; i < 4; ++i) {
    length |= std::uint32_t{static_cast<unsigned char>(bytes[bytes.size() - 8 + i])} << (8 * i);
  }
  if (length > bytes.size() - 8) return false;
  // In Thrift's compact protocol: field 1, an integer (the version), and field 2, a list of
  // structures (the schema), which has one where there is the root alone.
  const std::string_view footer = std::string_view(bytes).substr(bytes.size() - 8 - length, length);
  std::size_t at = 1;
  while (at < footer.size() && (static_cast<unsigned char>(footer[at]) & 0x80) != 0) ++at;
  return footer.starts_with('\x15') &&
         footer.substr(std::min(at + 1, footer.size())).starts_with("\x19\x1c");
}

}  // namespace aml::snapshot
