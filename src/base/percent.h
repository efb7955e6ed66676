#pragma once

#include <string>
#include <string_view>

namespace aml {

// RFC 3986 percent-encoding: all but A-Z a-z 0-9 - . _ ~, and / where slashes are kept, becomes
// %XX.
std::string percent_encoded(std::string_view text, bool keep_slashes);

}  // namespace aml
