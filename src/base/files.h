#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace aml {

// The whole file as bytes. Throws an Error that names the file where it is missing or unreadable.
std::string read_file(const std::filesystem::path& path);

// Replaces `path` by `bytes`: written aside in the same folder, synced, renamed. Readers see the
// old file or the new one, never a part. Throws where the disk refuses; the old file is then
// untouched.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

// Flushes a file's or a directory's data to the disk. Throws where the disk reports an error.
void sync_path(const std::filesystem::path& path);

// Flushes every regular file below `directory`, then its directories, innermost first.
void sync_tree(const std::filesystem::path& directory);

// Size in bytes, or nothing where there is no regular file.
std::optional<std::uint64_t> file_size_if_exists(const std::filesystem::path& path);

}  // namespace aml
