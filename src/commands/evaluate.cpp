// aml-miner evaluate --scores ./output/2025-10-26/alerts_scored.parquet
//                    --ground-truth ./ground_truth_2025-10-26.parquet
//
// Says how good scores are once the truth is known; with --against, which of two is better.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "commands/alert_slices.h"
#include "commands/alerts_file.h"
#include "commands/command.h"
#include "commands/review_report.h"
#include "commands/score_file.h"
#include "commands/shared_options.h"
#include "commands/text_page.h"
#include "models/ground_truth.h"
#include "snapshot/snapshot.h"
#include "validation/evaluation.h"
#include "validation/review.h"

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
  std::vector<std::string> seen;
  std::size_t capacity = 0;
  std::string curve;
  std::size_t sample = 0;
  std::string sample_output;
  std::int64_t max_rows = snapshot::kMaxRows;
  int resamples = 1000;
  std::uint64_t seed = 42;
  bool json = false;
};

// Parts of the alerts, of one kind: the part's name by row, "" where it is in none.
using Slices = std::map<std::string, std::vector<std::string>>;

// The alerts whose truth is known and that every file scored, row by row.
struct Rows {
  ScoreFile scored;                 // all alerts of the first file
  std::vector<bool> is_labelled;    // of them
  std::vector<double> confidences;  // likewise, NaN where unknown; empty without --alerts
  std::vector<int> labels;
  std::vector<double> first;
  std::vector<double> second;  // empty without --against
  Slices slices;               // "typologies", "networks", "sizes", "addresses"
  std::int64_t unscored = 0;   // labelled alerts left out because a file lacks them
};

// By alert of the first file.
Slices read_slices(const EvaluateOptions& options, const ScoreFile& scored,
                   std::vector<double>& confidences) {
  Slices slices;
  if (options.alerts.empty()) {
    if (!scored.typologies.empty()) slices["typologies"] = scored.typologies;
    return slices;
  }
  slices["typologies"] = read_typologies(options.alerts, scored.ids, options.max_rows);
  if (is_text_table(options.alerts)) return slices;
  const AlertSlices known = read_alert_slices(options.alerts, scored.ids, options.max_rows);
  confidences = known.confidences;
  if (!known.network.empty()) slices["networks"].assign(scored.ids.size(), known.network);
  for (const double volume : known.volumes) slices["sizes"].emplace_back(size_name(volume));
  if (options.seen.empty()) return slices;
  const std::vector<std::string> seen = read_alerted_addresses(options.seen, options.max_rows);
  for (const std::string& address : known.addresses) {
    const bool is_seen = std::binary_search(seen.begin(), seen.end(), address);
    slices["addresses"].emplace_back(address.empty() ? "" : is_seen ? "seen before" : "first seen");
  }
  return slices;
}

Rows read_rows(const EvaluateOptions& options) {
  const models::Labels truth = models::read_ground_truth(options.ground_truth, options.max_rows);
  Rows rows;
  rows.scored = read_score_file(options.scores, options.max_rows);
  const ScoreFile& first = rows.scored;
  std::map<std::string, double> second;
  if (!options.against.empty()) {
    const ScoreFile other = read_score_file(options.against, options.max_rows);
    for (std::size_t i = 0; i < other.ids.size(); ++i) second[other.ids[i]] = other.scores[i];
  }
  const Slices slices = read_slices(options, first, rows.confidences);
  rows.is_labelled.resize(first.ids.size());
  for (std::size_t i = 0; i < first.ids.size(); ++i) {
    const auto label = truth.find(first.ids[i]);
    if (label == truth.end()) continue;
    const auto other = second.find(first.ids[i]);
    if (!options.against.empty() && other == second.end()) continue;
    rows.is_labelled[i] = true;
    rows.labels.push_back(label->second);
    rows.first.push_back(first.scores[i]);
    if (other != second.end()) rows.second.push_back(other->second);
    for (const auto& [kind, names] : slices) rows.slices[kind].push_back(names[i]);
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

// Rows of one part.
struct Slice {
  std::vector<double> scores;
  std::vector<int> labels;
};

Json slices_json(const Rows& rows, const std::vector<std::string>& names) {
  std::map<std::string, Slice> slices;
  for (std::size_t i = 0; i < names.size(); ++i) {
    Slice& slice = slices[names[i]];
    slice.scores.push_back(rows.first[i]);
    slice.labels.push_back(rows.labels[i]);
  }
  Json json = Json::object();
  for (const auto& [name, slice] : slices) {
    Json part = to_json(validation::evaluate(slice.scores, slice.labels, {.resamples = 0}));
    part.erase("intervals");
    part.erase("calibration");
    json[name] = part;
  }
  return json;
}

// Keys of the report, and what a table calls their parts.
constexpr std::pair<const char*, const char*> kSlices[] = {{"typologies", "typology"},
                                                           {"networks", "network"},
                                                           {"sizes", "volume of the alert"},
                                                           {"addresses", "address"}};

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
  TextPage page;
  page.add("{} labelled alerts, {} of them positive\n\n", report["alerts"].get<std::int64_t>(),
           report["positives"].get<std::int64_t>());
  for (const auto& [name, interval] : report["intervals"].items()) {
    page.add("{:20}{}", name, in_words(report[name], interval));
    if (name == "best_f1" && !report["best_f1_threshold"].is_null()) {
      page.add("  at score >= {:.4f}", report["best_f1_threshold"].get<double>());
    }
    page.add("\n");
  }
  if (report.contains("differences")) {
    page.add("\nscores minus against\n");
    for (const auto& [name, difference] : report["differences"].items()) {
      page.add("{:20}{}  winner: {}\n", name, in_words(difference["value"], difference["interval"]),
               difference["winner"].get<std::string>());
    }
    page.add("\nwinner: {}\n", report["winner"].get<std::string>());
  }
  for (const auto& [kind, title] : kSlices) {
    if (!report.contains(kind) || report[kind].empty()) continue;
    page.add("\n{:28}{:>8}{:>10}{:>14}{:>14}\n", title, "alerts", "positives", "auc_roc", "auc_pr");
    for (const auto& [name, slice] : report[kind].items()) {
      page.add("{:28}{:8}{:10}{:>14}{:>14}\n", name, slice["alerts"].get<std::int64_t>(),
               slice["positives"].get<std::int64_t>(), in_words(slice["auc_roc"], nullptr),
               in_words(slice["auc_pr"], nullptr));
    }
  }
  return page.text();
}

// How much of each tenth of the alerts somebody reviewed, and what the metrics would be had all
// tenths been reviewed alike.
void add_labelled_shares(const Rows& rows, Json& report) {
  const auto tenths = validation::labelled_tenths(rows.scored.scores, rows.is_labelled);
  report["labelled_share"]["score"] = tenths_json(tenths);
  if (!rows.confidences.empty()) {
    report["labelled_share"]["confidence"] =
        tenths_json(validation::labelled_tenths(rows.confidences, rows.is_labelled));
  }
  const auto weighted = validation::weighted_metrics(rows.first, rows.labels, tenths);
  report["weighted_by_labelled_share"] =
      weighted ? Json{{"auc_roc", weighted->auc_roc}, {"auc_pr", weighted->auc_pr}} : Json(nullptr);
}

// The line for a terminal; the CSV files are written.
std::string report_reviews(const EvaluateOptions& options, const Rows& rows, Json& report) {
  const validation::EvaluationOptions how{.resamples = options.resamples, .seed = options.seed};
  std::string text;
  if (options.capacity > 0) {
    const std::vector<std::size_t> one{options.capacity};
    const auto point = validation::review_curve(rows.first, rows.labels, one, how).front();
    report["capacity"] = review_json(point);
    text = "\n" + review_in_words(point);
  }
  if (!options.curve.empty()) {
    const auto steps = validation::review_steps(
        rows.labels.size(), options.capacity > 0 ? options.capacity : rows.labels.size());
    write_file_atomically(
        options.curve, curve_as_csv(validation::review_curve(rows.first, rows.labels, steps, how)));
  }
  if (options.sample > 0) {
    write_file_atomically(
        options.sample_output,
        sample_as_csv(rows.scored, validation::below_the_line(rows.scored.scores, options.capacity,
                                                              options.sample, options.seed)));
  }
  return text;
}

void evaluate(const EvaluateOptions& options) {
  if ((options.sample > 0) != !options.sample_output.empty()) {
    throw Error(ErrorKind::usage, "name both --sample and --sample-output, or neither");
  }
  if (!options.seen.empty() && (options.alerts.empty() || is_text_table(options.alerts))) {
    throw Error(ErrorKind::usage,
                "--seen needs the day's addresses: name alerts.parquet by --alerts");
  }
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
  for (const auto& [kind, names] : rows.slices) report[kind] = slices_json(rows, names);
  add_labelled_shares(rows, report);
  const std::string reviews = report_reviews(options, rows, report);
  print(options.json ? report.dump(2) + "\n" : table_of(report) + reviews);
}

}  // namespace

Action declare_evaluate(CLI::App& app) {
  const auto options = std::make_shared<EvaluateOptions>();
  app.add_option(
         "--scores", options->scores,
         "Scores to judge: a batch's folder, alerts_scored.parquet, .csv, .jsonl, or .json as the "
         "API answers")
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
                 "The snapshot's alerts.parquet: judges each typology_type, size and kind of "
                 "address by itself, too")
      ->option_text("FILE")
      ->envname("AML_ALERTS");
  app.add_option("--seen", options->seen,
                 "alerts.parquet of an earlier day: judges addresses seen before and first seen by "
                 "themselves; repeat for several")
      ->option_text("FILE ...")
      ->envname("AML_SEEN");
  app.add_option("--capacity", options->capacity,
                 "What so many reviews of the highest scores find, with intervals")
      ->check(CLI::Range(1, 1'000'000'000))
      ->option_text("N")
      ->envname("AML_CAPACITY");
  app.add_option("--curve", options->curve, "CSV file that gets what any number of reviews finds")
      ->option_text("FILE")
      ->envname("AML_CURVE");
  app.add_option("--sample", options->sample,
                 "Draw so many of the alerts below the --capacity highest, evenly of ten strata of "
                 "score (of N where that is less), each with its inverse odds as weight")
      ->check(CLI::Range(1, 1'000'000))
      ->option_text("N")
      ->envname("AML_SAMPLE");
  app.add_option("--sample-output", options->sample_output, "CSV file that gets the sample")
      ->option_text("FILE")
      ->envname("AML_SAMPLE_OUTPUT");
  declare_resamples(app, options->resamples, options->seed, 0,
                    "each interval (default: 1000; 0: no intervals)");
  declare_max_rows(app, options->max_rows);
  app.add_flag("--json", options->json, "Print a JSON object instead of a table");
  return [options] { evaluate(*options); };
}

}  // namespace aml::commands
