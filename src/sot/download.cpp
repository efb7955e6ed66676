#include "sot/download.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/staged_directory.h"
#include "base/threads.h"
#include "sot/download_plan.h"
#include "sot/download_record.h"
#include "sot/transfer.h"

namespace aml::sot {

namespace fs = std::filesystem;

namespace {

// A folder that holds something else must not be replaced by a mistyped --output-dir.
void check_output_dir(const fs::path& output_dir) {
  std::error_code failed;
  if (!fs::exists(output_dir) || file_size_if_exists(output_dir / DownloadRecord::kFileName) ||
      file_size_if_exists(output_dir / kMetaFile) ||
      file_size_if_exists(output_dir / kAlertsFile) ||
      (fs::is_directory(output_dir) && fs::is_empty(output_dir, failed))) {
    return;
  }
  throw Error(ErrorKind::usage,
              fmt::format("{} holds something that is no snapshot: name another --output-dir",
                          output_dir.string()));
}

// The files of `output_dir` that are what the plan wants, by what an earlier download recorded of
// them and by their content now.
DownloadRecord intact_files(const fs::path& output_dir, const DownloadPlan& plan, int threads) {
  const auto record = DownloadRecord::read(output_dir);
  std::vector<char> intact(plan.files.size(), 0);
  parallel_blocks(plan.files.size(), 1, threads, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end && record; ++i) {
      const WantedFile& wanted = plan.files[i];
      const auto found = record->files.find(wanted.name);
      if (found == record->files.end() || found->second.etag != wanted.object.etag ||
          found->second.size != wanted.object.size || found->second.hash != wanted.hash ||
          (wanted.digest && *wanted.digest != found->second.digest) ||
          file_size_if_exists(output_dir / wanted.name) != wanted.object.size) {
        continue;
      }
      intact[i] = hash_file(wanted.hash, output_dir / wanted.name) == found->second.digest;
    }
  });
  DownloadRecord kept{plan.source, {}};
  for (std::size_t i = 0; i < intact.size(); ++i) {
    if (intact[i] != 0) {
      kept.files[plan.files[i].name] = record->files.at(plan.files[i].name);
    }
  }
  return kept;
}

bool is_complete(const fs::path& output_dir, const DownloadPlan& plan, const DownloadRecord& kept) {
  const auto size = file_size_if_exists(output_dir / kMetaFile);
  const bool same_meta = plan.meta_text ? size == plan.meta_text->size() &&
                                              read_file(output_dir / kMetaFile) == *plan.meta_text
                                        : !size;
  const auto record = DownloadRecord::read(output_dir);
  return same_meta && record && record->source == plan.source &&
         kept.files.size() == plan.files.size() && record->files.size() == plan.files.size();
}

void check_space(const fs::path& folder, std::uint64_t needed) {
  std::error_code failed;
  const fs::space_info space = fs::space(folder, failed);
  if (!failed && space.available < needed) {
    throw Error(
        ErrorKind::no_space,
        fmt::format("the disk of {} has {} MB free, but the snapshot needs {} MB more: "
                    "free some space and run the same command again",
                    folder.parent_path().string(), space.available >> 20, (needed >> 20) + 1));
  }
}

// Brings the intact files of the old folder into the new one without copying where the file system
// can.
void reuse(const fs::path& from, const fs::path& to, const DownloadRecord& kept) {
  for (const auto& [name, file] : kept.files) {
    std::error_code failed;
    fs::remove(to / name, failed);
    fs::remove(to / (name + ".pieces"), failed);
    fs::create_hard_link(from / name, to / name, failed);
    if (failed) {
      fs::copy_file(from / name, to / name);
    }
  }
}

// Files of an earlier run that the snapshot no longer has.
void remove_strangers(const fs::path& folder, const DownloadPlan& plan) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const bool wanted = std::any_of(
        plan.files.begin(), plan.files.end(),
        [&](const WantedFile& file) { return name == file.name || name == file.name + ".pieces"; });
    if (!wanted) {
      fs::remove_all(entry.path());
    }
  }
}

DownloadReport describe(const DownloadPlan& plan) {
  DownloadReport report;
  report.warnings = plan.warnings;
  for (const WantedFile& file : plan.files) {
    report.files.push_back(file.name);
    if (!file.digest) {
      report.unverified.push_back(file.name);
    }
  }
  return report;
}

}  // namespace

DownloadReport download(const DownloadRequest& request, ObjectStore& store) {
  check_output_dir(request.output_dir);
  const DownloadPlan plan = plan_download(request, store);
  DownloadReport report = describe(plan);
  DownloadRecord record = intact_files(request.output_dir, plan, available_processors());
  if (is_complete(request.output_dir, plan, record)) {
    report.already_complete = true;
    return report;
  }
  StagedDirectory staging(request.output_dir, StagedDirectory::Leftovers::keep);
  staging.keep_for_later();
  remove_strangers(staging.path(), plan);
  Transfer transfer(staging.path(), plan, record, store);
  check_space(staging.path(), transfer.bytes_to_fetch());
  reuse(request.output_dir, staging.path(), record);
  report.bytes = transfer.run(request.connections);
  if (plan.meta_text) {
    write_file_atomically(staging.path() / kMetaFile, *plan.meta_text);
  }
  sync_tree(staging.path());  // the journals go when nothing of the files can be lost any more
  transfer.record_in(record);
  write_file_atomically(staging.path() / DownloadRecord::kFileName, record.to_json());
  staging.publish();
  return report;
}

}  // namespace aml::sot
