#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/date.h"
#include "results/metadata.h"

namespace aml::api {

// One published batch.
struct Day {
  Date date;
  std::filesystem::path directory;
  results::Metadata metadata;
  std::string metadata_text;  // metadata.json as it stands on the disk
  // Names this publication of the day's batch: another one, also of the same day, has another.
  std::string identity;
  // Names the batch by its content, from metadata.json; sent as AML-Batch with what is made of it.
  std::string tag{};
};

// Seconds since 1970 at which the day's batch was processed; nothing where it does not say.
std::optional<std::int64_t> processed_second(const Day& day);

// What lies under a date: a batch, or why the folder of that name is none, or neither.
struct Found {
  std::shared_ptr<const Day> day;
  std::string problem;  // a sentence that names the file, without the server's paths
};

// The batches of an output root, always as they are at this moment: each call looks at the disk,
// which costs five lstat() per batch; files are read only when they changed. All functions may be
// called from any thread.
class Archive {
 public:
  // Days that `is_held` says yes to are not there; it may be empty. Nor are, where a network is
  // named, batches of another one.
  explicit Archive(std::filesystem::path output_root, std::function<bool(Date)> is_held = {},
                   std::string network = {});

  Found find(Date date) const;
  // The newest batch, or nothing where there is none.
  std::shared_ptr<const Day> newest() const;
  // Whether the day is not shown for now.
  bool is_held(Date date) const { return is_held_ && is_held_(date); }
  // Newest first.
  std::vector<Date> dates() const;
  // Whether the batch is still there and was not replaced.
  static bool is_current(const Day& day);

 private:
  struct Entry {
    std::string identity;
    Found found;
  };
  // What metadata.json, whose text is given, makes of the date's folder.
  Found judge(Date date, const std::string& identity, std::string metadata_text) const;
  // The dates that folders are named after, newest first, batches or not.
  std::vector<Date> folders() const;

  std::filesystem::path output_root_;
  std::function<bool(Date)> is_held_;
  std::string network_;
  mutable std::mutex mutex_;
  mutable std::map<Date, Entry> entries_;
};

}  // namespace aml::api
