#include "http/target.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/json_text.h"

namespace aml::http {

namespace {

// Repeated in messages, so bounded.
constexpr std::size_t kShownBytes = 60;

[[noreturn]] void refuse(const std::string& why) { throw Error(ErrorKind::usage, why); }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decode(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    char c = text[at];
    if (c == '%') {
      const int high = at + 2 < text.size() ? hex_digit(text[at + 1]) : -1;
      const int low = at + 2 < text.size() ? hex_digit(text[at + 2]) : -1;
      if (high < 0 || low < 0) refuse("a % in the address is not followed by two hex digits");
      c = static_cast<char>(high * 16 + low);
      at += 2;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      refuse("the address holds a control character");
    }
    decoded += c;
  }
  if (!is_utf8(decoded)) refuse("the address is not UTF-8");
  return decoded;
}

// Calls use(part) for what stands between separators.
template <typename Use>
void split(std::string_view text, char separator, Use use) {
  while (true) {
    const std::size_t end = text.find(separator);
    use(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

// "http://host:8000/a" → "/a"
std::string without_authority(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const std::size_t end = std::min(target.find_first_of("/?", scheme.size()), target.size());
    const std::string_view rest = target.substr(end);
    return rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
  }
  return std::string(target);
}

}  // namespace

std::string shown(std::string_view text) {
  std::size_t end = std::min(text.size(), kShownBytes);
  while (end > 0 && end < text.size() && continues_utf8(text[end])) --end;  // within UTF-8
  std::string made;
  for (const char c : text.substr(0, end)) {
    const auto byte = static_cast<unsigned char>(c);
    // U+0000 would end the sentence.
    if (byte < 0x20 || byte == 0x7F) {
      made += "\uFFFD";
    } else {
      made += c;
    }
  }
  return end < text.size() ? made + "…" : made;
}

Target parse_target(std::string_view as_sent) {
  const std::string address = without_authority(as_sent);
  const std::string_view text = address;
  const std::size_t question = text.find('?');
  const std::string_view path = text.substr(0, question);
  if (!path.starts_with('/')) refuse("the address must start with /");
  Target target;
  split(path.substr(1), '/',
        [&](std::string_view segment) { target.segments.push_back(decode(segment)); });
  if (question == std::string_view::npos) return target;
  split(text.substr(question + 1), '&', [&](std::string_view part) {
    if (part.empty()) return;
    const std::size_t equals = part.find('=');
    target.parameters.emplace_back(
        decode(part.substr(0, equals)),
        equals == std::string_view::npos ? "" : decode(part.substr(equals + 1)));
  });
  return target;
}

void refuse_parameters(const Target& target) {
  if (target.parameters.empty()) return;
  refuse(fmt::format("unknown parameter \"{}\"; this address takes none",
                     shown(target.parameters.front().first)));
}

}  // namespace aml::http
