// aml-miner publish --input-dir ./snapshot --sot s3://bucket/snapshots
//
// Uploads a snapshot, META.json last; or with --batch a day's results, metadata.json last.
#include "sot/publish.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/date.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/log.h"
#include "base/threads.h"
#include "commands/command.h"
#include "commands/store_options.h"
#include "results/reader.h"
#include "results/rows.h"

namespace aml::commands {
namespace {

struct PublishOptions {
  SotOptions sot;
  std::string input_dir;
  std::string ground_truth;
  std::string batch;
  std::string to;
};

// Who serves the batch waits for its metadata.json.
std::vector<std::string> batch_files(const std::filesystem::path& batch) {
  std::vector<std::string> names;
  for (const std::filesystem::path& path : list_folder(batch)) {
    const std::string name = path.filename().string();
    if (name.starts_with('.') || is_folder(path) || name == results::kMetadataFile) continue;
    names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  names.emplace_back(results::kMetadataFile);
  return names;
}

void publish_batch(const PublishOptions& options) {
  if (!is_folder(options.batch)) {
    throw Error(ErrorKind::not_found, fmt::format("there is no folder {}", options.batch));
  }
  const std::optional<Date> date = results::batch_date(options.batch);
  if (!date) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{} is no batch: name a folder that `process` wrote, named after its "
                            "day",
                            options.batch));
  }
  const auto store = open_sot(options.sot, options.to);
  const std::uint64_t bytes =
      sot::publish_files(options.batch, date->text(), batch_files(options.batch), *store);
  log::info("published", {{"batch", store->address(date->text())}, {"bytes", bytes}});
}

void publish(const PublishOptions& options) {
  if (options.input_dir.empty() == options.batch.empty()) {
    throw Error(ErrorKind::usage,
                "name either a snapshot with --input-dir (AML_INPUT_DIR) or a batch with --batch");
  }
  // Not the source of truth: a batch among snapshots would look like a network.
  if (options.batch.empty() != options.to.empty()) {
    throw Error(ErrorKind::usage, "--batch and --to belong together: what is uploaded, and where");
  }
  if (!options.batch.empty()) {
    if (!options.ground_truth.empty()) {
      throw Error(ErrorKind::usage, "--ground-truth lies beside a snapshot, not beside a batch");
    }
    return publish_batch(options);
  }
  const auto store = open_sot(options.sot);
  const sot::PublishReport report =
      sot::publish({options.input_dir, options.ground_truth, available_processors()}, *store);
  log::info(report.already_published ? "already published" : "published",
            {{"snapshot", store->address(report.id.path())}, {"bytes", report.bytes}});
}

}  // namespace

Action declare_publish(CLI::App& app) {
  const auto options = std::make_shared<PublishOptions>();
  app.add_option("--input-dir", options->input_dir,
                 "Folder of the snapshot; its META.json says which one it is")
      ->option_text("DIR")
      ->envname("AML_INPUT_DIR");
  app.add_option("--ground-truth", options->ground_truth,
                 "Also publish this file as the day's ground truth")
      ->check(CLI::ExistingFile)
      ->option_text("FILE")
      ->envname("AML_GROUND_TRUTH");
  app.add_option("--batch", options->batch,
                 "Upload the results in this folder instead, to {--to}/{their day}")
      ->option_text("DIR")
      ->envname("AML_PUBLISH_BATCH");
  app.add_option("--to", options->to, "Where results go: s3://bucket/prefix or file:///folder")
      ->option_text("URL")
      ->envname("AML_PUBLISH_TO");
  declare_sot_options(app, options->sot);
  return [options] { publish(*options); };
}

}  // namespace aml::commands
