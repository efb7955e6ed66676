#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

// Since when the content of a file has been known: a line of text beside it, in {name}.known_since,
// such as 2025-11-03T04:05:06Z or 2025-11-03. `download` writes it for truths and labels; users may
// write it for files of their own.
namespace aml::sot {

inline constexpr std::uint64_t kMostKnownSinceBytes = 64;

std::filesystem::path known_since_path(const std::filesystem::path& file);

// Seconds since 1970; nothing where there is no such record. Throws Error{bad_input} naming it
// where it holds something else, or is longer than it can be.
std::optional<std::int64_t> read_known_since(const std::filesystem::path& file);

// Appears whole or not at all.
void write_known_since(const std::filesystem::path& file, std::int64_t second);

// Seconds since 1970 of "2025-11-03", its first, or of "2025-11-03T04:05:06Z" (or with a space in
// the middle, with a fraction of a second, without Z); nothing for other text.
std::optional<std::int64_t> parse_time(std::string_view text);

}  // namespace aml::sot
