#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace aml::bittensor {

// Lowercase hex, without "0x".
std::string to_hex(std::span<const std::uint8_t> bytes);

// Fills `bytes` from exactly twice as many hex digits, after an optional "0x". False, and `bytes`
// of no use, for anything else.
bool from_hex(std::string_view text, std::span<std::uint8_t> bytes);

}  // namespace aml::bittensor
