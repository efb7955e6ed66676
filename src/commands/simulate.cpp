// aml-miner simulate --network bitcoin --processing-date 2025-10-26 --days 7 --scale 0.1 --seed 1
//     --output-dir ./snapshot
//
// Makes a snapshot of a simulated economy in the SOT's schema, and its ground truth beside it.
#include "simulation/simulate.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/date.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/log.h"
#include "base/output_file.h"
#include "base/path_identity.h"
#include "base/staged_directory.h"
#include "base/threads.h"
#include "commands/command.h"
#include "commands/day_paths.h"
#include "commands/shared_options.h"
#include "commands/stages.h"
#include "sot/snapshot.h"

namespace aml::commands {

namespace fs = std::filesystem;

namespace {

struct SimulateOptions {
  std::string network;
  std::string processing_date;
  std::string output_dir;
  std::string ground_truth_dir;
  std::string memory_limit;
  double scale = 0.1;
  std::uint64_t seed = 1;
  std::optional<int> days;  // nothing: what the economy has
  std::string economy = "fixed";
  int threads = 0;
  bool force = false;
};

bool is_snapshot_file(const fs::path& path) {
  const std::array<std::string, 5> names = {sot::kAlertsFile, sot::kFeaturesFile,
                                            sot::kClustersFile, sot::kMoneyFlowsFile,
                                            sot::kMetaFile};
  return std::find(names.begin(), names.end(), path.filename().string()) != names.end();
}

// Publishing replaces the folder, so it must hold nothing but an earlier snapshot.
void refuse_foreign_output(const fs::path& output) {
  if (!path_exists(output)) return;
  if (!is_folder(output)) {
    throw Error(ErrorKind::usage, fmt::format("--output-dir {} is a file", output.string()));
  }
  for (const fs::path& path : list_folder(output)) {
    if (is_snapshot_file(path)) continue;
    throw Error(ErrorKind::usage,
                fmt::format("--output-dir {} holds {}, which belongs to no snapshot and would be "
                            "lost; name another folder",
                            output.string(), path.filename().string()));
  }
}

simulation::Habits habits_of(const SimulateOptions& options) {
  if (options.economy == "fixed") return {};
  if (options.economy == "random") return simulation::random_habits(options.seed);
  return simulation::read_habits(options.economy);
}

void simulate(SimulateOptions options) {
  const simulation::Habits habits = habits_of(options);
  if (options.network.empty()) options.network = habits.network;
  if (options.network.empty()) options.network = "bitcoin";
  const int days = options.days.value_or(habits.window_days);
  if (options.threads == 0) options.threads = available_processors();
  const Date date = Date::require(options.processing_date, "--processing-date");
  const fs::path output = absolute_path(with_date(options.output_dir, date));
  const fs::path truth_dir =
      absolute_path(options.ground_truth_dir.empty() ? output.string() + ".ground_truth"
                                                     : with_date(options.ground_truth_dir, date));
  if (would_lie_in(truth_dir, output)) {
    throw Error(ErrorKind::usage,
                fmt::format("--ground-truth-dir {} lies in --output-dir {}: a snapshot does not "
                            "hold its answers; name another folder",
                            truth_dir.string(), output.string()));
  }
  StagedDirectory::recover(output);
  refuse_foreign_output(output);
  const auto held = sot::kind_in(output);
  if (held && !options.force) {
    sot::require_same_kind(output, *held, {options.network, days});
  }

  Stages stages;
  StagedDirectory staging(output);
  const fs::path staged_truth = staging.path() / "ground_truth";
  make_folders(staged_truth);
  const simulation::Summary summary = stages.run("simulate", [&] {
    return simulation::simulate({.network = options.network,
                                 .processing_date = date,
                                 .window_days = days,
                                 .scale = options.scale,
                                 .seed = options.seed,
                                 .threads = options.threads,
                                 .memory_limit = options.memory_limit,
                                 .habits = habits},
                                staging.path(), staged_truth);
  });
  // The truth's folder may hold that of other days, so only its own file is replaced.
  make_folders(truth_dir);
  OutputFile truth(truth_dir / sot::ground_truth_file_name(date));
  read_blocks(staged_truth / sot::ground_truth_file_name(date),
              [&](std::string_view block) { truth.write(block); });
  remove_tree(staged_truth);
  // Who waits for the truth finds its snapshot.
  stages.run("publish", [&] {
    staging.publish();
    truth.publish();
  });
  for (const auto& [name, count] : summary.schemes) {
    log::debug("played", {{"scheme", name}, {"times", count}});
  }
  log::info("simulated", {{"processing_date", date.text()},
                          {"network", options.network},
                          {"window_days", days},
                          {"alerts", summary.alerts},
                          {"positives", summary.positives},
                          {"addresses", summary.addresses},
                          {"launderers", summary.launderers},
                          {"clusters", summary.clusters},
                          {"flows", summary.flows},
                          {"seconds", stages.total_ms() / 1000},
                          {"output_dir", output.string()},
                          {"ground_truth_dir", truth_dir.string()}});
}

}  // namespace

Action declare_simulate(CLI::App& app) {
  const auto options = std::make_shared<SimulateOptions>();
  app.add_option("--network", options->network,
                 "Network to imitate (default: the economy's, bitcoin where it names none)")
      ->option_text("NAME")
      ->envname("AML_NETWORK");
  app.add_option("--processing-date", options->processing_date, "Day of the snapshot, YYYY-MM-DD")
      ->required()
      ->option_text("DATE")
      ->envname("AML_PROCESSING_DATE");
  app.add_option("--days", options->days,
                 "Length of the window that ends with that day's beginning (default: the "
                 "economy's, 7 where it says nothing)")
      ->option_text("N")
      ->envname("AML_DAYS");
  app.add_option("--scale", options->scale,
                 "Size; 1 is 50 thousand alerts and 5 million flows (default: 0.1)")
      ->option_text("X")
      ->envname("AML_SIMULATE_SCALE");
  app.add_option("--seed", options->seed, "Decides all that is left to chance (default: 1)")
      ->option_text("K")
      ->envname("AML_SIMULATE_SEED");
  app.add_option(
         "--output-dir", options->output_dir,
         "Folder of the snapshot; an earlier snapshot in it is replaced; {date} in it is the day")
      ->required()
      ->option_text("DIR")
      ->envname("AML_SIMULATE_OUTPUT_DIR");
  app.add_option("--ground-truth-dir", options->ground_truth_dir,
                 "Folder of the ground truth (default: the output folder's name + .ground_truth)")
      ->option_text("DIR")
      ->envname("AML_SIMULATE_GROUND_TRUTH_DIR");
  app.add_option("--economy", options->economy,
                 "What the economy is used to: fixed, random (drawn from the seed, network and "
                 "window too) or a JSON file (default: fixed)")
      ->option_text("fixed|random|FILE")
      ->envname("AML_SIMULATE_ECONOMY");
  declare_force(app, options->force, "snapshot");
  declare_threads(app, options->threads);
  declare_memory_limit(app, options->memory_limit, "Memory for writing the files");
  return [options] { simulate(*options); };
}

}  // namespace aml::commands
