// aml-miner explain --input-dir ./input/2025-10-26 --alert-id alert_1
//
// Why one alert or cluster has its score: for the analyst who must decide on it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/nearest.h"
#include "commands/command.h"
#include "commands/shared_options.h"
#include "features/build.h"
#include "forest/model.h"
#include "forest/objective.h"
#include "models/alert_facts.h"
#include "models/card_file.h"
#include "models/first_stage.h"
#include "models/match_features.h"
#include "models/model_file.h"
#include "results/explain_text.h"
#include "scoring/day_fit.h"
#include "scoring/first_stage.h"
#include "scoring/scoring.h"
#include "snapshot/snapshot.h"

namespace aml::commands {

namespace fs = std::filesystem;

namespace {

struct ExplainOptions {
  std::string model;
  std::string models_dir;
  std::string input_dir;
  std::string features_dir;
  known::KnownFiles known;
  std::string alert_id;
  std::string cluster_id;
  std::string memory_limit;
  std::int64_t max_rows = snapshot::kMaxRows;
  std::size_t top = 15;
  int threads = 0;
  bool json = false;

  bool is_cluster() const { return !cluster_id.empty(); }
  const char* kind() const { return is_cluster() ? "cluster" : "alert"; }
  const std::string& id() const { return is_cluster() ? cluster_id : alert_id; }
};

// Everything that is told of one row.
struct Explanation {
  std::vector<double> values;
  std::vector<double> contributions;  // the base value last
  double raw_score = 0;
  double score = 0;
  std::optional<double> probability{};
};

fs::path model_path(const ExplainOptions& options) {
  if (!options.model.empty()) return options.model;
  const char* task = options.is_cluster() ? models::kClusterScorer : models::kAlertScorer;
  return models::find_model(models::find_models_dir(options.models_dir), task).path;
}

// Throws Error{not_found} where the day has no such row, before anything is computed of it.
void require_row(snapshot::Snapshot& snapshot, const ExplainOptions& options) {
  const snapshot::File file =
      options.is_cluster() ? snapshot::File::clusters : snapshot::File::alerts;
  std::string hint = "it has none";
  if (snapshot.has(file)) {
    const std::string key = sql_name(fmt::format("{}_id", options.kind()));
    const std::vector<snapshot::Column> columns{
        {fmt::format("{}_id", options.kind()), snapshot::Kind::text, true}};
    const std::string rows =
        options.is_cluster() ? snapshot.clusters(columns) : snapshot.alerts(columns);
    const std::string id = sql_text(options.id());
    Connection& connection = snapshot.connection();
    if (connection.query_text(
            fmt::format("SELECT any_value({0}) FROM ({1}) WHERE {0} = {2}", key, rows, id))) {
      return;
    }
    const auto closest = connection.query_text(fmt::format(
        "SELECT (min({{'letters': damerau_levenshtein(lower({0}), lower({2})), 'id': {0}}})).id "
        "FROM ({1})",
        key, rows, id));
    if (closest) {
      hint = fmt::format("it has {}{}",
                         connection.query_int(fmt::format("SELECT count(*) FROM ({})", rows)),
                         did_you_mean(options.id(), std::span(&*closest, 1)));
    }
  }
  throw Error(ErrorKind::not_found, fmt::format("{} has no {} {}: {}", options.input_dir,
                                                options.kind(), options.id(), hint));
}

std::size_t find_row(const features::FeatureMatrix& matrix, const ExplainOptions& options) {
  const auto found = std::lower_bound(matrix.ids.begin(), matrix.ids.end(), options.id());
  if (found == matrix.ids.end() || *found != options.id()) {
    throw Error(ErrorKind::internal,
                fmt::format("the features lack {} {}", options.kind(), options.id()));
  }
  return static_cast<std::size_t>(found - matrix.ids.begin());
}

Explanation explain_row(const forest::Model& model, const forest::ModelInput& input,
                        const models::PublishedScale& scale, std::size_t row) {
  const forest::Forest& forest = model.forest();
  const double divisor = forest::raw_divisor(forest);
  Explanation explanation;
  for (const auto& column : input.columns) explanation.values.push_back(column[row]);
  model.predict_raw(input, row, {&explanation.raw_score, 1});
  explanation.contributions.resize(input.columns.size() + 1);
  model.explain(input, row, explanation.contributions);
  for (double& contribution : explanation.contributions) contribution /= divisor;
  explanation.score = forest::gives_log_odds(forest)
                          ? scale.score(explanation.raw_score / divisor)
                          : forest::output_score(forest, explanation.raw_score);
  if (forest::gives_log_odds(forest)) {
    explanation.probability = scale.probability(explanation.raw_score / divisor);
  }
  explanation.raw_score /= divisor;
  return explanation;
}

// Whether a cluster's model asks for what the alert scorer says of its alerts.
bool sees_alert_scores(const forest::Model& model) {
  const auto& names = model.feature_names();
  return std::any_of(models::cluster_score_features().begin(),
                     models::cluster_score_features().end(), [&](const features::Feature& feature) {
                       return std::find(names.begin(), names.end(), feature.name) != names.end();
                     });
}

// What the row's model sees beside the features: the first stage of its alerts, and for a cluster
// what the alert scorer says of them.
struct Before {
  std::optional<scoring::LoadedModel> alert_scorer;
  std::unique_ptr<scoring::FirstStage> first_stage;
};

Before load_before(const ExplainOptions& options, const fs::path& path,
                   const forest::Model& model) {
  Before before;
  const forest::Model* of_alerts = options.is_cluster() ? nullptr : &model;
  if (options.is_cluster() && sees_alert_scores(model)) {
    before.alert_scorer =
        scoring::load_task_model(models::find_models_dir(options.models_dir), models::kAlertScorer);
    of_alerts = before.alert_scorer->model.get();
  }
  if (of_alerts == nullptr || !models::sees_first_stage(*of_alerts)) return before;
  // A model that is named by itself has its first stage beside it.
  const fs::path folder = options.model.empty() ? models::find_models_dir(options.models_dir)
                                                : absolute_path(path).parent_path();
  before.first_stage = scoring::FirstStage::load(folder, std::span(&of_alerts, 1), {});
  return before;
}

void add_before(const Before& before, snapshot::Snapshot& snapshot,
                features::SnapshotFeatures& features) {
  if (!before.first_stage && !before.alert_scorer) return;
  const models::AlertFacts facts =
      models::read_alert_facts(snapshot, features.alerts, features.clusters);
  if (before.first_stage) before.first_stage->add_to(facts, features);
  if (!before.alert_scorer) return;
  scoring::add_scores_to_clusters(
      facts, scoring::probabilities_of(features.alerts, *before.alert_scorer), features);
}

// Why the first stage says what it says of the alert's address, for people.
std::string first_stage_text(const scoring::FirstStage& stage, std::size_t top) {
  const auto& explained = stage.explanation();
  if (!explained) return "";
  std::string text = fmt::format(
      "\nfirst stage: {} says {:.4f} of {}\n\n{}{} of its {} counterparties are in the highest "
      "hundredth of the day's addresses",
      stage.model().record.file, explained->score, explained->address,
      results::explain_text(stage.model().model->feature_names(), explained->contributions,
                            explained->values, top),
      explained->in_highest_hundredth, explained->counterparties);
  text += explained->highest.empty() ? "\n" : "; the highest:\n";
  for (const auto& other : explained->highest) {
    text += fmt::format("  {:<64} {:>8.4f} {:>16.2f} USD\n", other.address, other.score,
                        other.amount_usd);
  }
  return text;
}

nlohmann::ordered_json first_stage_json(const scoring::FirstStage& stage) {
  const auto& explained = stage.explanation();
  if (!explained) return nullptr;
  const std::vector<std::string>& names = stage.model().model->feature_names();
  nlohmann::ordered_json features = nlohmann::ordered_json::array();
  for (const std::size_t f :
       results::by_size(std::span(explained->contributions.data(), names.size()))) {
    features.push_back({{"name", names[f]},
                        {"value", std::isfinite(explained->values[f])
                                      ? nlohmann::ordered_json(explained->values[f])
                                      : nlohmann::ordered_json(nullptr)},
                        {"contribution", explained->contributions[f]}});
  }
  nlohmann::ordered_json highest = nlohmann::ordered_json::array();
  for (const auto& other : explained->highest) {
    highest.push_back(
        {{"address", other.address}, {"score", other.score}, {"amount_usd", other.amount_usd}});
  }
  return {{"model", stage.model().record.file},
          {"address", explained->address},
          {"score", explained->score},
          {"raw_score", explained->raw_score},
          {"base_value", explained->contributions.back()},
          {"features", std::move(features)},
          {"counterparties", explained->counterparties},
          {"counterparties_in_highest_hundredth", explained->in_highest_hundredth},
          {"highest_counterparties", std::move(highest)}};
}

using Meanings = std::map<std::string, std::string>;  // by feature

Meanings meanings_of(const features::SnapshotFeatures& features, features::RowKind kind) {
  Meanings meanings;
  for (const features::Feature& feature : features.registry) {
    if (feature.row_kind == kind && !feature.meaning.empty()) {
      meanings[feature.name] = features::describe(feature);
    }
  }
  return meanings;
}

// `words` in lines of at most 80 bytes, indented. A longer word has a line of its own.
std::string wrapped(const std::string& words) {
  constexpr std::size_t kWidth = 80;
  std::string text;
  std::string line;
  std::istringstream stream(words);
  for (std::string word; stream >> word;) {
    if (!line.empty() && line.size() + 1 + word.size() > kWidth) {
      text += line + "\n";
      line.clear();
    }
    line += (line.empty() ? "  " : " ") + word;
  }
  return text + line + "\n";
}

// What the features that the explanation names mean.
std::string meanings_text(const Explanation& explanation, const std::vector<std::string>& names,
                          const Meanings& meanings, std::size_t top) {
  const std::span<const double> contributions(explanation.contributions.data(), names.size());
  std::string text;
  std::size_t named = 0;
  for (const std::size_t f : results::by_size(contributions)) {
    if (++named > top) break;
    const auto found = meanings.find(names[f]);
    if (found != meanings.end()) text += names[f] + "\n" + wrapped(found->second);
  }
  return text.empty() ? text : "\n" + text;
}

nlohmann::ordered_json as_json(const Explanation& explanation,
                               const std::vector<std::string>& names, const Meanings& meanings) {
  nlohmann::ordered_json features = nlohmann::ordered_json::array();
  const std::span<const double> contributions(explanation.contributions.data(), names.size());
  for (const std::size_t f : results::by_size(contributions)) {
    nlohmann::ordered_json feature{{"name", names[f]}};
    feature["value"] = std::isfinite(explanation.values[f])
                           ? nlohmann::ordered_json(explanation.values[f])
                           : nlohmann::ordered_json(nullptr);
    feature["contribution"] = contributions[f];
    const auto meaning = meanings.find(names[f]);
    if (meaning != meanings.end()) feature["meaning"] = meaning->second;
    features.push_back(std::move(feature));
  }
  return {{"score", explanation.score},
          {"probability", explanation.probability ? nlohmann::ordered_json(*explanation.probability)
                                                  : nlohmann::ordered_json(nullptr)},
          {"raw_score", explanation.raw_score},
          {"base_value", explanation.contributions.back()},
          {"features", std::move(features)}};
}

void explain(const ExplainOptions& options) {
  if (options.alert_id.empty() == options.cluster_id.empty()) {
    throw Error(ErrorKind::usage, "name either an --alert-id or a --cluster-id");
  }
  const fs::path path = model_path(options);
  const auto model = forest::load_model(path);
  snapshot::Snapshot snapshot({.directory = options.input_dir,
                               .threads = options.threads,
                               .memory_limit = options.memory_limit,
                               .max_rows = options.max_rows});
  require_row(snapshot, options);
  const Before before = load_before(options, path, *model);
  features::BuildOptions building{.features_dir = options.features_dir, .known = options.known};
  if (before.first_stage) building.visit_addresses = before.first_stage->visitor(options.alert_id);
  features::SnapshotFeatures features = features::build(snapshot, building);
  for (const std::string& warning : features.warnings) log::warning(warning);
  add_before(before, snapshot, features);
  const models::PublishedScale scale =
      models::read_card_facts(path, hash_file(HashKind::sha256, path)).scale;
  const features::FeatureMatrix& matrix =
      options.is_cluster() ? features.clusters : features.alerts;
  const std::size_t row = find_row(matrix, options);
  const Explanation explanation =
      explain_row(*model, models::match_features(matrix, *model, path), scale, row);

  const Meanings meanings = meanings_of(
      features, options.is_cluster() ? features::RowKind::cluster : features::RowKind::alert);
  if (options.json) {
    nlohmann::ordered_json json{{std::string(options.kind()) + "_id", options.id()},
                                {"network", features.network},
                                {"processing_date", features.processing_date},
                                {"model", path.filename().string()},
                                {"objective", model->forest().objective}};
    json.update(as_json(explanation, model->feature_names(), meanings));
    if (before.first_stage && !options.is_cluster()) {
      json["first_stage"] = first_stage_json(*before.first_stage);
    }
    print(json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    return;
  }
  print(fmt::format("{} {} of {}, {}\nscored by {}\n\n", options.kind(), options.id(),
                    features.network, features.processing_date, path.filename().string()) +
        results::explain_text(model->feature_names(), explanation.contributions, explanation.values,
                              options.top) +
        (explanation.probability
             ? fmt::format("{:<44} {:>10.4f}\n", "probability", *explanation.probability)
             : "") +
        fmt::format("{:<44} {:>10.4f}\n", "score", explanation.score) +
        meanings_text(explanation, model->feature_names(), meanings, options.top) +
        (before.first_stage && !options.is_cluster()
             ? first_stage_text(*before.first_stage, options.top)
             : ""));
}

}  // namespace

Action declare_explain(CLI::App& app) {
  const auto options = std::make_shared<ExplainOptions>();
  declare_input_dir(app, options->input_dir);
  app.add_option("--alert-id", options->alert_id, "The alert to explain")
      ->option_text("ID")
      ->envname("AML_ALERT_ID");
  app.add_option("--cluster-id", options->cluster_id, "The cluster to explain, instead of an alert")
      ->option_text("ID")
      ->envname("AML_CLUSTER_ID");
  app.add_option("--model", options->model,
                 "LightGBM text model (default: the alert or cluster scorer of --models-dir)")
      ->option_text("FILE")
      ->envname("AML_MODEL");
  declare_models_dir(app, options->models_dir,
                     "Folder of models (default: trained_models here or beside the program)");
  declare_features_dir(app, options->features_dir);
  declare_known_files(app, options->known);
  app.add_option("--top", options->top, "Features to name (default: 15)")
      ->check(CLI::Range(0, 10000))
      ->option_text("N")
      ->envname("AML_TOP");
  declare_threads(app, options->threads);
  declare_memory_limit(app, options->memory_limit, "Memory for the feature SQL");
  declare_max_rows(app, options->max_rows);
  app.add_flag("--json", options->json, "JSON instead of text, with all features that contribute")
      ->envname("AML_JSON");
  return [options] { explain(*options); };
}

}  // namespace aml::commands
