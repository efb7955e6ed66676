#include "models/model_card.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "forest/objective.h"
#include "metrics/distribution.h"
#include "metrics/ranking.h"
#include "models/match_features.h"

namespace aml::models {

using Json = nlohmann::ordered_json;

namespace {

// Cards without one are the same.
constexpr int kCardFormat = 1;

Json days_json(std::span<const DayRecord> days) {
  Json list = Json::array();
  for (const DayRecord& day : days) {
    list.push_back({{"network", day.network},
                    {"processing_date", day.processing_date},
                    {"window_days", day.window_days},
                    {"snapshot_sha256", day.snapshot_sha256},
                    {"rows", day.rows},
                    {"positives", day.positives}});
  }
  return list;
}

Json evaluation_json(const Evaluation& evaluation) {
  Json json{{"days", days_json(evaluation.days)}};
  if (evaluation.has_both_classes) {
    json["auc_roc"] = evaluation.auc_roc;
    json["auc_pr"] = evaluation.auc_pr;
    json["ndcg"] = evaluation.ndcg;
    json["ndcg_at_100"] = evaluation.ndcg_at_100;
    json["best_f1"] = {{"f1", evaluation.best_f1}, {"threshold", evaluation.best_f1_threshold}};
    json["brier"] = evaluation.brier;
  }
  json["scores"] = {{"median", evaluation.median_score}, {"variance", evaluation.score_variance}};
  if (evaluation.confidence_auc_roc && evaluation.confidence_auc_pr) {
    json["producer_confidence"] = {
        {"auc_roc", *evaluation.confidence_auc_roc},
        {"auc_pr", *evaluation.confidence_auc_pr},
        {"share_of_scores_within_0.01", evaluation.share_near_confidence}};
  }
  return json;
}

// The column's values in the labelled rows; a missing value counts as 0.
std::vector<double> column_values(const LabelledRows& rows, const std::string& name) {
  const std::vector<std::string>& names = rows.matrix->names;
  const auto found = std::find(names.begin(), names.end(), name);
  std::vector<double> values;
  if (found == names.end()) return values;
  const std::vector<double>& column =
      rows.matrix->columns[static_cast<std::size_t>(found - names.begin())];
  for (const std::size_t row : rows.rows)
    values.push_back(column[row] == column[row] ? column[row] : 0);
  return values;
}

}  // namespace

Evaluation evaluate(const forest::Model& model, const std::filesystem::path& model_path,
                    std::span<const LabelledRows> rows, std::span<const DayRecord> days,
                    const std::string& confidence) {
  Evaluation result;
  result.days.assign(days.begin(), days.end());
  std::vector<double> raw_scores;
  std::vector<double> scores;
  std::vector<int> labels;
  std::vector<double> confidences;
  for (const LabelledRows& day : rows) {
    const forest::ModelInput input = match_features(*day.matrix, model, model_path);
    std::vector<double> raw(input.rows);
    model.predict_raw(input, 0, raw);
    for (const std::size_t row : day.rows) {
      raw_scores.push_back(raw[row]);
      scores.push_back(forest::published_score(raw[row]));
    }
    labels.insert(labels.end(), day.labels.begin(), day.labels.end());
    const std::vector<double> values = column_values(day, confidence);
    confidences.insert(confidences.end(), values.begin(), values.end());
  }
  result.median_raw = metrics::median(raw_scores);
  result.median_score = metrics::median(scores);
  result.score_variance = metrics::variance(scores);
  const auto positives = std::count(labels.begin(), labels.end(), 1);
  result.has_both_classes = positives > 0 && positives < std::ssize(labels);
  if (!result.has_both_classes) return result;

  result.auc_roc = metrics::auc_roc(scores, labels);
  result.auc_pr = metrics::auc_pr(scores, labels);
  result.ndcg = metrics::ndcg(scores, labels);
  result.ndcg_at_100 = metrics::ndcg(scores, labels, 100);
  const metrics::BestF1 best = metrics::best_f1(scores, labels);
  result.best_f1 = best.f1;
  result.best_f1_threshold = best.threshold;
  result.brier = metrics::brier(scores, labels);
  if (confidences.size() == labels.size()) {
    result.confidence_auc_roc = metrics::auc_roc(confidences, labels);
    result.confidence_auc_pr = metrics::auc_pr(confidences, labels);
    result.share_near_confidence = metrics::share_within(scores, confidences, 0.01);
  }
  return result;
}

std::string ModelCard::to_json() const {
  Json names = Json::array();
  Json meanings = Json::object();
  for (const features::Feature& feature : features) {
    names.push_back(feature.name);
    meanings[feature.name] = features::describe(feature);
  }
  Json json{{"format_version", kCardFormat},
            {"model", task},
            {"version", version},
            {"model_sha256", model_sha256},
            {"program_version", program_version},
            {"objective", parameters.objective},
            {"parameters",
             {{"num_leaves", parameters.leaves},
              {"num_iterations", parameters.trees},
              {"learning_rate", parameters.learning_rate},
              {"seed", parameters.seed}}},
            {"lightgbm_parameters", parameters.text()},
            {"log_odds_shift", log_odds_shift},
            {"training_data", days_json(training_days)},
            {"on_training_data", evaluation_json(on_training_days)},
            {"held_out", held_out ? evaluation_json(*held_out) : Json(nullptr)},
            {"feature_sql_sha256", feature_sql.files},
            {"whole_feature_sql_sha256", feature_sql.whole},
            {"feature_groups", feature_groups},
            {"features", std::move(names)},
            {"feature_meanings", std::move(meanings)}};
  if (parameters.objective == "binary") {
    json["parameters"]["scale_pos_weight"] = parameters.positive_weight;
  }
  return json.dump(2) + "\n";
}

}  // namespace aml::models
