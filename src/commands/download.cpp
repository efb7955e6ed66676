// aml-miner download --network bitcoin --processing-date 2025-10-26 --days 7
//                    --output-dir ./input/2025-10-26
//
// Fetches and verifies a day's snapshot.
#include "sot/download.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "base/date.h"
#include "base/error.h"
#include "base/log.h"
#include "commands/command.h"
#include "commands/day_paths.h"
#include "commands/shared_options.h"
#include "commands/store_options.h"

namespace aml::commands {
namespace {

struct DownloadOptions {
  SotOptions sot;
  std::string network;
  std::string processing_date;
  int days = 7;
  std::string output_dir;
  bool ground_truth = false;
  bool labels = false;
  bool force = false;
};

void check_network(const std::string& network) {
  if (network.empty() || network.find_first_of("/\\") != std::string::npos || network[0] == '.') {
    throw Error(ErrorKind::usage, "--network must be a name such as bitcoin");
  }
}

void download(const DownloadOptions& options) {
  check_network(options.network);
  std::optional<Date> date;
  if (options.processing_date != kLatest) {
    date = Date::require(options.processing_date, "--processing-date");
  }
  const auto store = open_sot(options.sot);
  if (!date) {
    date = sot::latest_date(*store, options.network, options.days);
  }
  const auto labels =
      options.labels ? open_sot(options.sot, sot::labels_address(options.sot.sot)) : nullptr;
  const std::string output_dir = with_date(options.output_dir, *date);
  const sot::DownloadReport report =
      sot::download({sot::SnapshotId{options.network, *date, options.days}, output_dir,
                     options.ground_truth, labels.get(), options.sot.connections, options.force},
                    *store);
  for (const std::string& warning : report.warnings) {
    log::warning(warning);
  }
  for (const std::string& name : report.unverified) {
    log::warning("no checksum to verify this file by", {{"file", name}});
  }
  log::info(report.already_complete ? "already downloaded and intact" : "downloaded",
            {{"processing_date", date->text()},
             {"files", std::ssize(report.files)},
             {"bytes", report.bytes},
             {"output_dir", output_dir}});
}

}  // namespace

Action declare_download(CLI::App& app) {
  const auto options = std::make_shared<DownloadOptions>();
  app.add_option("--network", options->network, "Blockchain network, such as bitcoin")
      ->required()
      ->option_text("NAME")
      ->envname("AML_NETWORK");
  app.add_option("--processing-date", options->processing_date,
                 "Day of the snapshot, YYYY-MM-DD, or latest")
      ->required()
      ->option_text("DATE")
      ->envname("AML_PROCESSING_DATE");
  app.add_option("--days", options->days, "Length of the snapshot's window in days (default: 7)")
      ->check(CLI::Range(1, 36500))
      ->option_text("N")
      ->envname("AML_DAYS");
  app.add_option("--output-dir", options->output_dir,
                 "Folder to fill; {date} in it stands for the snapshot's day")
      ->required()
      ->option_text("DIR")
      ->envname("AML_INPUT_DIR");
  app.add_flag("--ground-truth", options->ground_truth,
               "Fetch the day's ground truth too, and fail where it is not there yet");
  app.add_flag(
      "--labels", options->labels,
      "Fetch the address labels too: those of the day, or the newest of a month before it");
  declare_force(app, options->force, "snapshot");
  declare_sot_options(app, options->sot);
  return [options] { download(*options); };
}

}  // namespace aml::commands
