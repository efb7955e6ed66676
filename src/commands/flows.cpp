// aml-miner flows --input-dir DIR --output flows.parquet [--patterns patterns.parquet]
//
// The features of every address of a day's money flows, and the patterns in them. Nothing but
// transfers is needed.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/database.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/log.h"
#include "base/output_file.h"
#include "base/threads.h"
#include "commands/command.h"
#include "commands/flow_tables.h"
#include "commands/shared_options.h"
#include "commands/stages.h"
#include "snapshot/flow_columns.h"
#include "snapshot/money_flows.h"
#include "snapshot/snapshot.h"

namespace aml::commands {

namespace fs = std::filesystem;

namespace {

struct FlowsOptions {
  std::string input;
  std::string output;
  std::string patterns;
  std::vector<std::string> sets;
  std::vector<std::int64_t> limits;
  std::uint32_t most_transfers = flows::Settings().most_transfers;
  std::string memory_limit = "2GB";
  std::int64_t max_rows = snapshot::kMaxRows;
  int threads = 0;
};

std::string set_names() {
  std::string names;
  for (const flows::FeatureSet& set : flows::transfer_sets()) {
    names += fmt::format("{}{}", names.empty() ? "" : ", ", set.name);
  }
  return names;
}

// In the order of the table, whatever the order of the option.
std::vector<flows::FeatureSet> chosen_sets(const std::vector<std::string>& names) {
  std::vector<flows::FeatureSet> chosen;
  for (const flows::FeatureSet& set : flows::transfer_sets()) {
    if (names.empty() || std::find(names.begin(), names.end(), set.name) != names.end()) {
      chosen.push_back(set);
    }
  }
  for (const std::string& name : names) {
    if (std::count(names.begin(), names.end(), name) > 1) {
      throw Error(ErrorKind::usage, fmt::format("--set names {} twice", name));
    }
    if (std::none_of(chosen.begin(), chosen.end(),
                     [&](const flows::FeatureSet& set) { return set.name == name; })) {
      throw Error(ErrorKind::usage, fmt::format("--set {} is none: there are {}",
                                                name.empty() ? "''" : name, set_names()));
    }
  }
  return chosen;
}

flows::Settings settings_of(const FlowsOptions& options) {
  flows::Settings settings;
  settings.most_transfers = options.most_transfers;
  if (options.limits.empty()) return settings;
  if (options.limits.size() != settings.limits_usd.size()) {
    throw Error(ErrorKind::usage, "--limits takes three amounts in USD, such as 10000,3000,1000");
  }
  std::copy(options.limits.begin(), options.limits.end(), settings.limits_usd.begin());
  return settings;
}

// From a snapshot's folder, or a file, which may be a folder of part files.
flows::Graph read_graph(const FlowsOptions& options) {
  const auto database =
      snapshot::open_database({.threads = options.threads, .memory_limit = options.memory_limit});
  Connection connection = database->connect();
  const fs::path input = options.input;
  if (is_folder(input) && input.extension() != ".parquet") {
    snapshot::Snapshot day(database->connect(), input, options.max_rows);
    const snapshot::ParquetSource& source = day.source(snapshot::File::money_flows);
    for (const std::string& warning : day.findings().warnings) log::warning(warning);
    return snapshot::read_flow_graph(connection, source, options.threads);
  }
  const snapshot::ParquetSource source(connection, input, {.max_rows = options.max_rows});
  for (const std::string& remark : source.remarks(snapshot::flow_schema(source))) {
    log::warning(remark);
  }
  return snapshot::read_flow_graph(connection, source, options.threads);
}

void log_counts(const flows::Graph& graph) {
  const flows::LoadCounts& counts = graph.counts();
  log::info("read money flows", {{"rows", counts.rows()},
                                 {"transfers", counts.kept},
                                 {"addresses", graph.addresses()},
                                 {"without_address", counts.without_address},
                                 {"self_transfers", counts.self_transfers},
                                 {"negative_amounts", counts.negative_amounts},
                                 {"without_transfers", counts.without_transfers},
                                 {"without_time", counts.without_time},
                                 {"duplicates", counts.duplicates},
                                 {"unpriced", counts.unpriced},
                                 {"limited", counts.limited},
                                 {"out_of_order", counts.out_of_order},
                                 {"change", counts.change},
                                 {"consolidation", counts.consolidation}});
}

// What could not be understood is no transfer of anyone: whoever reads the features must know.
void warn_of_rows_left_out(const flows::LoadCounts& counts) {
  const std::int64_t unreadable = counts.without_address + counts.without_time;
  if (counts.kept == 0 && counts.rows() > 0) {
    log::warning(
        "no transfer is kept of all these rows, so there are no features: look at the columns of "
        "addresses, amounts and timestamps",
        {{"rows", counts.rows()},
         {"without_address", counts.without_address},
         {"without_time", counts.without_time}});
  } else if (unreadable > 0) {
    log::warning("rows without an address or a time that can be read are left out",
                 {{"rows", counts.rows()},
                  {"without_address", counts.without_address},
                  {"without_time", counts.without_time}});
  }
}

void flows_command(FlowsOptions options) {
  if (options.threads == 0) options.threads = available_processors();
  const flows::Settings settings = settings_of(options);
  const std::vector<flows::FeatureSet> sets = chosen_sets(options.sets);
  OutputFile output(options.output);
  std::optional<OutputFile> patterns_output;
  if (!options.patterns.empty()) patterns_output.emplace(options.patterns);

  Stages stages;
  const flows::Graph graph = stages.run("load", [&] { return read_graph(options); });
  log_counts(graph);
  warn_of_rows_left_out(graph.counts());
  flows::Cuts cuts;
  const flows::Question question{graph, {}, options.threads, settings, &cuts};
  stages.run("features",
             [&] { write_flow_features(output.path(), question, sets, options.memory_limit); });
  flows::PatternList list;
  if (patterns_output) {
    list = stages.run("patterns", [&] { return flows::list_patterns(question); });
    stages.run("write patterns",
               [&] { write_patterns(patterns_output->path(), graph, list, options.memory_limit); });
    patterns_output->publish();
  }
  stages.run("publish", [&] { output.publish(); });
  if (list.left_out > 0) {
    log::warning("there are more patterns than are listed", {{"left_out", list.left_out}});
  }
  log::info("computed flow features", {{"addresses", graph.addresses()},
                                       {"patterns", list.patterns.size()},
                                       {"service_transfers", cuts.service_transfers},
                                       {"searches_cut_short", cuts.searches},
                                       {"seconds", stages.total_ms() / 1000},
                                       {"output", options.output}});
}

}  // namespace

Action declare_flows(CLI::App& app) {
  const auto options = std::make_shared<FlowsOptions>();
  app.add_option("--input-dir", options->input,
                 "Folder with money_flows.parquet, or such a file itself")
      ->required()
      ->option_text("DIR")
      ->envname("AML_INPUT_DIR");
  app.add_option("--output", options->output, "Parquet file to write, a row per address")
      ->required()
      ->option_text("FILE")
      ->envname("AML_OUTPUT");
  app.add_option("--patterns", options->patterns, "Parquet file to write the patterns to")
      ->option_text("FILE")
      ->envname("AML_PATTERNS");
  app.add_option("--set", options->sets,
                 "Families of features, of " + set_names() + " (default: all)")
      ->delimiter(',')
      ->option_text("NAME,…")
      ->envname("AML_SET");
  app.add_option("--limits", options->limits,
                 "Three amounts in USD; transfers just below them are counted (default: "
                 "10000,3000,1000)")
      ->delimiter(',')
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{100'000'000'000}))
      ->option_text("USD,…")
      ->envname("AML_LIMITS");
  app.add_option("--most-transfers", options->most_transfers,
                 "Transfers in 24 hours beyond which an address is a service, through which no "
                 "pattern leads (default: 100)")
      ->check(CLI::Range(1, 1'000'000'000))
      ->option_text("N")
      ->envname("AML_MOST_TRANSFERS");
  declare_threads(app, options->threads);
  declare_memory_limit(app, options->memory_limit, "Memory for reading and writing files");
  declare_max_rows(app, options->max_rows);
  return [options] { flows_command(*options); };
}

}  // namespace aml::commands
