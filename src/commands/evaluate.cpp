// aml-miner evaluate --scores ./output/2025-10-26/alerts_scored.parquet
//                    --ground-truth ./ground_truth_2025-10-26.parquet
//
// Says how good scores are once the truth is known; with --against, which of two is better.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iterator>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "commands/command.h"
#include "commands/score_file.h"
#include "commands/shared_options.h"
#include "models/ground_truth.h"
#include "snapshot/snapshot.h"
#include "validation/evaluation.h"

namespace aml::commands {

namespace {

using Json = nlohmann::ordered_json;
using validation::Comparison;
using validation::Evaluation;

struct EvaluateOptions {
  std::string scores;
  std::string against;
  std::string ground_truth;
  std::string alerts;
  std::int64_t max_rows = snapshot::kMaxRows;
  int resamples = 1000;
  std::uint64_t seed = 42;
  bool json = false;
};

// The alerts whose truth is known and that every file scored, row by row.
struct Rows {
  std::vector<int> labels;
  std::vector<double> first;
  std::vector<double> second;  // empty without --against
  std::vector<std::string> typologies;
  std::int64_t unscored = 0;  // labelled alerts left out because a file lacks them
};

Rows read_rows(const EvaluateOptions& options) {
  const models::Labels truth = models::read_ground_truth(options.ground_truth, options.max_rows);
  const ScoreFile first = read_score_file(options.scores, options.max_rows);
  std::map<std::string, double> second;
  if (!options.against.empty()) {
    const ScoreFile other = read_score_file(options.against, options.max_rows);
    for (std::size_t i = 0; i < other.ids.size(); ++i) second[other.ids[i]] = other.scores[i];
  }
  const std::vector<std::string> typologies =
      options.alerts.empty() ? first.typologies
                             : read_typologies(options.alerts, first.ids, options.max_rows);
  Rows rows;
  for (std::size_t i = 0; i < first.ids.size(); ++i) {
    const auto label = truth.find(first.ids[i]);
    if (label == truth.end()) continue;
    const auto other = second.find(first.ids[i]);
    if (!options.against.empty() && other == second.end()) continue;
    rows.labels.push_back(label->second);
    rows.first.push_back(first.scores[i]);
    if (other != second.end()) rows.second.push_back(other->second);
    if (!typologies.empty()) rows.typologies.push_back(typologies[i]);
  }
  rows.unscored = static_cast<std::int64_t>(truth.size() - rows.labels.size());
  if (rows.labels.empty()) {
    throw Error(ErrorKind::bad_input, fmt::format("no alert of {} has a label in {}: are they of "
                                                  "the same day?",
                                                  options.scores, options.ground_truth));
  }
  if (rows.unscored > 0) {
    log::warning("labelled alerts without a score are left out", {{"alerts", rows.unscored}});
  }
  return rows;
}

Json number(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json interval(const std::optional<metrics::Interval>& value) {
  return value ? Json::array({value->low, value->high}) : Json(nullptr);
}

Json to_json(const Evaluation& evaluation) {
  Json json{{"alerts", evaluation.alerts}, {"positives", evaluation.positives}};
  for (const validation::Measure& measure : evaluation.measures) {
    json[measure.name] = number(measure.value);
    if (measure.name == "best_f1") json["best_f1_threshold"] = number(evaluation.best_f1_threshold);
  }
  json["intervals"] = Json::object();
  for (const validation::Measure& measure : evaluation.measures) {
    json["intervals"][measure.name] = interval(measure.interval);
  }
  json["calibration"] = Json::array();
  for (const metrics::CalibrationBin& bin : evaluation.calibration) {
    json["calibration"].push_back({{"mean_score", bin.mean_score},
                                   {"share_positive", bin.share_positive},
                                   {"alerts", bin.rows}});
  }
  return json;
}

// Rows of one typology.
struct Slice {
  std::vector<double> scores;
  std::vector<int> labels;
};

Json typologies_json(const Rows& rows) {
  std::map<std::string, Slice> slices;
  for (std::size_t i = 0; i < rows.typologies.size(); ++i) {
    Slice& slice = slices[rows.typologies[i]];
    slice.scores.push_back(rows.first[i]);
    slice.labels.push_back(rows.labels[i]);
  }
  Json json = Json::object();
  for (const auto& [name, slice] : slices) {
    Json typology = to_json(validation::evaluate(slice.scores, slice.labels, {.resamples = 0}));
    typology.erase("intervals");
    typology.erase("calibration");
    json[name] = typology;
  }
  return json;
}

const char* winner_name(int winner) {
  return winner == 1 ? "scores" : winner == 2 ? "against" : "none";
}

Json differences_json(const Comparison& comparison) {
  Json json = Json::object();
  for (const validation::Difference& difference : comparison.differences) {
    json[difference.name] = {{"value", number(difference.value)},
                             {"interval", interval(difference.interval)},
                             {"winner", winner_name(difference.winner)}};
  }
  return json;
}

std::string in_words(const Json& value, const Json& interval) {
  if (value.is_null()) return "not defined";
  std::string text = fmt::format("{:8.4f}", value.get<double>());
  if (!interval.is_null()) {
    text += fmt::format("  [{:.4f}, {:.4f}]", interval[0].get<double>(), interval[1].get<double>());
  }
  return text;
}

std::string table_of(const Json& report) {
  std::string text;
  const auto add = [&]<typename... Values>(fmt::format_string<Values...> format,
                                           Values&&... values) {
    fmt::format_to(std::back_inserter(text), format, std::forward<Values>(values)...);
  };
  add("{} labelled alerts, {} of them positive\n\n", report["alerts"].get<std::int64_t>(),
      report["positives"].get<std::int64_t>());
  for (const auto& [name, interval] : report["intervals"].items()) {
    add("{:20}{}", name, in_words(report[name], interval));
    if (name == "best_f1" && !report["best_f1_threshold"].is_null()) {
      add("  at score >= {:.4f}", report["best_f1_threshold"].get<double>());
    }
    add("\n");
  }
  if (report.contains("differences")) {
    add("\nscores minus against\n");
    for (const auto& [name, difference] : report["differences"].items()) {
      add("{:20}{}  winner: {}\n", name, in_words(difference["value"], difference["interval"]),
          difference["winner"].get<std::string>());
    }
    add("\nwinner: {}\n", report["winner"].get<std::string>());
  }
  if (!report.contains("typologies") || report["typologies"].empty()) return text;
  add("\n{:28}{:>8}{:>10}{:>14}{:>14}\n", "typology", "alerts", "positives", "auc_roc", "auc_pr");
  for (const auto& [name, slice] : report["typologies"].items()) {
    add("{:28}{:8}{:10}{:>14}{:>14}\n", name, slice["alerts"].get<std::int64_t>(),
        slice["positives"].get<std::int64_t>(), in_words(slice["auc_roc"], nullptr),
        in_words(slice["auc_pr"], nullptr));
  }
  return text;
}

void evaluate(const EvaluateOptions& options) {
  const Rows rows = read_rows(options);
  const validation::EvaluationOptions how{.resamples = options.resamples, .seed = options.seed};
  Json report;
  if (options.against.empty()) {
    report = to_json(validation::evaluate(rows.first, rows.labels, how));
  } else {
    const Comparison comparison = validation::compare(rows.first, rows.second, rows.labels, how);
    report = to_json(comparison.first);
    report["against"] = to_json(comparison.second);
    report["differences"] = differences_json(comparison);
    report["winner"] = winner_name(comparison.winner);
  }
  report["unscored"] = rows.unscored;
  if (!rows.typologies.empty()) report["typologies"] = typologies_json(rows);
  print(options.json ? report.dump(2) + "\n" : table_of(report));
}

}  // namespace

Action declare_evaluate(CLI::App& app) {
  const auto options = std::make_shared<EvaluateOptions>();
  app.add_option(
         "--scores", options->scores,
         "Scores to judge: alerts_scored.parquet, .csv, .jsonl, or .json as the API answers")
      ->required()
      ->option_text("FILE")
      ->envname("AML_SCORES");
  app.add_option("--ground-truth", options->ground_truth,
                 "Parquet file with alert_id and is_sar_filed (or label)")
      ->required()
      ->option_text("FILE")
      ->envname("AML_GROUND_TRUTH");
  app.add_option("--against", options->against,
                 "Other scores of the same alerts: says which of the two are better")
      ->option_text("FILE")
      ->envname("AML_AGAINST");
  app.add_option("--alerts", options->alerts,
                 "The snapshot's alerts.parquet: judges each typology_type by itself, too")
      ->option_text("FILE")
      ->envname("AML_ALERTS");
  app.add_option("--resamples", options->resamples,
                 "Bootstrap resamples behind each interval (default: 1000; 0: no intervals)")
      ->check(CLI::Range(0, 1'000'000))
      ->option_text("N")
      ->envname("AML_RESAMPLES");
  app.add_option("--seed", options->seed, "Seed of the resamples (default: 42)")
      ->option_text("N")
      ->envname("AML_SEED");
  declare_max_rows(app, options->max_rows);
  app.add_flag("--json", options->json, "Print a JSON object instead of a table");
  return [options] { evaluate(*options); };
}

}  // namespace aml::commands
