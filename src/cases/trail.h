#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cases/schema.h"

// The audit trail: all entries of a file of cases, one line of JSON each, that prove each other.
// {"chain": …} is the first line; then {"sequence","before","entry_sha256","hash","entry"}, where
// entry is the text that was hashed, or null where its time is over.
namespace aml::cases {

// Of a line of a trail.
inline constexpr std::size_t kMostLineBytes = 1 << 20;

// Gives the trail line by line, each with its end.
void export_trail(SqlDatabase& database, const std::function<void(std::string_view line)>& write);

struct TrailFindings {
  std::int64_t entries = 0;
  std::int64_t forgotten = 0;  // of which only the hashes are left
  std::string head;  // the last hash: who notes it can tell later that nothing was cut off
  // How many entries follow the hash that somebody noted; nothing where it stands nowhere.
  std::optional<std::int64_t> since_noted{};
};

// Looks whether every entry holds the hash of the one before it and has the content that was
// hashed; content that is gone may only stand before the last entry of every alert that has any, as
// where it went with its time. Of whom it was nobody can tell then: whether it is an earlier entry
// of an alert that is kept is not seen. Throws Error{bad_input} naming the first entry that does
// not, or where all content is gone.
TrailFindings verify_trail(const std::filesystem::path& file, const std::string& noted = "");
// The same of a file of cases, which `database` has open; also whether all that is said of each
// alert follows from its entries, and nothing is said of any without, which a second connection
// looks at meanwhile. To be asked within a transaction, where others write meanwhile.
TrailFindings verify_cases(SqlDatabase& database, const std::filesystem::path& file,
                           const std::string& noted = "");

}  // namespace aml::cases
