// aml-miner features --features-dir ./my-features
//
// What the feature SQL makes: each feature with its meaning, or the SQL as it runs.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/log.h"
#include "commands/command.h"
#include "commands/shared_options.h"
#include "features/feature_list.h"
#include "known/label_reader.h"
#include "snapshot/snapshot.h"

namespace aml::commands {

namespace {

struct FeaturesOptions {
  std::string features_dir;
  std::vector<std::string> without;
  std::vector<std::filesystem::path> labels;
  bool markdown = false;
  bool json = false;
  bool sql = false;
  bool check = false;
};

// Labels are read, so that what is wrong with them is said before a day depends on them.
void check_labels(const std::vector<std::filesystem::path>& files) {
  const auto database = snapshot::open_database({.threads = 1});
  for (const std::filesystem::path& file : files) {
    std::int64_t rows = 0;
    Connection session = database->connect();
    known::read_labels(file, session, snapshot::kMaxRows, [&](known::RawLabel&&) { ++rows; });
    log::info("read labels", {{"file", file.string()}, {"labels", rows}});
  }
}

void list_features(const FeaturesOptions& options) {
  const features::FeatureSql sql =
      features::prepare_sql(options.features_dir.empty() ? features::built_in_sql()
                                                         : features::read_sql(options.features_dir),
                            options.without);
  if (options.check) features::require_meanings(sql);
  check_labels(options.labels);
  if (options.markdown) return print(features::list_as_markdown(sql));
  if (options.json) return print(features::list_as_json(sql));
  if (options.sql) return print(features::steps_as_sql(sql));
  print(features::list_as_text(sql));
}

}  // namespace

Action declare_features(CLI::App& app) {
  const auto options = std::make_shared<FeaturesOptions>();
  declare_features_dir(app, options->features_dir);
  declare_without(app, options->without);
  declare_labels(app, options->labels);
  auto* const markdown = app.add_flag("--markdown", options->markdown,
                                      "Markdown instead of text: docs/feature-list.md");
  auto* const json = app.add_flag("--json", options->json, "JSON instead of text, with the SQL")
                         ->envname("AML_JSON")
                         ->excludes(markdown);
  app.add_flag("--sql", options->sql,
               "The SQL as it runs, with macros and quantities expanded, instead of the list")
      ->excludes(markdown)
      ->excludes(json);
  app.add_flag("--check", options->check, "Refuse features without a meaning");
  return [options] { list_features(*options); };
}

}  // namespace aml::commands
