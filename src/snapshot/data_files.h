#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sot/snapshot.h"

// What a producer calls a Parquet file is a file, or a folder of part files, as Spark writes them.
namespace aml::snapshot {

// Whether a file or folder of that name is there.
bool is_there(const std::filesystem::path& path);

// The files that hold the rows: `path` itself, or those in the folder of that name, by name. Names
// that begin with "_" or "." are no data. Throws Error{not_found} where nothing is there,
// Error{bad_input} for a folder without part files or with a folder in it.
std::vector<std::filesystem::path> data_files(const std::filesystem::path& path);

// The size of the file, or of its part files together, in bytes. Throws as data_files().
std::uint64_t data_size(const std::filesystem::path& path);

// sha256 of the file; of a folder that of the lines "{sha256 hex}  {name}\n" of its part files. It
// is held against what META.json says: Error{bad_input} naming `path` where size, sha256 or md5
// differ. A folder's size is the sum of its part files', its md5 that of such lines with their
// md5.
std::string verified_sha256(const std::filesystem::path& path, const sot::FileCheck& stated);

// Device, inode, times and size of the file, or of each part file: another text for another
// content. Nothing where there is none. Never throws.
std::optional<std::string> identity_of(const std::filesystem::path& path) noexcept;

// Whether it is a Parquet file of no columns, as pandas and polars write a frame that never had
// any. DuckDB opens no such file. False for what is no Parquet file.
bool has_no_columns(const std::filesystem::path& file);

}  // namespace aml::snapshot
