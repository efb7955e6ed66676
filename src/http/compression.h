#pragma once

#include <string>
#include <string_view>

namespace aml::http {

// `bytes` in the content coding "gzip" or "zstd", made for speed rather than size; as they are for
// "identity". Throws Error{unavailable} where memory is short.
std::string encode(std::string_view coding, std::string_view bytes);

}  // namespace aml::http
