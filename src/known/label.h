#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "flows/known.h"

namespace aml::known {

// A row of known_addresses.
struct Label {
  std::string address;  // snapshot::comparable()
  std::string label;
  std::optional<flows::KnownCategory> category;  // nothing: neither good nor bad
  std::string risk_level;
  std::string source;             // in the file's words; where it says none, the file's name
  std::int64_t known_second = 0;  // since 1970
};

// Since when a file is known.
struct FileTime {
  std::int64_t second = 0;
  bool is_said = true;  // false: kUnsaidDays after the date in its name
};

// By its .known_since, else by the last date in its name. Throws Error{bad_input} where it has
// neither.
FileTime time_of(const std::filesystem::path& file);

// Each address and category once for what is the same of them, known since the earliest; sorted.
void keep_first(std::vector<Label>& labels);

}  // namespace aml::known
