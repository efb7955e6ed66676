#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/date.h"

namespace CLI {
class App;
}

// How every command takes a day: `--date DAY|latest`, and {date} or latest in its paths.
namespace aml::commands {

// Stands in a path for the day, wherever it stands and however often.
inline constexpr std::string_view kDatePlaceholder = "{date}";
// The newest day, in place of one.
inline constexpr std::string_view kLatest = "latest";

// With the day in the place of every {date}.
std::string with_date(std::string path, Date date);

// Whether the path has a {date}, or a folder "latest" that is not there and so stands for one.
bool has_day(const std::string& path);

// The newest day for which all of the paths are there; nothing where there is none.
std::optional<Date> newest_day(std::span<const std::string> paths);

// Gives a command with a folder or file of a day the option --date, and makes all of its options
// that take a path understand {date} and latest: of the paths that are read, the newest day for
// which all are there. With --date and without {date}, --input-dir and --output-dir are the folders
// above the day's. What cannot be understood is refused as a wrong option.
void understand_days(CLI::App& command);

}  // namespace aml::commands
