// aml-miner publish --input-dir ./snapshot --sot s3://bucket/snapshots
//
// Uploads a snapshot, META.json last.
#include "sot/publish.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/threads.h"
#include "commands/command.h"
#include "commands/store_options.h"

namespace aml::commands {
namespace {

struct PublishOptions {
  SotOptions sot;
  std::string input_dir;
  std::string ground_truth;
};

void publish(const PublishOptions& options) {
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
      ->required()
      ->option_text("DIR")
      ->envname("AML_INPUT_DIR");
  app.add_option("--ground-truth", options->ground_truth,
                 "Also publish this file as the day's ground truth")
      ->check(CLI::ExistingFile)
      ->option_text("FILE")
      ->envname("AML_GROUND_TRUTH");
  declare_sot_options(app, options->sot);
  return [options] { publish(*options); };
}

}  // namespace aml::commands
