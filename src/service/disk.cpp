#include "service/disk.h"

#include <algorithm>
#include <functional>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/staged_directory.h"
#include "known/kept_day.h"
#include "results/reader.h"
#include "sot/download_record.h"
#include "sot/snapshot.h"

namespace aml::service {

namespace fs = std::filesystem;

namespace {

std::string name_of(std::string_view meta) { return hash_text(HashKind::sha256, meta); }

// Of the META.json in a folder, where there is one that can be read.
std::optional<std::string> snapshot_in(const fs::path& folder) {
  const fs::path file = folder / sot::kMetaFile;
  if (!file_size_if_exists(file)) return std::nullopt;
  return name_of(read_file(file, sot::kMostMetaBytes));
}

std::vector<Date> dates_in(const fs::path& root) {
  std::vector<Date> dates;
  for (const fs::path& path : list_folder_if_possible(root)) {
    if (const auto date = Date::parse(path.filename().string()); date && is_folder(path)) {
      dates.push_back(*date);
    }
  }
  return dates;
}

std::uint64_t bytes_below(const fs::path& folder) {
  std::uint64_t bytes = 0;
  for (const fs::path& path : list_folder_if_possible(folder)) {
    if (is_link(path)) continue;
    bytes += is_reachable_folder(path) ? bytes_below(path) : file_size_if_exists(path).value_or(0);
  }
  return bytes;
}

struct HeldTruth {
  bool is_our_own = false;  // no download brought it
  std::optional<sot::RecordedFile> object{};
};

HeldTruth held_truth(const fs::path& input_root, Date date) {
  const auto file = known::find_truth(input_root, date);
  if (!file) return {};
  const auto record =
      file->is_in_folder ? sot::DownloadRecord::read(file->path.parent_path()) : std::nullopt;
  if (!record) return {.is_our_own = true};
  const auto found = record->files.find(file->path.filename().string());
  if (found == record->files.end()) return {.is_our_own = true};
  return {.object = found->second};
}

// Reads one day after another, so that what one has wrong is its own fault.
class DayReader {
 public:
  explicit DayReader(DayFaults& faults) : faults_(faults) {}

  template <class Read>
  void read(Date date, const Read& read) {
    try {
      read();
      has_read_ = true;
      unavailable_in_row_ = 0;
    } catch (const Error& e) {
      const bool is_away = e.kind() == ErrorKind::unavailable;
      if (e.kind() == ErrorKind::interrupted) throw;
      if (is_away && ++unavailable_in_row_ == kMostUnavailable) throw;
      if (is_away) away_ = e;
      faults_.emplace(date, e);
    }
  }
  // Throws where not one day was read and the store is what did not answer.
  void end() const {
    if (away_ && !has_read_) throw Error(*away_);
  }

 private:
  static constexpr int kMostUnavailable = 3;  // each was tried again and again already

  DayFaults& faults_;
  bool has_read_ = false;
  int unavailable_in_row_ = 0;
  std::optional<Error> away_;
};

}  // namespace

std::optional<Date> add_offered(sot::ObjectStore& store, const std::string& network,
                                int window_days, int count, Date last,
                                std::map<Date, DayState>& days, DayFaults& faults) {
  std::vector<Date> dates;
  std::optional<Date> beyond;
  for (const std::string& name : store.folders(network + "/")) {
    const auto date = Date::parse(name);
    if (!date) continue;
    if (*date <= last) {
      dates.push_back(*date);
    } else if (!beyond || *beyond < *date) {
      beyond = date;
    }
  }
  std::ranges::sort(dates, std::greater<>());
  std::optional<Date> newest;
  DayReader reader(faults);
  for (const Date date : dates) {
    if (newest && date <= newest->plus_days(-count)) break;
    reader.read(date, [&] {
      const std::string key =
          sot::SnapshotId{network, date, window_days}.path() + "/" + sot::kMetaFile;
      if (!store.stat(key)) return;  // still on its way, or of another window
      std::string name = name_of(sot::read_object(store, key, sot::kMostMetaBytes));
      if (!newest) newest = date;
      days[date].offered = std::move(name);
    });
  }
  reader.end();
  return beyond;
}

std::vector<Date> new_truths(sot::ObjectStore& store, const std::string& network, int window_days,
                             const fs::path& input_root, const std::vector<Date>& dates,
                             DayFaults& faults) {
  std::vector<Date> found;
  DayReader reader(faults);
  for (const Date date : dates) {
    reader.read(date, [&] {
      const HeldTruth held = held_truth(input_root, date);
      if (held.is_our_own) return;
      const std::string folder = sot::SnapshotId{network, date, window_days}.path();
      const auto object = store.stat(folder + "/" + sot::ground_truth_file_name(date));
      if (object && !(held.object && held.object->is_of(*object))) found.push_back(date);
    });
  }
  reader.end();
  return found;
}

void add_stored(const fs::path& input_root, const fs::path& output_root,
                std::map<Date, DayState>& days, DayFaults& faults) {
  DayReader reader(faults);
  for (const Date date : dates_in(input_root)) {
    reader.read(date, [&] {
      StagedDirectory::recover(input_root / date.text());
      if (auto name = snapshot_in(input_root / date.text())) days[date].downloaded = *name;
    });
  }
  for (const Date date : results::batch_dates(output_root)) {
    reader.read(date, [&] {
      if (auto name = snapshot_in(results::batch_directory(output_root, date))) {
        days[date].published = *name;
      }
    });
  }
}

void publish_batch(const fs::path& next, const fs::path& input, const fs::path& output) {
  StagedDirectory staging(output);
  for (const fs::path& file : list_folder(next)) {
    link_or_copy(file, staging.path() / file.filename());
  }
  write_file_atomically(staging.path() / sot::kMetaFile,
                        read_file(input / sot::kMetaFile, sot::kMostMetaBytes));
  staging.publish();
  remove_tree(next);
  remove_tree(hidden_sibling(next, ".lock"));  // or there would be one more a day
}

std::vector<Stored> stored_days(const fs::path& root) {
  std::vector<Stored> stored;
  for (const Date date : dates_in(root)) {
    const fs::path folder = root / date.text();
    if (is_link(folder) || is_mount_point(folder)) continue;  // somebody else's
    stored.push_back({date, bytes_below(folder)});
  }
  return stored;
}

void forget_kept(const fs::path& input_root) {
  const std::vector<Date> dates = known::kept_dates(input_root);
  for (std::size_t i = kMostKept; i < dates.size(); ++i) {
    remove_tree(known::kept_file(input_root, dates[i]));
  }
}

void remove_day(const fs::path& root, Date date) {
  remove_at_once(root / date.text());
  remove_tree(hidden_sibling(root / date.text(), ".lock"));
}

}  // namespace aml::service
