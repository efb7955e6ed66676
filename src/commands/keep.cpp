// aml-miner keep --input-dir ./input/2025-10-26 --output-dir ./output/2025-10-26
//
// Writes the small file that stays of a day once its input is gone.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/file_system.h"
#include "base/log.h"
#include "commands/command.h"
#include "commands/command_end.h"
#include "commands/shared_options.h"
#include "evidence/input_tables.h"
#include "known/kept_day.h"
#include "results/reader.h"
#include "results/rows.h"

namespace aml::commands {

namespace {

constexpr const char* kMemory = "1GB";  // of DuckDB, for one file of alerts

struct KeepOptions {
  std::string input_dir;
  std::string output_dir;
  std::int64_t max_rows = snapshot::kMaxRows;
};

void keep(const KeepOptions& options) {
  const std::filesystem::path input = absolute_path(options.input_dir);
  const auto date = Date::parse(input.filename().string());
  if (!date) {
    throw Error(ErrorKind::usage,
                fmt::format("--input-dir {}: its name must be the day, such as 2025-10-26, since "
                            "what stays is found by it",
                            options.input_dir));
  }
  if (!is_folder(input)) {
    throw Error(ErrorKind::not_found, fmt::format("{} is no directory", options.input_dir));
  }
  known::KeptScores batch;
  if (!options.output_dir.empty()) {
    const results::Metadata metadata = results::read_metadata(options.output_dir);
    if (metadata.processing_date != date->text()) {
      throw Error(ErrorKind::usage,
                  fmt::format("--output-dir {} is the batch of {}, and --input-dir {} is of {}: "
                              "name folders of one day",
                              options.output_dir, metadata.processing_date, options.input_dir,
                              date->text()));
    }
    batch = {evidence::published(options.output_dir, results::kAlertsScoredFile),
             evidence::published(options.output_dir, results::kAlertsRankedFile),
             {std::filesystem::path(options.output_dir) / results::kAlertsScoredFile,
              std::filesystem::path(options.output_dir) / results::kAlertsRankedFile}};
  }
  const auto database = snapshot::open_database({.threads = 1, .memory_limit = kMemory});
  try {
    known::write_kept_day(*database, input.parent_path(), *date, batch, options.max_rows);
  } catch (const known::UnreadableAlerts& e) {
    throw CommandEnd(EndCode::wanting, e.what());  // or it were one of what may pass
  }
  log::info("kept", {{"processing_date", date->text()},
                     {"file", known::kept_file(input.parent_path(), *date).string()}});
}

}  // namespace

Action declare_keep(CLI::App& app) {
  const auto options = std::make_shared<KeepOptions>();
  declare_input_dir(app, options->input_dir);
  app.add_option("--output-dir", options->output_dir,
                 "Folder of the day's batch, whose scores and ranks are kept (default: those that "
                 "were kept before)")
      ->option_text("DIR")
      ->envname("AML_OUTPUT_DIR");
  declare_max_rows(app, options->max_rows);
  return [options] { keep(*options); };
}

}  // namespace aml::commands
