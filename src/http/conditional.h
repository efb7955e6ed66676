#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace aml::http {

// What an answer to GET says of its body besides the bytes.
struct Representation {
  std::string etag;  // with its quotes
  std::string cache_control = "no-cache";
  std::string content_type = "application/json";
  std::string_view coding = "identity";
  std::string_view vary = "";  // names of the request's fields that it depends on; empty: none
};

// A name for bytes, the same for the same ones: 32 hex digits of their SHA-256, for tags.
std::string content_tag(std::string_view bytes);

// Whether the client has it already, by If-None-Match.
bool client_has(const Request& request, std::string_view etag);

// The answer without its body: 304 where the client has it already, otherwise 200, to which the
// caller adds the body.
Response conditional(const Request& request, const Representation& representation);

// "zstd", "gzip" or "identity" by the request's Accept-Encoding; nothing where it refuses all.
std::optional<std::string_view> wanted_coding(const Request& request);
Response no_coding();  // a 406 for that case

// A body in one media type as the request wants it coded: as it is where it is short, otherwise
// compressed, with a tag of its content.
struct Encoded {
  std::string etag;
  std::string_view coding;
  Body body;
};
Encoded encoded(std::string bytes, std::string_view coding);
// The answer for it.
Response conditional(const Request& request, const Encoded& encoded);

}  // namespace aml::http
