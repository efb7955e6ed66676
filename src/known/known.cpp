#include "known/known.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/date.h"
#include "base/error.h"
#include "base/lower_case.h"
#include "flows/transfers.h"
#include "known/category.h"
#include "known/history.h"
#include "known/label.h"
#include "known/label_reader.h"
#include "known/network_name.h"
#include "snapshot/address_text.h"
#include "snapshot/data_files.h"
#include "snapshot/table_writer.h"

namespace aml::known {

namespace fs = std::filesystem;

namespace {

using snapshot::TableChunk;

constexpr std::int64_t kSecondsOfDay = 86400;

std::string_view name_of(const std::optional<flows::KnownCategory>& category) {
  return category ? flows::kKnownNames[*category] : "other";
}

// Also of a folder of part files.
std::string name_of(const fs::path& file) {
  return (file.has_filename() ? file.filename() : file.parent_path().filename()).string();
}

bool is_bad(const Label& label) { return label.category && flows::is_bad(*label.category); }

// Files of labels, one after the other.
class LabelFiles {
 public:
  LabelFiles(snapshot::Snapshot& snapshot, std::int64_t known_before, Known& known)
      : snapshot_(snapshot),
        network_(network_name(snapshot.network())),
        known_before_(known_before),
        known_(known) {}

  void read(const fs::path& file) {
    file_ = &file;
    time_.reset();
    rows_ = 0;
    Connection session = snapshot_.another_session();
    read_labels(file, session, snapshot_.max_rows(), [&](RawLabel&& raw) { take(std::move(raw)); });
    if (rows_ == 0) return;
    const std::string name = name_of(file);
    const std::chrono::system_clock::time_point since{
        std::chrono::seconds(time_ ? time_->second : 0)};
    known_.files.push_back({name, "labels", snapshot::verified_sha256(file, sot::FileCheck{}),
                            time_ ? utc_text(since) : "", rows_});
    if (time_ && !time_->is_said) {
      known_.warnings.push_back(fmt::format(
          "{} does not say since when it is known (no .known_since beside it): it counts from {} "
          "days after the date in its name",
          name, kUnsaidDays));
    }
  }

  std::vector<Label> labels() && { return std::move(labels_); }

 private:
  std::int64_t second_of(const RawLabel& raw) {
    if (raw.known_second && !raw.is_no_earlier_than_file) return *raw.known_second;
    if (!time_) time_ = time_of(*file_);
    return std::max(time_->second, raw.known_second.value_or(0));
  }

  void take(RawLabel&& raw) {
    if (!raw.network.empty() && !network_.empty() && network_name(raw.network) != network_) return;
    const std::int64_t second = second_of(raw);
    if (second >= known_before_) return;
    if (labels_.size() == kMostLabels) {
      throw Error(ErrorKind::bad_input,
                  fmt::format("{}: all files of --labels together have more than {} labels: name "
                              "fewer",
                              file_->string(), kMostLabels));
    }
    ++rows_;
    labels_.push_back({snapshot::comparable(raw.address), std::move(raw.label),
                       category_of(raw.category, raw.risk_level),
                       in_lower_case(std::move(raw.risk_level)),
                       raw.source.empty() ? name_of(*file_) : std::move(raw.source), second});
  }

  snapshot::Snapshot& snapshot_;
  std::string network_;
  std::int64_t known_before_;
  Known& known_;
  const fs::path* file_ = nullptr;
  std::optional<FileTime> time_;  // of the file, once a row of it asks
  std::int64_t rows_ = 0;
  std::vector<Label> labels_;
};

void insert_labels(Connection& connection, const std::vector<Label>& labels) {
  const std::vector<TableColumn> columns = {
      {"address", ColumnType::text},  {"label", ColumnType::text},
      {"category", ColumnType::text}, {"is_bad", ColumnType::int64},
      {"is_good", ColumnType::int64}, {"risk_level", ColumnType::text},
      {"source", ColumnType::text},   {"known_second", ColumnType::int64}};
  snapshot::append_rows(
      connection, "known_addresses", columns, labels.size(),
      [&](std::size_t first, std::size_t rows, TableChunk& chunk) {
        for (std::size_t row = 0; row < rows; ++row) {
          const Label& label = labels[first + row];
          chunk.text(0, row, label.address);
          chunk.text(1, row, label.label);
          chunk.text(2, row, name_of(label.category));
          chunk.text(5, row, label.risk_level);
          chunk.text(6, row, label.source);
        }
        const auto integers = [&](std::size_t column, auto value) {
          std::vector<std::int64_t> values;
          for (std::size_t row = 0; row < rows; ++row) {
            values.push_back(value(labels[first + row]));
          }
          chunk.integers(column, values.data(), rows);
        };
        integers(3, [](const Label& label) { return is_bad(label) ? 1 : 0; });
        integers(4, [](const Label& label) { return label.category && !is_bad(label) ? 1 : 0; });
        integers(7, [](const Label& label) { return label.known_second; });
      });
  connection.run(
      fmt::format("INSERT INTO known_subjects SELECT s.subject_id, k.category, min(k.is_bad), "
                  "min(k.is_good), min(k.known_second) FROM subjects s JOIN known_addresses k ON "
                  "k.address = {} GROUP BY s.subject_id, k.category ORDER BY s.subject_id, "
                  "k.category",
                  snapshot::comparable_sql("s.address")));
}

void insert_alerts(Connection& connection, const std::vector<EarlierAlert>& alerts) {
  const std::vector<TableColumn> columns = {
      {"address", ColumnType::text},      {"alert_id", ColumnType::text},
      {"earlier_day", ColumnType::int64}, {"typology_type", ColumnType::text},
      {"severity", ColumnType::text},     {"is_reported", ColumnType::int64}};
  snapshot::make_table(
      connection, "earlier_alerts_read", columns, alerts.size(),
      [&](std::size_t first, std::size_t rows, TableChunk& chunk) {
        std::vector<std::int64_t> days;
        std::vector<std::int64_t> reported;
        for (std::size_t row = 0; row < rows; ++row) {
          const EarlierAlert& alert = alerts[first + row];
          chunk.text(0, row, alert.address);
          chunk.text(1, row, alert.alert_id);
          chunk.text(3, row, alert.typology_type);
          chunk.text(4, row, alert.severity);
          days.push_back(alert.date.days().time_since_epoch().count());
          reported.push_back(alert.is_reported ? *alert.is_reported : flows::kMissing);
        }
        chunk.integers(2, days.data(), rows);
        chunk.integers(5, reported.data(), rows);
      });
  connection.run(fmt::format(
      "INSERT INTO earlier_alerts SELECT s.subject_id, e.alert_id, "
      "s.window_end_second // {0} - 1 - e.earlier_day AS days_before, e.typology_type, e.severity, "
      "e.is_reported FROM subjects s JOIN earlier_alerts_read e ON e.address = {1} "
      "WHERE e.earlier_day < s.window_end_second // {0} - 1 "
      "ORDER BY s.subject_id, days_before, e.alert_id; DROP TABLE earlier_alerts_read",
      kSecondsOfDay, snapshot::comparable_sql("s.address")));
}

std::vector<std::string> find_sanctioned(Connection& connection) {
  std::vector<std::string> ids;
  QueryResult rows = connection.query(fmt::format(
      "SELECT a.alert_id FROM alerts a JOIN known_subjects k ON k.subject_id = a.subject_id WHERE "
      "k.category = {} ORDER BY a.alert_id",
      sql_text(flows::kKnownNames[flows::kSanctions])));
  while (const auto chunk = rows.next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      ids.emplace_back(chunk->column(0).as_text(row));
    }
  }
  return ids;
}

}  // namespace

Known fill_tables(snapshot::Snapshot& snapshot, const KnownFiles& files) {
  Known known;
  snapshot.make(snapshot::Table::known_addresses);
  if (!files.any()) return known;
  const Date date = Date::require(snapshot.processing_date(), "processing_date");
  const std::int64_t known_before = date.epoch_ms() / 1000 + kSecondsOfDay;
  LabelFiles label_files(snapshot, known_before, known);
  for (const fs::path& file : files.labels) label_files.read(file);
  std::vector<Label> labels = std::move(label_files).labels();
  Connection& connection = snapshot.connection();
  if (!files.history.empty()) {
    History history = read_history(snapshot, files.history, date, known_before, known);
    std::move(history.reported.begin(), history.reported.end(), std::back_inserter(labels));
    insert_alerts(connection, history.alerts);
  }
  keep_first(labels);
  insert_labels(connection, labels);
  known.sanctioned_alerts = find_sanctioned(connection);
  return known;
}

}  // namespace aml::known
