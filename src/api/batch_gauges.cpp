#include "api/batch_gauges.h"

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"

namespace aml::api {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostDateBytes = 64;
constexpr double kMsPerSecond = 1000;

double fit_of(const Day& day) {
  constexpr std::array<std::string_view, 4> kVerdicts{"unknown", "familiar", "drifting", "foreign"};
  const auto found = std::ranges::find(kVerdicts, day.metadata.fit.verdict);
  return found == kVerdicts.end() ? 0 : static_cast<double>(found - kVerdicts.begin());
}

double rows_of(const Day& day, const char* table) {
  const auto found = day.metadata.output_counts.find(table);
  return found == day.metadata.output_counts.end() ? 0 : static_cast<double>(found->second);
}

double second_of(Date date) { return static_cast<double>(date.epoch_ms()) / kMsPerSecond; }

double sot_latest(const fs::path& file) {
  try {
    if (!file_size_if_exists(file)) return 0;
    std::string text = read_file(file, kMostDateBytes);
    if (text.ends_with('\n')) text.pop_back();
    const auto date = Date::parse(text);
    return date ? second_of(*date) : 0;
  } catch (const Error&) {
    return 0;  // whoever watches sees that nobody says it
  }
}

}  // namespace

void add_batch_gauges(http::Metrics& metrics, const Archive& archive, const fs::path& output_root,
                      const std::string& network) {
  const auto add = [&](const char* name, const char* help, double (*value)(const Day&)) {
    metrics.add_gauge(
        name, help,
        [&archive, value] {
          const auto newest = archive.newest();
          return newest ? value(*newest) : 0.0;
        },
        network);
  };
  add("aml_latest_batch_fit",
      "Whether the newest batch's day is like those its model learned from: 0 not known, "
      "1 familiar, 2 drifting, 3 foreign",
      fit_of);
  add("aml_latest_batch_timestamp_seconds",
      "When the newest batch was processed, in seconds since 1970; 0 where there is none",
      [](const Day& day) { return static_cast<double>(processed_second(day).value_or(0)); });
  add("aml_latest_batch_day_timestamp_seconds",
      "When the newest batch's day began, in seconds since 1970; 0 where there is none",
      [](const Day& day) { return second_of(day.date); });
  add("aml_latest_batch_alerts", "Alerts in the newest batch",
      [](const Day& day) { return rows_of(day, "alerts_scored"); });
  add("aml_latest_batch_clusters", "Clusters in the newest batch",
      [](const Day& day) { return rows_of(day, "clusters_scored"); });
  add("aml_latest_batch_warnings", "Warnings in the newest batch's metadata",
      [](const Day& day) { return static_cast<double>(day.metadata.warnings.size()); });
  add("aml_latest_batch_seconds", "How long the newest batch took to be processed",
      [](const Day& day) { return day.metadata.total_latency_ms / kMsPerSecond; });
  metrics.add_gauge(
      "aml_sot_latest_timestamp_seconds",
      "When the newest day that the SOT offers began, in seconds since 1970, as run "
      "saw it last; 0 where nobody says",
      [file = output_root / kSotLatestFile] { return sot_latest(file); }, network);
  metrics.add_gauge(
      "aml_disk_free_bytes", "Free bytes on the disk of the batches",
      [output_root] { return static_cast<double>(free_bytes(output_root).value_or(0)); }, network);
}

}  // namespace aml::api
