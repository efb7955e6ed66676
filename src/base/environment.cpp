#include "base/environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "base/error.h"
#include "base/files.h"
#include "base/text_file.h"

namespace aml {

namespace {

constexpr std::size_t kMostBytes = 1'048'576;

constexpr bool is_space(char c) { return c == ' ' || c == '\t'; }
constexpr bool is_line_end(char c) { return c == '\n' || c == '\r'; }

bool is_name(std::string_view name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const auto fits = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
  return !name.empty() && is_letter(name[0]) && std::ranges::all_of(name, fits);
}

// What a backslash and `c` stand for between such quotes, or nothing where the backslash is itself.
std::optional<char> escaped(char quote, char c) {
  if (c == quote) return c;
  if (quote == '\'') return std::nullopt;
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case '\\':
    case '$':
      return c;
    default:
      return std::nullopt;
  }
}

// Goes once through the text, and knows the line it is in.
class EnvReader {
 public:
  EnvReader(std::string_view text, const std::filesystem::path& path) : rest_(text), path_(path) {}

  std::vector<EnvSetting> settings() {
    std::vector<EnvSetting> found;
    while (true) {
      skip_spaces();
      if (rest_.empty()) return found;
      if (rest_[0] != '#' && !is_line_end(rest_[0])) found.push_back(setting());
      skip_line();
    }
  }

 private:
  EnvSetting setting() {
    begun_ = line_;
    EnvSetting setting{.name = name(), .value = {}, .line = line_};
    skip_spaces();
    if (next() != '"' && next() != '\'') {
      setting.value = unquoted();
      return setting;
    }
    setting.value = quoted(take());
    skip_spaces();
    if (!rest_.empty() && rest_[0] != '#' && !is_line_end(rest_[0])) {
      refuse("text stands behind the closing quote; a quote inside is written \\\" or \\'");
    }
    return setting;
  }

  // Takes `NAME=`.
  std::string name() {
    const std::string_view line = rest_.substr(0, rest_.find_first_of("\r\n"));
    std::string_view name = line.substr(0, line.find('='));
    const std::size_t end = name.size();
    constexpr std::string_view kExport = "export";
    if (name.starts_with(kExport) && name.size() > kExport.size() &&
        is_space(name[kExport.size()])) {
      name.remove_prefix(std::min(name.find_first_not_of(" \t", kExport.size()), name.size()));
    }
    while (!name.empty() && is_space(name.back())) name.remove_suffix(1);
    if (end == line.size() || !is_name(name)) refuse("expected NAME=value");
    rest_.remove_prefix(end + 1);
    return std::string(name);
  }

  // Up to the closing quote, and takes that.
  std::string quoted(char quote) {
    std::string value;
    while (!rest_.empty() && rest_[0] != quote) {
      const char c = take();
      const std::optional<char> meant = c == '\\' ? escaped(quote, next()) : std::nullopt;
      value += meant.value_or(c);
      if (meant) take();
    }
    if (rest_.empty()) refuse(fmt::format("the quote {} is not closed", quote));
    take();
    return value;
  }

  // Up to the line's end, or to the # of a comment.
  std::string unquoted() {
    std::size_t end = 0;
    while (end < rest_.size() && !is_line_end(rest_[end])) {
      if (rest_[end] == '#' && (end == 0 ? spaces_before_ : is_space(rest_[end - 1]))) break;
      ++end;
    }
    std::string_view value = rest_.substr(0, end);
    while (!value.empty() && is_space(value.back())) value.remove_suffix(1);
    rest_.remove_prefix(end);
    return std::string(value);
  }

  char next() const { return rest_.empty() ? '\0' : rest_[0]; }

  // One character; what ends a line counts it.
  char take() {
    const char c = rest_[0];
    rest_.remove_prefix(1);
    if (c == '\n' || (c == '\r' && next() != '\n')) ++line_;
    return c;
  }

  void skip_spaces() {
    spaces_before_ = !rest_.empty() && is_space(rest_[0]);
    while (!rest_.empty() && is_space(rest_[0])) take();
  }

  void skip_line() {
    rest_.remove_prefix(std::min(rest_.find_first_of("\r\n"), rest_.size()));
    while (!rest_.empty() && is_line_end(rest_[0])) take();
  }

  // The line's text is not quoted: it may hold a secret.
  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(ErrorKind::usage, fmt::format("{}:{}: {}", path_.string(), begun_, why));
  }

  std::string_view rest_;
  const std::filesystem::path& path_;
  int line_ = 1;
  int begun_ = 1;               // the line of the setting that is read
  bool spaces_before_ = false;  // where `rest_` begins
};

}  // namespace

std::vector<EnvSetting> parse_env_file(std::string_view text, const std::filesystem::path& path) {
  text = without_byte_order_mark(text);
  if (text.find('\0') != std::string_view::npos) {
    throw Error(ErrorKind::usage,
                fmt::format("{} is no plain text: save it as UTF-8", path.string()));
  }
  return EnvReader(text, path).settings();
}

std::vector<EnvSetting> load_env_file(const std::filesystem::path& path) {
  const auto size = file_size_if_exists(path);
  if (!size) return {};
  if (*size > kMostBytes) {
    throw Error(ErrorKind::usage, fmt::format("{} has {} bytes, but settings fit into {}",
                                              path.string(), *size, kMostBytes));
  }
  std::vector<EnvSetting> settings = parse_env_file(read_file(path), path);
  std::map<std::string, std::string> last;
  for (const EnvSetting& setting : settings) last[setting.name] = setting.value;
  for (const auto& [name, value] : last) ::setenv(name.c_str(), value.c_str(), 0);
  return settings;
}

std::optional<std::string> environment(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

}  // namespace aml
