#pragma once

#include <string>
#include <string_view>

namespace aml {

// Appends `text` as a JSON string with its quotes: control characters, quote and backslash escaped;
// each byte sequence that is not UTF-8 (also surrogates and overlong forms) replaced by U+FFFD.
void append_json_text(std::string& json, std::string_view text);

// Appends the shortest number that reads back as the same double; null for NaN and infinity, which
// JSON does not know.
void append_json_number(std::string& json, double value);

// Whether arrays and objects of `json` stand in each other deeper than `levels`. To be asked before
// a stranger's text becomes a tree, which takes a hundred times the bytes of text that is all
// brackets.
bool nests_deeper(std::string_view json, int levels);

// Whether a byte goes on with a UTF-8 sequence that began before it.
constexpr bool continues_utf8(char byte) {
  return static_cast<unsigned char>(byte) >= 0x80 && static_cast<unsigned char>(byte) < 0xC0;
}

// Whether all of `text` is UTF-8.
bool is_utf8(std::string_view text);

}  // namespace aml
