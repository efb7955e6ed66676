#include "cases/labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/file_system.h"
#include "base/output_file.h"
#include "base/parquet_writer.h"
#include "cases/entry.h"
#include "sot/known_since.h"

namespace aml::cases {

namespace fs = std::filesystem;

namespace {

struct Label {
  std::string alert_id;
  bool is_reported = false;
  double weight = 1;
};

struct Day {
  std::string date;
  std::string known_since;
  std::vector<Label> labels;
};

LabelsOfDay write_day(const Day& day, const fs::path& folder) {
  static const std::vector<TableColumn> kColumns{{"alert_id", ColumnType::text},
                                                 {"is_sar_filed", ColumnType::boolean},
                                                 {"weight", ColumnType::float64}};
  LabelsOfDay written{.date = day.date,
                      .file = folder / fmt::format("ground_truth_{}.parquet", day.date)};
  OutputFile output(written.file, {.access = Access::owner});
  write_parquet(output.path(), kColumns, day.labels.size(), {},
                [&](std::size_t row, RowSink& sink) {
                  const Label& label = day.labels[row];
                  sink.text(label.alert_id).flag(label.is_reported).real(label.weight);
                });
  output.publish();
  if (const auto second = sot::parse_time(day.known_since)) {
    sot::write_known_since(written.file, *second);
  }
  written.alerts = static_cast<std::int64_t>(day.labels.size());
  for (const Label& label : day.labels) {
    written.reports += static_cast<std::int64_t>(label.is_reported);
    written.sampled += static_cast<std::int64_t>(label.weight != 1);
  }
  return written;
}

}  // namespace

std::string newest_labelled_day(SqlDatabase& database) {
  SqlStatement row = database.prepare(
      "SELECT date FROM states WHERE stage = 'decided' AND verdict IN ('report', 'no_report') "
      "ORDER BY date DESC LIMIT 1");
  if (row.next()) return row.text(0);
  throw Error(ErrorKind::not_found, "nothing was decided with report or no_report yet");
}

std::vector<LabelsOfDay> export_labels(SqlDatabase& database, const std::string& first,
                                       const std::string& last, const fs::path& folder) {
  SqlStatement row = database.prepare(
      "SELECT date, alert_id, verdict, weight, decided_at FROM states WHERE date >= ? AND date <= "
      "? "
      "AND stage = 'decided' AND verdict IN ('report', 'no_report') ORDER BY date, alert_id");
  row.bind(first).bind(last);
  std::vector<LabelsOfDay> written;
  Day day;  // one at a time: years of them are many
  const auto finish = [&] {
    if (day.labels.empty()) return;
    if (written.empty()) make_folders(folder);
    written.push_back(write_day(day, folder));
  };
  while (row.next()) {
    if (day.date != row.text(0)) {
      finish();
      day = {row.text(0), "", {}};
    }
    day.labels.push_back({row.text(1), row.text(2) == name_of(Verdict::report), row.real(3)});
    day.known_since = std::max(day.known_since, row.text(4));
  }
  finish();
  if (written.empty()) {
    throw Error(
        ErrorKind::not_found,
        fmt::format("nothing was decided with report or no_report from {} to {}", first, last));
  }
  return written;
}

}  // namespace aml::cases
