#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/database.h"

// Files that say who addresses are, one reader for each format. Nothing is fetched.
namespace aml::known {

// What a file says of one address, in its own words.
struct RawLabel {
  std::string address{};
  std::string network{};  // empty: it does not say
  std::string label{};
  std::string category{};
  std::string risk_level{};
  std::string source{};
  // When it became known, in seconds since 1970; nothing: with the file.
  std::optional<std::int64_t> known_second{};
  // What the file says is no earlier than when the file itself became known.
  bool is_no_earlier_than_file = false;
};

using TakeLabel = std::function<void(RawLabel&& label)>;

// Files are read whole, or are refused. yaml-cpp makes some twenty times as much of a TagPack.
inline constexpr std::uint64_t kMostCsvBytes = 256 << 20;
inline constexpr std::uint64_t kMostTagPackBytes = 32 << 20;
inline constexpr std::uint64_t kMostSdnBytes = 256 << 20;  // OFAC's larger file has some 120 MB
inline constexpr std::uint64_t kMostListBytes = 64 << 20;
// Bytes of an address, and of each of the other words.
inline constexpr std::size_t kLongestWord = 1024;

// Without the blanks around it: spaces, tabs, line ends, and those that do not show (no-break and
// zero-width spaces, byte order marks), as spreadsheets and web pages leave them.
std::string trimmed(std::string_view text);

// Reads a file by its ending, every value trimmed:
//   .parquet       address labels of the SOT (or a folder of part files)
//   .csv           address, label, category, risk_level, source, known_since; in any order, all but
//                  address may be missing
//   .yaml, .yml    a GraphSense TagPack, or several documents of one
//   .xml           OFAC's list of sanctioned persons, sdn.xml or sdn_advanced.xml: its digital
//                  currency addresses
//   .txt           sanctioned addresses, one a line; # begins a comment
// The session is for Parquet, of which a file may have `max_rows`. Throws Error{not_found},
// Error{usage} for another ending, and Error{bad_input} naming file, line and column where it is
// not what its ending says, or longer than it may be.
void read_labels(const std::filesystem::path& file, Connection& connection, std::int64_t max_rows,
                 const TakeLabel& take);

// The readers that read_labels() chooses from.
void read_label_parquet(const std::filesystem::path& file, Connection& connection,
                        std::int64_t max_rows, const TakeLabel& take);
void read_label_csv(const std::filesystem::path& file, const TakeLabel& take);
void read_tagpack(const std::filesystem::path& file, const TakeLabel& take);
void read_sdn(const std::filesystem::path& file, const TakeLabel& take);
void read_sanctioned_list(const std::filesystem::path& file, const TakeLabel& take);

}  // namespace aml::known
