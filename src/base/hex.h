#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace aml {

// Lowercase hex, without "0x".
std::string to_hex(std::span<const std::uint8_t> bytes);
std::string to_hex(std::string_view bytes);

// Fills `bytes` from exactly twice as many hex digits, after an optional "0x". False, and `bytes`
// of no use, for anything else.
bool from_hex(std::string_view text, std::span<std::uint8_t> bytes);

// Whether the text is so many lowercase hex digits, as hashes are written.
bool is_lower_hex(std::string_view text, std::size_t digits);

// So many random bytes as hex, from OpenSSL's generator for secrets. Throws Error{internal} where
// it has none.
std::string random_hex(std::size_t bytes);

}  // namespace aml
