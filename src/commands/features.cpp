// aml-miner features --features-dir ./my-features
//
// What the feature SQL makes: each feature with its meaning, or the SQL as it runs.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "commands/command.h"
#include "commands/shared_options.h"
#include "features/feature_list.h"

namespace aml::commands {

namespace {

struct FeaturesOptions {
  std::string features_dir;
  std::vector<std::string> without;
  bool markdown = false;
  bool json = false;
  bool sql = false;
  bool check = false;
};

void list_features(const FeaturesOptions& options) {
  const features::FeatureSql sql =
      features::prepare_sql(options.features_dir.empty() ? features::built_in_sql()
                                                         : features::read_sql(options.features_dir),
                            options.without);
  if (options.check) features::require_meanings(sql);
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
