#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace aml::http {

// The whole body of an answer, however it comes, for who asks a handler without a socket between;
// nothing where it has more than `most` bytes.
std::optional<std::string> whole_body(Response& response, std::uint64_t most);
std::string whole_body(Response& response);

// The first value of a field of the answer; empty where it was not sent.
std::string field_of(const Response& response, std::string_view name);

}  // namespace aml::http
