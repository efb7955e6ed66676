#include "base/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <iterator>

namespace aml {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// True for bytes that stand for themselves in a JSON string.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t byte = 0x20; byte < 0x80; ++byte) plain[byte] = true;
  plain['"'] = plain['\\'] = false;
  return plain;
}();

unsigned char byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

// The length of the UTF-8 sequence of two to four bytes that starts `text`, or 0 where it is none
// (Unicode 15, table 3-7).
std::size_t sequence_length(std::string_view text) {
  const unsigned char first = byte_at(text, 0);
  const unsigned char second = byte_at(text, 1);
  const auto continues = [&](std::size_t at) {
    return at < text.size() && continues_utf8(text[at]);
  };
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned char low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned char high = first == 0xED ? 0x9F : 0xBF;
    return second >= low && second <= high && continues(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned char low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned char high = first == 0xF4 ? 0x8F : 0xBF;
    return second >= low && second <= high && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

// Writes the escape of `byte`, at most 6 characters, and returns the end.
char* write_escape(char* out, unsigned char byte) {
  constexpr const char* kHex = "0123456789abcdef";
  *out++ = '\\';
  switch (byte) {
    case '"':
    case '\\':
      *out++ = static_cast<char>(byte);
      return out;
    case '\n':
      *out++ = 'n';
      return out;
    case '\r':
      *out++ = 'r';
      return out;
    case '\t':
      *out++ = 't';
      return out;
    default:
      out = std::copy_n("u00", 3, out);
      *out++ = kHex[byte / 16];
      *out++ = kHex[byte % 16];
      return out;
  }
}

}  // namespace

void append_json_text(std::string& json, std::string_view text) {
  // Explanations are full of quotes, so short runs: a piece is put together aside, then appended.
  constexpr std::size_t kPiece = 1024;
  constexpr std::size_t kLongest = 6;  // characters that one step writes
  std::array<char, kPiece> piece;
  char* out = piece.data();
  const char* const full = piece.data() + kPiece - kLongest;
  json += '"';
  for (std::size_t at = 0; at < text.size();) {
    if (out > full) {
      json.append(piece.data(), out);
      out = piece.data();
    }
    const unsigned char byte = byte_at(text, at);
    if (kPlain[byte]) {
      *out++ = text[at++];
    } else if (byte < 0x80) {
      out = write_escape(out, byte);
      ++at;
    } else if (const std::size_t length = sequence_length(text.substr(at)); length > 0) {
      out = std::copy_n(text.data() + at, length, out);
      at += length;
    } else {
      out = std::copy(kReplacement.begin(), kReplacement.end(), out);
      ++at;
    }
  }
  json.append(piece.data(), out);
  json += '"';
}

void append_json_number(std::string& json, double value) {
  if (std::isfinite(value)) {
    fmt::format_to(std::back_inserter(json), "{}", value);
  } else {
    json += "null";
  }
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = byte_at(text, at) < 0x80 ? 1 : sequence_length(text.substr(at));
    if (length == 0) return false;
    at += length;
  }
  return true;
}

bool nests_deeper(std::string_view json, int levels) {
  int depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_text) {
      if (c == '\\') ++i;
      in_text = c != '"';
    } else if (c == '"') {
      in_text = true;
    } else if (c == '[' || c == '{') {
      if (++depth > levels) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

}  // namespace aml
