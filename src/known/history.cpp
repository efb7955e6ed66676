#include "known/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/threads.h"
#include "known/file_bytes.h"
#include "known/kept_day.h"
#include "snapshot/address_text.h"
#include "snapshot/data_files.h"
#include "snapshot/truth_file.h"

namespace aml::known {

namespace fs = std::filesystem;

namespace {

std::vector<Date> earlier_days(const fs::path& root, Date date, Known& known) {
  if (!is_folder(root)) {
    throw Error(ErrorKind::not_found,
                fmt::format("{} is no directory: name one that holds a folder for each earlier day "
                            "by --history",
                            root.string()));
  }
  std::vector<Date> days;
  for (const fs::path& path : list_folder(root)) {
    const auto day = Date::parse(path.filename().string());
    if (day && *day < date && snapshot::is_there(path / sot::kAlertsFile)) days.push_back(*day);
  }
  for (const Date day : kept_dates(root)) {
    if (day < date) days.push_back(day);
  }
  std::sort(days.begin(), days.end(), std::greater<>());
  days.erase(std::unique(days.begin(), days.end()), days.end());
  if (days.size() > kMostHistoryDays) {
    known.warnings.push_back(fmt::format("{} holds {} earlier days: the newest {} count",
                                         root.string(), days.size(), kMostHistoryDays));
    days.resize(kMostHistoryDays, date);
  }
  return days;
}

using Addresses = std::set<std::string, std::less<>>;

Addresses addresses_of_subjects(Connection& connection) {
  Addresses subjects;
  QueryResult rows = connection.query("SELECT DISTINCT address FROM subjects");
  while (const auto chunk = rows.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      subjects.insert(snapshot::comparable(chunk->column(0).as_text(row)));
    }
  }
  return subjects;
}

// What a history is read for, and what it fills.
struct Reading {
  const fs::path& root;
  std::int64_t known_before;
  std::int64_t max_rows;
  const Addresses& subjects;
  History& history;
  Known& known;
  std::size_t unsaid = 0;  // truths that do not say since when they are known
  // Days and truths of which nothing can be read, the newest first, with the reason.
  std::vector<std::string> bad{};
};

void note(Reading& reading, const std::string& name, const char* kind, const fs::path& file,
          std::int64_t second, std::int64_t rows) {
  const std::chrono::system_clock::time_point time{std::chrono::seconds(second)};
  reading.known.files.push_back(
      {name, kind, snapshot::verified_sha256(file, sot::FileCheck{}), utc_text(time), rows});
}

void take(Reading& reading, EarlierAlert alert, std::int64_t truth_second) {
  if (alert.is_reported.value_or(false)) {
    reading.history.reported.push_back({alert.address, "reported", flows::kReported, "",
                                        sot::ground_truth_file_name(alert.date), truth_second});
  }
  if (reading.subjects.contains(alert.address)) reading.history.alerts.push_back(std::move(alert));
}

// A truth that was known in time.
struct KnownTruth {
  snapshot::Labels labels;
  std::int64_t second = 0;
};

// Of a file; nothing where it was not known yet, or says nothing that can be read.
KnownTruth read_truth(Reading& reading, const fs::path& file, Date date) {
  const FileTime time = time_of(file);
  if (time.second >= reading.known_before) return {};
  KnownTruth truth;
  try {
    truth = {snapshot::read_ground_truth(file, reading.max_rows), time.second};
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::bad_input) throw;
    require_bytes(file);
    reading.bad.push_back(fmt::format("{}'s truth: {}", date.text(), e.what()));
    return {};
  }
  if (!time.is_said) ++reading.unsaid;
  note(reading, date.text() + "/" + sot::ground_truth_file_name(date), "ground_truth", file,
       time.second, std::ssize(truth.labels));
  return truth;
}

// A day whose input is there. Returns false where it is of another network.
bool read_input(Reading& reading, snapshot::Snapshot& today, Date date) {
  using snapshot::Column;
  using snapshot::Kind;
  snapshot::Snapshot day(today.another_session(), reading.root / date.text(), reading.max_rows);
  if (!today.network().empty() && !day.network().empty() && day.network() != today.network()) {
    return false;
  }
  require_day(day, date);
  const auto file = find_truth(reading.root, date);
  const KnownTruth truth = file ? read_truth(reading, file->path, date) : KnownTruth{};
  QueryResult rows =
      day.source(snapshot::File::alerts)
          .query(day.connection(), fmt::format("SELECT * FROM ({}) ORDER BY alert_id",
                                               day.alerts({Column{"alert_id", Kind::text, true},
                                                           Column{"address", Kind::text, true},
                                                           Column{"typology_type", Kind::text},
                                                           Column{"severity", Kind::text}})));
  std::int64_t count = 0;
  while (const auto chunk = rows.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row, ++count) {
      EarlierAlert alert{snapshot::comparable(chunk->column(1).as_text(row)),
                         std::string(chunk->column(0).as_text(row)),
                         std::string(chunk->column(2).text_or_empty(row)),
                         std::string(chunk->column(3).text_or_empty(row)), date};
      const auto found = truth.labels.find(alert.alert_id);
      if (found != truth.labels.end()) alert.is_reported = found->second == 1;
      take(reading, std::move(alert), truth.second);
    }
  }
  note(reading, date.text() + "/" + sot::kAlertsFile, "alerts", day.directory() / sot::kAlertsFile,
       date.plus_days(1).epoch_ms() / 1000, count);
  return true;
}

// Likewise; nothing counts of a day that its own `process` would refuse, or one bad day in a
// service's inputs would stop all that come after it.
bool read_input_if_good(Reading& reading, snapshot::Snapshot& today, Date date) {
  const std::size_t alerts = reading.history.alerts.size();
  const std::size_t reported = reading.history.reported.size();
  const std::size_t files = reading.known.files.size();
  const std::size_t unsaid = reading.unsaid;
  try {
    return read_input(reading, today, date);
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::bad_input) throw;
    const fs::path folder = reading.root / date.text();
    for (const char* name : {sot::kMetaFile, sot::kAlertsFile}) require_bytes(folder / name);
    reading.history.alerts.erase(
        reading.history.alerts.begin() + static_cast<std::ptrdiff_t>(alerts),
        reading.history.alerts.end());
    reading.history.reported.resize(reported);
    reading.known.files.resize(files);
    reading.unsaid = unsaid;
    reading.bad.push_back(fmt::format("{}: {}", date.text(), e.what()));
    return true;
  }
}

// A day of which only the small file is left, by the same rules.
bool read_kept(Reading& reading, snapshot::Snapshot& today, Date date) {
  Connection session = today.another_session();
  const fs::path file = kept_file(reading.root, date);
  const KeptDay day = read_kept_day(session, file, reading.max_rows);
  if (!today.network().empty() && !day.network.empty() && day.network != today.network()) {
    return false;
  }
  const std::string name = file.parent_path().filename().string() + "/" + file.filename().string();
  // What came into the root since, or was corrected there, is what counted before, too.
  const auto in_root = find_truth(reading.root, date);
  const bool is_kept = day.truth_time && (day.is_truth_of_folder || !in_root);
  KnownTruth truth;
  if (is_kept && day.truth_time->second < reading.known_before) {
    if (!day.truth_time->is_said) ++reading.unsaid;
    truth.second = day.truth_time->second;
    note(reading, name, "ground_truth", file, truth.second, day.truth_rows);
    for (const KeptAlert& alert : day.alerts) {
      if (alert.is_reported) truth.labels.emplace(alert.alert_id, *alert.is_reported);
    }
  } else if (!is_kept && in_root) {
    truth = read_truth(reading, in_root->path, date);
  }
  for (const KeptAlert& row : day.alerts) {
    EarlierAlert alert{snapshot::comparable(row.address), row.alert_id, row.typology_type,
                       row.severity, date};
    const auto found = truth.labels.find(alert.alert_id);
    if (found != truth.labels.end()) alert.is_reported = found->second == 1;
    take(reading, std::move(alert), truth.second);
  }
  note(reading, name, "alerts", file, date.plus_days(1).epoch_ms() / 1000, std::ssize(day.alerts));
  return true;
}

}  // namespace

History read_history(snapshot::Snapshot& snapshot, const fs::path& root, Date date,
                     std::int64_t known_before, Known& known) {
  History history;
  const Addresses subjects = addresses_of_subjects(snapshot.connection());
  Reading reading{root, known_before, snapshot.max_rows(), subjects, history, known};
  std::vector<std::string> foreign;
  for (const Date earlier : earlier_days(root, date, known)) {
    throw_if_stop_requested();
    const bool has_input = snapshot::is_there(root / earlier.text() / sot::kAlertsFile);
    const bool is_ours = has_input ? read_input_if_good(reading, snapshot, earlier)
                                   : read_kept(reading, snapshot, earlier);
    if (!is_ours) foreign.push_back(earlier.text());
  }
  if (reading.unsaid > 0) {
    known.warnings.push_back(
        fmt::format("{}: {} ground truths do not say since when they are known (no .known_since "
                    "beside them) and "
                    "count from {} days after their day",
                    root.string(), reading.unsaid, kUnsaidDays));
  }
  if (!reading.bad.empty()) {
    known.warnings.push_back(
        fmt::format("{}: {} inputs or truths cannot be read and are passed over, the newest {}",
                    root.string(), reading.bad.size(), reading.bad.front()));
  }
  if (!foreign.empty()) {
    known.warnings.push_back(
        fmt::format("{}: {} days are of another network than {} and are passed over, the newest {}",
                    root.string(), foreign.size(), snapshot.network(), foreign.front()));
  }
  return history;
}

}  // namespace aml::known
