#include "sot/known_since.h"

#include <fmt/format.h>

#include <chrono>
#include <regex>
#include <string>

#include "base/date.h"
#include "base/error.h"
#include "base/files.h"
#include "base/parse_number.h"

namespace aml::sot {

namespace fs = std::filesystem;

fs::path known_since_path(const fs::path& file) {
  // A folder of part files may be named with a slash at its end.
  fs::path path = file.has_filename() ? file : file.parent_path();
  return path += ".known_since";
}

std::optional<std::int64_t> read_known_since(const fs::path& file) {
  const fs::path path = known_since_path(file);
  if (!file_size_if_exists(path)) return std::nullopt;
  std::string text = read_file(path, kMostKnownSinceBytes);
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  const auto second = parse_time(text);
  if (second) return second;
  throw Error(ErrorKind::bad_input,
              fmt::format("{}: write when the file became known, such as 2025-11-03T04:05:06Z",
                          path.string()));
}

void write_known_since(const fs::path& file, std::int64_t second) {
  const std::chrono::system_clock::time_point time{std::chrono::seconds(second)};
  write_file_atomically(known_since_path(file), utc_text(time) + "\n");
}

std::optional<std::int64_t> parse_time(std::string_view text) {
  constexpr std::size_t kDateLength = 10;
  const auto date = Date::parse(text.substr(0, kDateLength));
  if (!date) return std::nullopt;
  const std::int64_t midnight = date->epoch_ms() / 1000;
  if (text.size() == kDateLength) return midnight;
  static const std::regex form(
      R"([T ]([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])(\.[0-9]{1,9})?(Z|\+00:00)?)");
  const std::string time(text.substr(kDateLength));
  std::smatch parts;
  if (!std::regex_match(time, parts, form)) return std::nullopt;
  const auto part = [&](int i) { return parse_number<std::int64_t>(parts[i].str()).value_or(0); };
  return midnight + part(1) * 3600 + part(2) * 60 + part(3);
}

}  // namespace aml::sot
