#include "results/retention.h"

#include <string>
#include <system_error>

#include "base/error.h"
#include "results/reader.h"

namespace aml::results {

namespace fs = std::filesystem;

namespace {

constexpr const char* kExpiredSuffix = ".expired";

// ".2025-07-01.expired": a batch on its way out.
bool is_expired_name(const std::string& name) {
  const std::string suffix = kExpiredSuffix;
  return name.starts_with('.') && name.ends_with(suffix) && name.size() > suffix.size() &&
         Date::parse(name.substr(1, name.size() - 1 - suffix.size())).has_value();
}

// What a process that was killed while it removed a batch left behind.
void clear_expired(const fs::path& output_root) {
  std::vector<fs::path> leftovers;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(output_root, error)) {
    if (is_expired_name(entry.path().filename().string())) leftovers.push_back(entry.path());
  }
  for (const fs::path& path : leftovers) fs::remove_all(path, error);
}

}  // namespace

std::vector<Date> remove_old_batches(const fs::path& output_root, int days, Date keep) {
  std::vector<Date> removed;
  if (days <= 0) return removed;
  clear_expired(output_root);
  const std::vector<Date> dates = batch_dates(output_root);
  for (const Date date : dates) {
    const fs::path batch = batch_directory(output_root, date);
    if (date == keep || date >= dates.front().plus_days(-days) || fs::is_symlink(batch)) continue;
    const fs::path expired = output_root / ("." + date.text() + kExpiredSuffix);
    std::error_code error;
    fs::rename(batch, expired, error);
    if (error) throw system_error("cannot remove " + batch.string(), error.value());
    fs::remove_all(expired, error);
    if (error) throw system_error("cannot remove " + expired.string(), error.value());
    removed.push_back(date);
  }
  return removed;
}

}  // namespace aml::results
