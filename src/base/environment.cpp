#include "base/environment.h"

#include <fmt/format.h>

#include <cstdlib>
#include <sstream>

#include "base/error.h"
#include "base/files.h"

namespace aml {

namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

std::string_view unquoted(std::string_view value) {
  const bool quoted = value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
                      value.back() == value.front();
  return quoted ? value.substr(1, value.size() - 2) : value;
}

bool is_name(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9') && c != '_') return false;
  }
  return true;
}

}  // namespace

void load_env_file(const std::filesystem::path& path) {
  if (!file_size_if_exists(path)) return;
  std::istringstream lines(read_file(path));
  std::string raw;
  for (int number = 1; std::getline(lines, raw); ++number) {
    std::string_view line = trimmed(raw);
    if (line.empty() || line[0] == '#') continue;
    if (line.starts_with("export ")) line = trimmed(line.substr(7));
    const std::size_t equals = line.find('=');
    const std::string_view name = trimmed(line.substr(0, equals));
    if (equals == std::string_view::npos || !is_name(name)) {
      // The line's text is not quoted: it may hold a secret.
      throw Error(ErrorKind::usage,
                  fmt::format("{}:{}: expected NAME=value", path.string(), number));
    }
    const std::string value(unquoted(trimmed(line.substr(equals + 1))));
    ::setenv(std::string(name).c_str(), value.c_str(), 0);
  }
}

std::optional<std::string> environment(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

}  // namespace aml
