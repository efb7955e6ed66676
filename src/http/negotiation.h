#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

// What a client would like, by the rules of RFC 9110.
namespace aml::http {

// The media type of `offered` (the server's favourite first) that the Accept header prefers;
// nothing where it accepts none of them. A header that is missing or empty accepts all. Parts of
// the header that are malformed are passed over. Media types are in lowercase.
std::optional<std::string_view> choose_type(std::string_view accept,
                                            std::span<const std::string_view> offered);

// "zstd", "gzip" or "identity" (plain), by the Accept-Encoding header; nothing where it refuses
// even the plain one. Of equally welcome ones: in the order above, except that the plain one is
// sent where the header is missing or empty.
std::optional<std::string_view> choose_encoding(std::string_view accept_encoding);

// Whether the If-None-Match header names `etag` (with its quotes), compared weakly as RFC 9110
// demands, or is "*".
bool matches_etag(std::string_view if_none_match, std::string_view etag);

}  // namespace aml::http
