#include "results/retention.h"

#include <chrono>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/file_system.h"
#include "base/last_day.h"
#include "base/log.h"
#include "results/reader.h"

namespace aml::results {

namespace fs = std::filesystem;

namespace {

// What a process that was killed while it removed a batch left behind.
void clear_expired(const fs::path& output_root) {
  for (const fs::path& path : half_removed(output_root)) {
    const std::string name = path.filename().string();  // ".2025-07-01.expired"
    if (Date::parse(name.substr(1, name.size() - 1 - std::string_view(kExpired).size()))) {
      try_remove_tree(path);
    }
  }
}

}  // namespace

std::vector<Date> remove_old_batches(const fs::path& output_root, int days, Date keep) {
  std::vector<Date> removed;
  if (days <= 0) return removed;
  clear_expired(output_root);
  std::vector<Date> dates = batch_dates(output_root);
  const Date last = last_day(std::chrono::system_clock::now());
  std::erase_if(dates, [last](Date date) { return date > last; });
  for (const Date date : dates) {
    const fs::path batch = batch_directory(output_root, date);
    if (date == keep || date >= dates.front().plus_days(-days) || is_link(batch) ||
        is_mount_point(batch)) {
      continue;
    }
    try {
      remove_at_once(batch);
      removed.push_back(date);
    } catch (const Error& e) {  // which keeps no other one
      log::error(e.what(), {{"processing_date", date.text()}});
    }
  }
  return removed;
}

}  // namespace aml::results
