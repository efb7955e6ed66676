#include "known/label.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <tuple>

#include "base/date.h"
#include "base/error.h"
#include "known/known.h"
#include "sot/known_since.h"

namespace aml::known {

namespace fs = std::filesystem;

namespace {

std::optional<Date> date_in(const std::string& name) {
  static const std::regex form("[0-9]{4}-[0-9]{2}-[0-9]{2}");
  std::optional<Date> last;
  for (std::sregex_iterator found(name.begin(), name.end(), form), end; found != end; ++found) {
    if (const auto date = Date::parse(found->str())) last = date;
  }
  return last;
}

auto content_of(const Label& label) {
  return std::tie(label.address, label.category, label.label, label.risk_level, label.source);
}

}  // namespace

FileTime time_of(const fs::path& file) {
  if (const auto second = sot::read_known_since(file)) return {*second, true};
  const fs::path name = file.has_filename() ? file.filename() : file.parent_path().filename();
  if (const auto date = date_in(name.string())) {
    return {date->plus_days(kUnsaidDays).epoch_ms() / 1000, false};
  }
  throw Error(ErrorKind::bad_input,
              fmt::format("{}: nothing says since when it is known: write the day into {}, such as "
                          "2025-10-26",
                          file.string(), sot::known_since_path(file).string()));
}

void keep_first(std::vector<Label>& labels) {
  std::sort(labels.begin(), labels.end(), [](const Label& a, const Label& b) {
    return std::tuple(content_of(a), a.known_second) < std::tuple(content_of(b), b.known_second);
  });
  labels.erase(
      std::unique(labels.begin(), labels.end(),
                  [](const Label& a, const Label& b) { return content_of(a) == content_of(b); }),
      labels.end());
}

}  // namespace aml::known
