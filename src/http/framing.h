#pragma once

#include <optional>

#include "http/message.h"

namespace aml::http {

// A refusal where the fields do not say beyond doubt how long the request's body is (RFC 9112, 6):
// 400, or 501 for a transfer coding before the last that is not known here. `version` is 10 or 11.
std::optional<Response> refuse_framing(const Fields& fields, int version);

// A refusal where the Host field is missing, repeated or no host (RFC 9112, 3.2).
std::optional<Response> refuse_host(const Fields& fields, int version);

}  // namespace aml::http
