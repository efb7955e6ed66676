#include "api/archive.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/log.h"
#include "http/conditional.h"
#include "results/reader.h"
#include "results/rows.h"
#include "sot/known_since.h"

namespace aml::api {

namespace fs = std::filesystem;

namespace {

void append_identity(std::string& identity, const struct stat& status) {
  fmt::format_to(std::back_inserter(identity), "{:x}.{:x}.{:x}.{:x}.{:x} ", status.st_dev,
                 status.st_ino, status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_size);
}

// What lies at the path once links are followed; nothing where nothing does. A link leaves its own
// identity too: the same file behind another name is another matter.
std::optional<struct stat> look_at(const fs::path& path, std::string& identity) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return std::nullopt;
  if (!S_ISLNK(status.st_mode)) return status;
  identity += "link ";
  append_identity(identity, status);
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return status;
}

// Device, inode, time of change and size of each of the batch's files: publishing a batch makes new
// files. "-" stands for one that is missing; the text is empty where there is no metadata.json.
std::string identity_of(const fs::path& directory) {
  std::string identity;
  look_at(directory, identity);
  for (const char* file : {results::kMetadataFile, results::kAlertsScoredFile,
                           results::kAlertsRankedFile, results::kClustersScoredFile}) {
    const auto status = look_at(directory / file, identity);
    if (status && S_ISREG(status->st_mode)) {
      append_identity(identity, *status);
    } else if (file == results::kMetadataFile) {
      return {};
    } else {
      identity += "- ";
    }
  }
  return identity;
}

// A sentence where the day's folder, or one of its files, is a symbolic link to somewhere else:
// what this server publishes lies in its root.
std::string link_out_of(const fs::path& root, const fs::path& directory, Date date) {
  const auto refuse = [&](const std::string& what) {
    return fmt::format(
        "{} of {} is a symbolic link that leads out of the output root; put the batch there itself",
        what, date.text());
  };
  if (!is_below(directory, root)) return refuse("the folder");
  for (const char* file : {results::kMetadataFile, results::kAlertsScoredFile,
                           results::kAlertsRankedFile, results::kClustersScoredFile}) {
    if (path_exists(directory / file) && !is_below(directory / file, root)) return refuse(file);
  }
  return {};
}

}  // namespace

Archive::Archive(fs::path output_root, std::function<bool(Date)> is_held, std::string network)
    : output_root_(std::move(output_root)),
      is_held_(std::move(is_held)),
      network_(std::move(network)) {}

Found Archive::find(Date date) const {
  if (is_held_ && is_held_(date)) return {};
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
    found.problem = link_out_of(output_root_, directory, date);
    if (found.problem.empty()) {
      found = judge(date, identity,
                    read_file(directory / results::kMetadataFile, results::kMostMetadataBytes));
    }
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
  } catch (const results::LaterFormat& e) {
    log::error(e.what(), {{"folder", directory.string()}});
    return {nullptr, fmt::format("that day, {}, was processed by a newer version of this program, "
                                 "which must serve it",
                                 date.text())};
  } catch (const Error& e) {
    log::error(e.what(), {{"folder", directory.string()}});
    return {nullptr, fmt::format("metadata.json of {} is damaged; that day must be processed again",
                                 date.text())};
  }
  if (metadata.processing_date != date.text()) {
    return {nullptr, fmt::format("metadata.json of {} is that of another day, {}", date.text(),
                                 metadata.processing_date)};
  }
  if (!network_.empty() && metadata.network != network_) {
    return {nullptr, fmt::format("metadata.json of {} is of the network \"{}\", and this folder is "
                                 "that of {}",
                                 date.text(), metadata.network, network_)};
  }
  std::string tag = http::content_tag(metadata_text);
  return {std::make_shared<const Day>(Day{date, directory, std::move(metadata),
                                          std::move(metadata_text), identity, std::move(tag)}),
          {}};
}

std::vector<Date> Archive::folders() const {
  std::vector<Date> dates;
  for (const fs::path& path : list_folder_if_possible(output_root_)) {
    if (const auto date = Date::parse(path.filename().string())) dates.push_back(*date);
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

std::optional<std::int64_t> processed_second(const Day& day) {
  return sot::parse_time(day.metadata.processed_at);
}

}  // namespace aml::api
