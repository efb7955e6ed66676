#include "sot/download.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/log.h"
#include "base/parse_number.h"
#include "base/staged_directory.h"
#include "base/threads.h"
#include "sot/download_plan.h"
#include "sot/download_record.h"
#include "sot/known_since.h"
#include "sot/transfer.h"

namespace aml::sot {

namespace fs = std::filesystem;

namespace {

// A folder that holds something else must not be replaced by a mistyped --output-dir.
void refuse_foreign_output(const fs::path& output_dir) {
  if (!path_exists(output_dir) || file_size_if_exists(output_dir / DownloadRecord::kFileName) ||
      file_size_if_exists(output_dir / kMetaFile) ||
      file_size_if_exists(output_dir / kAlertsFile) ||
      (is_folder(output_dir) && list_folder(output_dir).empty())) {
    return;
  }
  throw Error(ErrorKind::usage,
              fmt::format("{} holds something that is no snapshot: name another --output-dir",
                          output_dir.string()));
}

// A folder named after another day would be taken for that day's snapshot.
void refuse_other_day(const fs::path& output_dir, Date date) {
  const auto named = Date::parse(absolute_path(output_dir).filename().string());
  if (named && *named != date) {
    throw Error(ErrorKind::usage,
                fmt::format("--output-dir {} is named after another day than the snapshot's {}",
                            output_dir.string(), date.text()));
  }
}

// What an earlier download says it is of, by the end of its source: bitcoin/2025-10-26/7.
std::optional<SnapshotKind> kind_of_record(const fs::path& output_dir) {
  const auto record = DownloadRecord::read(output_dir);
  if (!record) {
    return std::nullopt;
  }
  const fs::path source = absolute_path("/" + record->source);
  const auto days = parse_number<std::int64_t>(source.filename().string());
  return SnapshotKind{source.parent_path().parent_path().filename().string(), days.value_or(0)};
}

void refuse_other_kind(const DownloadRequest& request) {
  auto held = kind_in(request.output_dir);
  if (!held) {
    held = kind_of_record(request.output_dir);
  }
  if (held && !request.force) {
    require_same_kind(request.output_dir, *held, {request.id.network, request.id.window_days});
  }
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
      if (found == record->files.end() || !found->second.is_of(wanted.object) ||
          found->second.hash != wanted.hash ||
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
  const auto space = free_bytes(folder);
  if (space && *space < needed) {
    throw Error(ErrorKind::no_space,
                fmt::format("the disk of {} has {} MB free, but the snapshot needs {} MB more: "
                            "free some space and run the same command again",
                            folder.parent_path().string(), *space >> 20, (needed >> 20) + 1));
  }
}

// Brings the intact files of the old folder into the new one without copying where the file system
// can.
void reuse(const fs::path& from, const fs::path& to, const DownloadRecord& kept) {
  for (const auto& [name, file] : kept.files) {
    remove_tree(to / name);
    remove_tree(to / (name + ".pieces"));
    link_or_copy(from / name, to / name);
  }
}

// Says beside each truth and label file since when it is known. What an earlier download said of
// the same bytes stays: a store may get them again.
void tell_known_since(const fs::path& from, const fs::path& to, const DownloadPlan& plan,
                      const DownloadRecord& kept) {
  for (const WantedFile& file : plan.files) {
    if (!file.tells_when_known) continue;
    const auto before =
        kept.files.contains(file.name) && file_size_if_exists(known_since_path(from / file.name))
            ? read_known_since(from / file.name)
            : std::nullopt;
    const auto second = before ? before : file.object.modified_second;
    if (!second) {
      log::warning(
          "the store does not say since when this file is there: what is in it counts "
          "from 30 days after its date",
          {{"file", file.name}});
      continue;
    }
    if (from != to || !before) write_known_since(to / file.name, *second);
  }
}

// Files of an earlier run that the snapshot no longer has.
void remove_strangers(const fs::path& folder, const DownloadPlan& plan) {
  for (const fs::path& path : list_folder(folder)) {
    const std::string name = path.filename().string();
    const bool wanted = std::any_of(
        plan.files.begin(), plan.files.end(),
        [&](const WantedFile& file) { return name == file.name || name == file.name + ".pieces"; });
    if (!wanted) {
      remove_tree(path);
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
  StagedDirectory::recover(request.output_dir);
  refuse_foreign_output(request.output_dir);
  refuse_other_day(request.output_dir, request.id.processing_date);
  refuse_other_kind(request);
  const DownloadPlan plan = plan_download(request, store);
  DownloadReport report = describe(plan);
  DownloadRecord record = intact_files(request.output_dir, plan, available_processors());
  if (is_complete(request.output_dir, plan, record)) {
    StagedDirectory::clear_leftovers(request.output_dir);
    tell_known_since(request.output_dir, request.output_dir, plan, record);
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
  tell_known_since(request.output_dir, staging.path(), plan, record);
  sync_tree(staging.path());  // the journals go when nothing of the files can be lost any more
  transfer.record_in(record);
  write_file_atomically(staging.path() / DownloadRecord::kFileName, record.to_json());
  staging.publish();
  return report;
}

}  // namespace aml::sot
