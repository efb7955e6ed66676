#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/files.h"

// What is asked of files that people name and write.
namespace aml {

// The whole of a text that people write, without the mark that some editors put before UTF-8.
// Throws as read_file(), and Error{bad_input} for text in UTF-16 and for what is no text.
std::string read_text(const std::filesystem::path& path, std::uint64_t most_bytes = kMostReadWhole);
std::string_view without_byte_order_mark(std::string_view text);

// For libraries that open a file by its name, and would wait for a pipe's writer: throws
// Error{not_found} where nothing is there, Error{usage} where it is no regular file.
void require_regular_file(const std::filesystem::path& path);

}  // namespace aml
