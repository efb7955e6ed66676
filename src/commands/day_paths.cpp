#include "commands/day_paths.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "commands/path_roles.h"

namespace aml::commands {

namespace fs = std::filesystem;

namespace {

constexpr const char* kDate = "--date";
// Folders that a day's folder lies in where --date says which.
const std::set<std::string> kFolders = {"--input-dir", "--output-dir"};
// What says that a command is about a day.
constexpr const char* kOfADay[] = {"--input-dir", "--scores", "--input"};

bool is_path(const CLI::Option& option) {
  const std::string type = option.get_option_text();
  return type.starts_with("DIR") || type.starts_with("FILE");
}

// The path with {date} for a folder "latest" that is not there.
std::string with_placeholder(const std::string& path) {
  fs::path so_far;
  fs::path whole;
  for (const fs::path& part : fs::path(path)) {
    so_far /= part;
    const bool stands_for_a_day = part == kLatest && !path_exists(so_far);
    whole /= stands_for_a_day ? fs::path(kDatePlaceholder) : part;
  }
  return whole.string();
}

// The days for which there is something of the first name with {date} in the path.
std::vector<Date> days_of(const std::string& path) {
  const std::size_t at = path.find(kDatePlaceholder);
  const std::size_t begin = path.rfind('/', at) == std::string::npos ? 0 : path.rfind('/', at) + 1;
  const std::string folder = begin == 0 ? "." : path.substr(0, begin);
  const std::string before = path.substr(begin, at - begin);
  std::vector<Date> days;
  for (const fs::path& found : list_folder_if_possible(folder)) {
    constexpr std::size_t kLength = 10;  // of YYYY-MM-DD
    const std::string name = found.filename().string();
    if (!name.starts_with(before) || name.size() < before.size() + kLength) continue;
    if (const auto day = Date::parse(name.substr(before.size(), kLength))) days.push_back(*day);
  }
  std::ranges::sort(days, std::greater<>());
  return days;
}

// The day of one command line. It is found when the first of its paths is read, and is then that of
// all.
class DayOfCommand {
 public:
  explicit DayOfCommand(const CLI::App& command) : command_(command) {}

  // Puts the day into a value of an option. Returns why not; empty: it could.
  std::string put_into(const std::string& option, std::string& value) {
    try {
      const std::string path = placed(option, value);
      if (!has_day(path)) return {};
      is_used_ = true;
      if (!day_) day_ = find();
      if (!day_) {
        // A folder that is merely called so is the command's matter.
        if (value.find(kDatePlaceholder) == std::string::npos && said().empty()) return {};
        return fmt::format("{}: there is no day of which all that is read is there", value);
      }
      value = with_date(with_placeholder(path), *day_);
    } catch (const Error& e) {
      return e.what();
    }
    return {};
  }

  // Why the value of --date is none; empty: it is one, and a path used it. REQUIRES: put_into() was
  // called for all paths
  std::string refuse(const std::string& text) const {
    if (text != kLatest && !Date::parse(text)) return no_day(text);
    return is_used_ ? "" : "no path says where the day stands: write {date} in one";
  }

 private:
  static std::string no_day(const std::string& text) {
    return fmt::format("{} must be a day such as 2025-10-26, or latest, not \"{}\"", kDate, text);
  }

  std::string said() const {
    const auto* date = command_.get_option_no_throw(kDate);
    return date == nullptr || date->count() == 0 ? "" : date->results().front();
  }

  // The path, with the day's folder below it where --date says which.
  std::string placed(const std::string& option, const std::string& value) {
    if (said().empty() || !kFolders.contains(option) || has_day(value)) return value;
    const fs::path path = absolute_path(value);
    if (Date::parse(path.filename().string())) {
      is_used_ = true;
      if (said() == kLatest || path.filename() == said()) return value;
      throw Error(ErrorKind::usage,
                  fmt::format("{} is of another day than --date {}", value, said()));
    }
    return (fs::path(value) / kDatePlaceholder).string();
  }

  std::optional<Date> find() {
    const std::string text = said();
    if (!text.empty() && text != kLatest) {
      if (const auto day = Date::parse(text)) return day;
      throw Error(ErrorKind::usage, no_day(text));
    }
    std::vector<std::string> read;
    for (const CLI::Option* option : command_.get_options()) {
      const PathRole role = path_role(command_.get_name(), option->get_name());
      if (!is_path(*option) || role != PathRole::read) continue;
      for (const std::string& value : option->results()) {
        const std::string path = placed(option->get_name(), value);
        if (has_day(path)) read.push_back(path);
      }
    }
    return newest_day(read);
  }

  const CLI::App& command_;
  std::optional<Date> day_;  // once it was looked for: the first path is replaced then
  bool is_used_ = false;
};

}  // namespace

std::string with_date(std::string path, Date date) {
  for (std::size_t at = 0; (at = path.find(kDatePlaceholder, at)) != std::string::npos;) {
    path.replace(at, kDatePlaceholder.size(), date.text());
  }
  return path;
}

bool has_day(const std::string& path) {
  if (path.find(kDatePlaceholder) != std::string::npos) return true;
  return path.find(kLatest) != std::string::npos &&
         with_placeholder(path).find(kDatePlaceholder) != std::string::npos;
}

std::optional<Date> newest_day(std::span<const std::string> paths) {
  if (paths.empty()) return std::nullopt;
  std::vector<std::string> placed;
  for (const std::string& path : paths) placed.push_back(with_placeholder(path));
  for (const Date day : days_of(placed.front())) {
    const bool are_there = std::ranges::all_of(
        placed, [&](const std::string& path) { return path_exists(with_date(path, day)); });
    if (are_there) return day;
  }
  return std::nullopt;
}

void understand_days(CLI::App& command) {
  const bool is_of_a_day = std::ranges::any_of(
      kOfADay, [&](const char* name) { return command.get_option_no_throw(name) != nullptr; });
  if (!is_of_a_day) return;
  const auto day = std::make_shared<DayOfCommand>(command);
  for (CLI::Option* option : command.get_options()) {
    if (!is_path(*option)) continue;
    option->transform(CLI::Validator(
        [day, name = option->get_name()](std::string& value) { return day->put_into(name, value); },
        ""));
  }
  std::string below;
  for (const std::string& name : kFolders) {
    if (command.get_option_no_throw(name) == nullptr) continue;
    below += (below.empty() ? ", or below " : " and ") + name;
  }
  const std::string meaning =
      "The day whose folders and files are meant: where {date} stands in a path" + below +
      "; latest: the newest that is there";
  command.add_option(kDate, meaning)
      ->check(CLI::Validator([day](std::string& text) { return day->refuse(text); }, ""))
      ->option_text("DATE")
      ->envname("AML_DATE");
}

}  // namespace aml::commands
