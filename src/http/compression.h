#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "http/message.h"
#include "http/parts.h"

namespace aml::http {

// `bytes` in the content coding "gzip" or "zstd", made for speed rather than size; as they are for
// "identity". Throws Error{unavailable} where memory is short.
std::string encode(std::string_view coding, std::string_view bytes);

// The bytes of `parts` in a coding. `grown` is called now and then with what has come to be
// occupied. Throws as it does, as encode(), and Error{interrupted} where a stop is requested.
std::string encode(std::string_view coding, const Parts& parts,
                   const std::function<void(std::size_t bytes)>& grown);

// The same in pieces while they are sent, for what is not worth keeping: each piece is compressed
// by itself, so that nothing but one is held for a client that reads slowly.
std::shared_ptr<Producer> encode_in_pieces(std::string_view coding,
                                           std::shared_ptr<const Parts> parts);

}  // namespace aml::http
