#include "validator/address_labels.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/database.h"
#include "base/deadline.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/log.h"
#include "base/staged_directory.h"
#include "known/known.h"
#include "known/label_reader.h"
#include "snapshot/snapshot.h"
#include "sot/download.h"
#include "sot/known_since.h"
#include "sot/snapshot.h"
#include "validator/days.h"

namespace aml::validator {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kMostBytes = 268'435'456;
constexpr std::int64_t kMsPerSecond = 1000;

bool is_parquet(const fs::path& file) { return file.extension() == ".parquet"; }

}  // namespace

AddressLabels::AddressLabels(fs::path folder, std::string network, sot::ObjectStore* store,
                             std::int64_t max_rows)
    : folder_(std::move(folder)),
      network_(std::move(network)),
      store_(store),
      max_rows_(max_rows) {}

std::vector<fs::path> AddressLabels::files(const std::string& date) const {
  std::vector<fs::path> found;
  for (const fs::path& file : list_folder_if_possible(folder_ / date)) {
    if (is_parquet(file)) found.push_back(file);
  }
  return found;
}

void AddressLabels::fetch(Date date) {
  if (store_ == nullptr) return;
  try {
    for (int days = 0; days <= sot::kLabelDays; ++days) {
      if (take(date, date.plus_days(-days))) return;
    }
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::denied && e.kind() != ErrorKind::not_found) throw;
    log::warning("the SOT shows no address labels: what anyone has is learned without them",
                 {{"date", date.text()}, {"why", e.what()}});
  }
}

// The labels of the day `of`, for `day`; false where they are not to be had, or came too late.
bool AddressLabels::take(Date day, Date of) {
  const std::string name = sot::address_labels_file_name(of);
  const fs::path target = folder_ / day.text();
  if (path_exists(target / name)) return true;
  const auto object = store_->stat(network_ + "/" + name);
  if (!object) return false;
  // A store that does not say since when: as for whoever reads the file (known::time_of()).
  const std::int64_t unsaid = of.plus_days(known::kUnsaidDays).epoch_ms() / kMsPerSecond;
  const std::int64_t second = object->modified_second.value_or(unsaid);
  if (second >= deadline_ms(day) / kMsPerSecond) return false;
  StagedDirectory staging(target);
  const fs::path file = staging.path() / name;
  try {
    write_file_atomically(file, sot::read_object(*store_, network_ + "/" + name, kMostBytes));
    // What was public before the deadline counts on the day, which ends before it.
    const std::int64_t last = day.plus_days(1).epoch_ms() / kMsPerSecond - 1;
    sot::write_known_since(file, std::min(second, last));
    if (!is_readable(file)) return false;
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::bad_input) throw;
    log::warning("address labels are passed over",
                 {{"date", day.text()}, {"file", name}, {"why", e.what()}});
    return false;
  }
  staging.publish();
  return true;
}

// Whether a day can be made of it; throws Error{bad_input} where it is damaged.
bool AddressLabels::is_readable(const fs::path& file) const {
  const auto database = snapshot::open_database({.threads = 1});
  Connection connection = database->connect();
  std::size_t labels = 0;
  known::read_labels(file, connection, max_rows_, [&](known::RawLabel&&) { ++labels; });
  if (labels <= known::kMostLabels) return true;
  log::warning("address labels are passed over: there are more than a day may have",
               {{"file", file.filename().string()}, {"labels", std::to_string(labels)}});
  return false;
}

void AddressLabels::remove_before(Date oldest) { remove_days_before(folder_, oldest); }

}  // namespace aml::validator
