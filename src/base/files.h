#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "base/output_file.h"

// What files hold. Errors name the file.
namespace aml {

// The file, opened to be read.
Descriptor open_to_read(const std::filesystem::path& path);

// Hands the file to `use`, block by block.
void read_blocks(const std::filesystem::path& path,
                 const std::function<void(std::string_view block)>& use);

// What is read whole has a bound: this one where the caller states no other.
inline constexpr std::uint64_t kMostReadWhole = 64 << 20;

// The whole file as bytes. Throws Error{not_found} where it is missing, and Error{bad_input} where
// it has more than `most_bytes`.
std::string read_file(const std::filesystem::path& path, std::uint64_t most_bytes = kMostReadWhole);

// Writes all bytes; `path` is for the message where that fails.
void write_all(const Descriptor& file, std::string_view bytes, const std::filesystem::path& path);

// Replaces what `path` names by `bytes`, as OutputFile does: readers see the old file or the new
// one, never a part.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes,
                           OutputOptions options = {});
// Likewise by what `from` holds.
void copy_file_atomically(const std::filesystem::path& from, const std::filesystem::path& to);
// Gives a file a second name, without copying where the file system can. REQUIRES: nothing is there
// yet.
void link_or_copy(const std::filesystem::path& from, const std::filesystem::path& to);

// Writes the answer of a command to standard output. Throws where it cannot take all of it: disk
// full, or nobody who reads.
void print(std::string_view text);

// Flushes a file's or a directory's data to the disk. Throws where the disk reports an error.
void sync_path(const std::filesystem::path& path);

// Flushes every regular file below `directory`, then its directories, innermost first.
void sync_tree(const std::filesystem::path& directory);

// Size in bytes, or nothing where there is no regular file.
std::optional<std::uint64_t> file_size_if_exists(const std::filesystem::path& path);

}  // namespace aml
