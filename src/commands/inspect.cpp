// aml-miner inspect --model ./trained_models/alert_scorer_v1.0.0.txt
//
// What a model is made of, which features matter to it, and how it will be run.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/hash.h"
#include "commands/command.h"
#include "forest/forest_summary.h"
#include "forest/model.h"
#include "forest/summary_json.h"
#include "models/trained_sql.h"

namespace aml::commands {

namespace {

struct InspectOptions {
  std::string model;
  std::size_t top = 20;
  bool json = false;
};

using forest::Importance;
using Meanings = std::map<std::string, std::string>;  // by feature

std::string objective_text(const forest::Forest& forest) {
  const std::string name = forest.objective.empty() ? "custom" : forest.objective;
  switch (forest.output) {
    case forest::Output::identity:
      return name + ": score = raw";
    case forest::Output::square:
      return name + ": score = sign(raw)·raw²";
    case forest::Output::exponential:
      return name + ": score = e^raw";
    case forest::Output::sigmoid:
      return fmt::format("{}: score = 1 / (1 + e^({:g}·raw))", name, -forest.sigmoid);
    case forest::Output::log1p_exp:
      return name + ": score = log(1 + e^raw)";
  }
  return name;
}

// The features that are used, by gain; equal ones in the model's order.
std::vector<Importance> by_gain(const forest::ForestSummary& summary) {
  std::vector<Importance> used;
  for (const Importance& importance : summary.importances) {
    if (importance.splits > 0) used.push_back(importance);
  }
  std::stable_sort(used.begin(), used.end(),
                   [](const Importance& a, const Importance& b) { return a.gain > b.gain; });
  return used;
}

std::string meaning_of(const Meanings& meanings, const std::string& feature) {
  const auto found = meanings.find(feature);
  return found == meanings.end() ? "" : found->second;
}

std::string as_text(const forest::Model& model, const Meanings& meanings,
                    const InspectOptions& options) {
  const forest::Forest& forest = model.forest();
  const forest::ForestSummary summary = forest::summarize(forest);
  const forest::EngineReport engine = model.engine_report();
  std::string text = fmt::format(
      "model       {}\n"
      "objective   {}{}\n"
      "trees       {}, of {} to {} leaves, {} in all; depth up to {}\n"
      "splits      {}, {} of them on categories; {} different\n"
      "features    {} of {} used\n"
      "engine      {}; explanations {}\n",
      options.model, objective_text(forest),
      forest.average_output ? ", of the average of the trees" : "", summary.trees,
      summary.fewest_leaves, summary.most_leaves, summary.leaves, summary.depth,
      summary.leaves - summary.trees, summary.categorical_splits, engine.different_splits,
      summary.used_features(), forest.feature_names.size(),
      instruction_set_name(engine.instruction_set),
      forest.explainable ? fmt::format("with {:.1f} MB of tables",
                                       static_cast<double>(engine.explanation_bytes) / 1e6)
                         : "impossible, as nodes have no training rows");
  const std::vector<Importance> used = by_gain(summary);
  if (used.empty()) return text;
  double total = 0;
  for (const Importance& importance : used) total += importance.gain;
  const std::size_t named = std::min(options.top, used.size());
  text += fmt::format("\n{:<44} {:>14} {:>7} {:>8}  {}\n", "feature", "gain", "share", "splits",
                      "meaning");
  for (const Importance& importance : std::span(used).first(named)) {
    text += fmt::format("{:<44} {:>14.6g} {:>5.1f} % {:>8}  {}\n", importance.feature,
                        importance.gain, 100 * importance.gain / total, importance.splits,
                        meaning_of(meanings, importance.feature));
  }
  if (named < used.size()) {
    text += fmt::format("… and {} more (--top {})\n", used.size() - named, used.size());
  }
  return text;
}

std::string as_json(const forest::Model& model, const Meanings& meanings,
                    const InspectOptions& options) {
  const forest::Forest& forest = model.forest();
  const forest::ForestSummary summary = forest::summarize(forest);
  const forest::EngineReport engine = model.engine_report();
  nlohmann::ordered_json importances = nlohmann::ordered_json::array();
  for (const Importance& importance : summary.importances) {
    importances.push_back({{"name", importance.feature},
                           {"gain", importance.gain},
                           {"splits", importance.splits},
                           {"meaning", meaning_of(meanings, importance.feature)}});
  }
  nlohmann::ordered_json json{{"model", options.model}};
  json.update(forest::summary_json(forest, summary));
  json["engine"] = {{"instruction_set", instruction_set_name(engine.instruction_set)},
                    {"different_splits", engine.different_splits},
                    {"explanation_table_bytes", engine.explanation_bytes}};
  json["features"] = std::move(importances);
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

Action declare_inspect(CLI::App& app) {
  const auto options = std::make_shared<InspectOptions>();
  app.add_option("--model", options->model, "LightGBM text model")
      ->required()
      ->option_text("FILE")
      ->envname("AML_MODEL");
  app.add_option("--top", options->top, "Features to list, by gain (default: 20)")
      ->check(CLI::Range(0, 1000000))
      ->option_text("N")
      ->envname("AML_TOP");
  app.add_flag("--json", options->json, "JSON instead of text, with all features")
      ->envname("AML_JSON");
  return [options] {
    const auto model = forest::load_model(options->model);
    const Meanings meanings = models::feature_meanings(
        options->model, hash_file(HashKind::sha256, options->model), model->feature_names());
    print(options->json ? as_json(*model, meanings, *options)
                        : as_text(*model, meanings, *options));
  };
}

}  // namespace aml::commands
