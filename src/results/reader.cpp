#include "results/reader.h"

#include <algorithm>
#include <functional>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "results/rows.h"

namespace aml::results {

namespace fs = std::filesystem;

fs::path batch_directory(const fs::path& output_root, Date date) {
  return output_root / date.text();
}

std::optional<Date> batch_date(const fs::path& directory) {
  const std::optional<Date> date = Date::parse(directory.filename().string());
  if (!date) return std::nullopt;
  for (const char* file : {kAlertsScoredFile, kAlertsRankedFile, kClustersScoredFile}) {
    if (!file_size_if_exists(directory / file)) return std::nullopt;
  }
  try {
    if (read_metadata(directory).processing_date != date->text()) return std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
  return date;
}

std::vector<Date> batch_dates(const fs::path& output_root) {
  std::vector<Date> dates;
  for (const fs::path& path : list_folder_if_possible(output_root)) {
    if (const auto date = batch_date(path)) dates.push_back(*date);
  }
  std::sort(dates.begin(), dates.end(), std::greater<>());
  return dates;
}

Metadata read_metadata(const fs::path& batch) {
  const fs::path path = batch / kMetadataFile;
  return Metadata::parse(read_file(path, kMostMetadataBytes), path.string());
}

}  // namespace aml::results
