#pragma once

#include <string>
#include <string_view>

namespace aml::snapshot {

// The text by which addresses of different writers are compared: hexadecimal ones (0x and 40
// digits) in small letters, since capitals in them are a checksum that not everybody writes; others
// as they are.
std::string comparable(std::string_view address);
// The same as SQL.
std::string comparable_sql(const std::string& expression);

}  // namespace aml::snapshot
