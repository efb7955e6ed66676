#include "api/archive.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "results/reader.h"
#include "results/rows.h"

namespace aml::api {

namespace fs = std::filesystem;

namespace {

// Device, inode, time of change and size of each of the batch's files: publishing a batch makes new
// files. "-" stands for one that is missing; the text is empty where there is no metadata.json.
std::string identity_of(const fs::path& directory) {
  std::string identity;
  for (const char* file : {results::kMetadataFile, results::kAlertsScoredFile,
                           results::kAlertsRankedFile, results::kClustersScoredFile}) {
    struct stat status{};
    if (::stat((directory / file).c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
      if (identity.empty()) return {};
      identity += "- ";
      continue;
    }
    fmt::format_to(std::back_inserter(identity), "{:x}.{:x}.{:x}.{:x}.{:x} ", status.st_dev,
                   status.st_ino, status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_size);
  }
  return identity;
}

}  // namespace

Archive::Archive(fs::path output_root) : output_root_(std::move(output_root)) {}

Found Archive::find(Date date) const {
  const fs::path directory = results::batch_directory(output_root_, date);
  const std::string identity = identity_of(directory);
  {
    const std::lock_guard lock(mutex_);
    const auto known = entries_.find(date);
    if (identity.empty()) {
      if (known != entries_.end()) entries_.erase(known);
      return {};
    }
    if (known != entries_.end() && known->second.identity == identity) return known->second.found;
  }
  // Where the batch is replaced just now, what is read is filed under an identity that is no longer
  // that of the disk; is_current() says so, and the next call reads again.
  Found found;
  try {
    found = judge(date, identity, read_file(directory / results::kMetadataFile));
  } catch (const Error& e) {
    // A matter of this moment, such as too many open files: not to be remembered.
    log::error(e.what());
    return {nullptr, fmt::format("metadata.json of {} cannot be read", date.text())};
  }
  if (!found.problem.empty()) log::error(found.problem, {{"folder", directory.string()}});
  const std::lock_guard lock(mutex_);
  entries_.insert_or_assign(date, Entry{identity, found});
  return found;
}

Found Archive::judge(Date date, const std::string& identity, std::string metadata_text) const {
  const fs::path directory = results::batch_directory(output_root_, date);
  for (const char* file :
       {results::kAlertsScoredFile, results::kAlertsRankedFile, results::kClustersScoredFile}) {
    if (!file_size_if_exists(directory / file)) {
      return {nullptr, fmt::format("{} of {} is missing; that day must be processed again", file,
                                   date.text())};
    }
  }
  results::Metadata metadata;
  try {
    metadata = results::Metadata::parse(metadata_text, results::kMetadataFile);
  } catch (const Error& e) {
    log::error(e.what(), {{"folder", directory.string()}});
    return {nullptr, fmt::format("metadata.json of {} is damaged; that day must be processed again",
                                 date.text())};
  }
  if (metadata.processing_date != date.text()) {
    return {nullptr, fmt::format("metadata.json of {} is that of another day, {}", date.text(),
                                 metadata.processing_date)};
  }
  return {std::make_shared<const Day>(
              Day{date, directory, std::move(metadata), std::move(metadata_text), identity}),
          {}};
}

std::vector<Date> Archive::folders() const {
  std::vector<Date> dates;
  std::error_code error;
  for (fs::directory_iterator entry(output_root_, error), end; !error && entry != end;
       entry.increment(error)) {
    if (const auto date = Date::parse(entry->path().filename().string())) dates.push_back(*date);
  }
  std::sort(dates.begin(), dates.end(), std::greater<>());
  return dates;
}

std::shared_ptr<const Day> Archive::newest() const {
  for (const Date date : folders()) {
    if (const Found found = find(date); found.day) return found.day;
  }
  return nullptr;
}

std::vector<Date> Archive::dates() const {
  std::vector<Date> dates = folders();
  std::erase_if(dates, [&](Date date) { return find(date).day == nullptr; });
  return dates;
}

bool Archive::is_current(const Day& day) { return identity_of(day.directory) == day.identity; }

}  // namespace aml::api
