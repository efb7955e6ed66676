#include "known/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/threads.h"
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
  std::sort(days.begin(), days.end(), std::greater<>());
  if (days.size() > kMostHistoryDays) {
    known.warnings.push_back(fmt::format("{} holds {} earlier days: the newest {} count",
                                         root.string(), days.size(), kMostHistoryDays));
    days.resize(kMostHistoryDays, date);
  }
  return days;
}

std::string text_or_empty(const ColumnView& column, std::size_t row) {
  return column.is_null(row) ? std::string() : std::string(column.as_text(row));
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

// One day of a history.
class HistoryDay {
 public:
  HistoryDay(snapshot::Snapshot& today, const fs::path& root, Date date)
      : root_(root),
        date_(date),
        day_(today.another_session(), root / date.text(), today.max_rows()) {}

  bool is_of(const std::string& network) {
    return network.empty() || day_.network().empty() || day_.network() == network;
  }

  // Its truth where that is known; counts those that do not say since when.
  snapshot::Labels truth(std::int64_t known_before, std::int64_t max_rows, Known& known,
                         std::size_t& unsaid) {
    const std::string name = sot::ground_truth_file_name(date_);
    for (const fs::path& file : {day_.directory() / name, root_ / name}) {
      if (!snapshot::is_there(file)) continue;
      const FileTime time = time_of(file);
      if (time.second >= known_before) return {};
      if (!time.is_said) ++unsaid;
      truth_second_ = time.second;
      snapshot::Labels labels = snapshot::read_ground_truth(file, max_rows);
      note("ground_truth", file, name, time.second, std::ssize(labels), known);
      return labels;
    }
    return {};
  }

  void read(const snapshot::Labels& truth, const Addresses& subjects, History& history,
            Known& known) {
    using snapshot::Column;
    using snapshot::Kind;
    QueryResult rows =
        day_.source(snapshot::File::alerts)
            .query(day_.connection(), fmt::format("SELECT * FROM ({}) ORDER BY alert_id",
                                                  day_.alerts({Column{"alert_id", Kind::text, true},
                                                               Column{"address", Kind::text, true},
                                                               Column{"typology_type", Kind::text},
                                                               Column{"severity", Kind::text}})));
    std::int64_t count = 0;
    while (const auto chunk = rows.next()) {
      for (std::size_t row = 0; row < chunk->rows(); ++row, ++count) {
        EarlierAlert alert{snapshot::comparable(chunk->column(1).as_text(row)),
                           std::string(chunk->column(0).as_text(row)),
                           text_or_empty(chunk->column(2), row),
                           text_or_empty(chunk->column(3), row), date_};
        const auto found = truth.find(alert.alert_id);
        if (found != truth.end()) alert.is_reported = found->second == 1;
        if (alert.is_reported.value_or(false)) {
          history.reported.push_back({alert.address, "reported", flows::kReported, "",
                                      sot::ground_truth_file_name(date_), truth_second_});
        }
        if (subjects.contains(alert.address)) history.alerts.push_back(std::move(alert));
      }
    }
    const fs::path file = day_.directory() / sot::kAlertsFile;
    note("alerts", file, sot::kAlertsFile, date_.plus_days(1).epoch_ms() / 1000, count, known);
  }

 private:
  void note(const char* kind, const fs::path& file, const std::string& name, std::int64_t second,
            std::int64_t rows, Known& known) const {
    const std::chrono::system_clock::time_point time{std::chrono::seconds(second)};
    known.files.push_back({date_.text() + "/" + name, kind,
                           snapshot::verified_sha256(file, sot::FileCheck{}), utc_text(time),
                           rows});
  }

  const fs::path& root_;
  Date date_;
  snapshot::Snapshot day_;
  std::int64_t truth_second_ = 0;
};

}  // namespace

History read_history(snapshot::Snapshot& snapshot, const fs::path& root, Date date,
                     std::int64_t known_before, Known& known) {
  History history;
  const Addresses subjects = addresses_of_subjects(snapshot.connection());
  std::size_t unsaid = 0;
  std::vector<std::string> foreign;
  for (const Date earlier : earlier_days(root, date, known)) {
    throw_if_stop_requested();
    HistoryDay day(snapshot, root, earlier);
    if (!day.is_of(snapshot.network())) {
      foreign.push_back(earlier.text());
      continue;
    }
    const snapshot::Labels truth = day.truth(known_before, snapshot.max_rows(), known, unsaid);
    day.read(truth, subjects, history, known);
  }
  if (unsaid > 0) {
    known.warnings.push_back(
        fmt::format("{}: {} ground truths do not say since when they are known (no .known_since "
                    "beside them) and "
                    "count from {} days after their day",
                    root.string(), unsaid, kUnsaidDays));
  }
  if (!foreign.empty()) {
    known.warnings.push_back(
        fmt::format("{}: {} days are of another network than {} and are passed over, the newest {}",
                    root.string(), foreign.size(), snapshot.network(), foreign.front()));
  }
  return history;
}

}  // namespace aml::known
