// aml-miner card --model ./trained_models/alert_scorer_v1.0.0.txt --markdown
//
// A model's card as the document that reviewers of models ask for.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "commands/command.h"
#include "commands/text_page.h"
#include "models/card_file.h"

namespace aml::commands {

namespace fs = std::filesystem;

namespace {

using Json = nlohmann::ordered_json;

struct CardOptions {
  std::string model;
  bool markdown = false;
};

// A value of a card as it is read: texts without quotes, numbers to four digits, nothing as a dash.
std::string shown(const Json& value) {
  if (value.is_null()) return "–";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return fmt::format("{:.4g}", value.get<double>());
  return value.dump();
}

std::string shown(const Json& object, const char* key) {
  return object.is_object() && object.contains(key) ? shown(object.at(key)) : "–";
}

const Json& part(const Json& object, const char* key) {
  static const Json kNothing;
  return object.is_object() && object.contains(key) ? object.at(key) : kNothing;
}

const char* purpose_of(const std::string& task) {
  if (task == "alert_scorer") return "scores alerts by the odds that a report is filed";
  if (task == "fallback_scorer") {
    return "scores alerts of days that are foreign to the alert scorer by what holds anywhere, "
           "where process is asked to";
  }
  if (task == "alert_ranker") return "orders alerts by the odds that a report is filed";
  if (task == "cluster_scorer") {
    return "scores clusters of alerts by the odds that a report is filed for any of them";
  }
  if (task == "address_scorer") {
    return "scores addresses for the alert scorer that sees what it says; no score of it is "
           "published";
  }
  return "is not known to this program";
}

void add_days(const Json& days, TextPage& document) {
  document.add(
      "| network | day | window in days | rows | reports | snapshot "
      "|\n|---|---|---|---|---|---|\n");
  for (const Json& day : days) {
    document.add("| {} | {} | {} | {} | {} | {} |\n", shown(day, "network"),
                 shown(day, "processing_date"), shown(day, "window_days"), shown(day, "rows"),
                 shown(day, "positives"), shown(day, "snapshot_sha256"));
  }
}

void add_purpose(const Json& card, TextPage& document) {
  document.add("# {} {}\n\n", shown(card, "model"), shown(card, "version"));
  document.add("sha256 of the model: {}; made by aml-miner {}.\n\n", shown(card, "model_sha256"),
               shown(card, "program_version"));
  document.add(
      "## Purpose\n\nThis model {}. It orders work for analysts; it decides nothing, and a "
      "low score clears nobody.\n\n",
      purpose_of(shown(card, "model")));
  document.add("Trees of LightGBM: {}.\n\n", shown(card, "lightgbm_parameters"));
}

void add_data(const Json& card, TextPage& document) {
  document.add("## Data\n\nIt learned from:\n\n");
  add_days(part(card, "training_data"), document);
  document.add("\n{} features", part(card, "features").size());
  if (!part(card, "feature_groups").empty()) {
    document.add(" of the groups");
    const char* comma = " ";
    for (const Json& group : part(card, "feature_groups")) {
      document.add("{}{}", comma, shown(group));
      comma = ", ";
    }
  }
  document.add(". sha256 of the feature SQL: {}.\n\n", shown(card, "whole_feature_sql_sha256"));
}

// Figures of one set of days; nothing where they were not judged.
void add_figures(const char* title, const Json& figures, TextPage& document) {
  if (!figures.is_object()) return;
  document.add("| {} | {} | {} | {} | {} | {} |\n", title, shown(figures, "auc_roc"),
               shown(figures, "auc_pr"), shown(figures, "ndcg_at_100"), shown(figures, "brier"),
               shown(part(figures, "reliability"), "brier_skill"));
}

void add_performance(const Json& card, TextPage& document) {
  const Json& calibration = part(card, "calibration");
  document.add("## Performance\n\n{}.\n\n", calibration.is_object()
                                                ? shown(calibration, "validation")
                                                : std::string("no calibration"));
  document.add(
      "| days | AUC-ROC | AUC-PR | NDCG@100 | Brier | Brier skill |\n|---|---|---|---|---|---|\n");
  add_figures("held out", part(card, "held_out"), document);
  add_figures("the last training day, by a model of earlier ones", part(calibration, "judged"),
              document);
  add_figures("training days (flatter the model)", part(card, "on_training_data"), document);
  const Json& typologies = part(card, "typologies");
  if (typologies.empty()) return;
  document.add("\n| typology | rows | reports | AUC-ROC | AUC-PR |\n|---|---|---|---|---|\n");
  for (const auto& [name, record] : typologies.items()) {
    document.add("| {} | {} | {} | {} | {} |\n", name, shown(record, "rows"),
                 shown(record, "positives"), shown(record, "auc_roc"), shown(record, "auc_pr"));
  }
}

void add_challenger(const Json& card, TextPage& document) {
  document.add(
      "\n## Challenger\n\nThe producer's own confidence on the same rows:\n\n"
      "| days | AUC-ROC | AUC-PR |\n|---|---|---|\n");
  for (const auto& [title, key] :
       {std::pair{"held out", "held_out"}, std::pair{"training days", "on_training_data"}}) {
    const Json& confidence = part(part(card, key), "producer_confidence");
    if (!confidence.is_object()) continue;
    document.add("| {} | {} | {} |\n", title, shown(confidence, "auc_roc"),
                 shown(confidence, "auc_pr"));
  }
  document.add(
      "\n`aml-miner evaluate --against` compares any two models on one day, with intervals.\n");
}

void add_stability(const Json& card, TextPage& document) {
  const Json& calibration = part(card, "calibration");
  document.add("\n## Stability\n\n");
  const Json& reliability = part(part(card, "held_out"), "reliability");
  if (reliability.is_object()) {
    document.add(
        "On held-out days expected reports are {} of the observed, and the slope of the "
        "log-odds is {} (1 is right).\n\n",
        shown(reliability, "expected_per_observed"), shown(reliability, "slope"));
  }
  if (calibration.is_object()) {
    const Json& rate = part(calibration, "base_rate");
    document.add("Base rate of {}: {}, between {} and {}.\n\n", shown(rate, "processing_date"),
                 shown(rate, "share"), shown(rate, "low"), shown(rate, "high"));
  }
  const Json& profile = part(card, "training_profile");
  document.add(
      "The card keeps what {} training days looked like; `process` says of each day whether "
      "it is familiar, drifting or foreign to them.\n",
      shown(profile, "days"));
}

void add_limits(const Json& card, TextPage& document) {
  document.add(
      "\n## Limits\n\n- It knows what its training days show and nothing else: other "
      "networks, windows and typologies are foreign to it.\n");
  document.add("- Networks: {}. Windows in days: {}.\n",
               shown(part(part(card, "training_profile"), "networks")),
               shown(part(part(card, "training_profile"), "window_days")));
  if (!part(card, "held_out").is_object()) {
    document.add("- No days were held out when it was trained.\n");
  }
  if (!part(card, "calibration").is_object()) document.add("- Its scores are no probabilities.\n");
  document.add(
      "\n## Ablation\n\nThe card has none. `train --without GROUP` trains without a group "
      "of features, and `evaluate --against` says what that costs.\n");
}

void show_card(const CardOptions& options) {
  const fs::path path = options.model;
  const Json card = models::read_card(path, hash_file(HashKind::sha256, path));
  if (card.is_null()) {
    throw Error(
        ErrorKind::not_found,
        fmt::format("{} has no card beside it that is its own: train the model anew, or put "
                    "back the .json file that came with it",
                    path.string()));
  }
  if (!options.markdown) {
    print(card.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
    return;
  }
  TextPage document;
  add_purpose(card, document);
  add_data(card, document);
  add_performance(card, document);
  add_challenger(card, document);
  add_stability(card, document);
  add_limits(card, document);
  print(document.text());
}

}  // namespace

Action declare_card(CLI::App& app) {
  const auto options = std::make_shared<CardOptions>();
  app.add_option("--model", options->model, "LightGBM text model with its card beside it")
      ->required()
      ->option_text("FILE")
      ->envname("AML_MODEL");
  app.add_flag("--markdown", options->markdown,
               "A document in Markdown: purpose, data, performance, challenger, stability, what it "
               "cannot")
      ->envname("AML_MARKDOWN");
  return [options] { show_card(*options); };
}

}  // namespace aml::commands
