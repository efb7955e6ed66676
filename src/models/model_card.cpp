#include "models/model_card.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <unordered_map>

#include "metrics/distribution.h"
#include "metrics/ranking.h"
#include "models/card_file.h"
#include "models/search_file.h"

namespace aml::models {

using Json = nlohmann::ordered_json;

namespace {

// Cards without one are the same.
constexpr const char* kProfilePlace = "training profile";

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

// Rounded to what reads well in a card.
double four_digits(double value) { return std::stod(fmt::format("{:.4g}", value)); }

Json share_json(const Share& share) {
  return {{"rows", share.rows},
          {"positives", share.positives},
          {"share", four_digits(share.value())},
          {"low", four_digits(share.low)},
          {"high", four_digits(share.high)}};
}

Json bins_json(const std::vector<ReliabilityBin>& bins) {
  Json list = Json::array();
  for (const ReliabilityBin& bin : bins) {
    Json json{{"from", bin.from}, {"to", bin.to}, {"predicted", four_digits(bin.predicted)}};
    json.update(share_json(bin.observed));
    list.push_back(std::move(json));
  }
  return list;
}

Json reliability_json(const Reliability& reliability) {
  return {{"expected_per_observed", four_digits(reliability.expected_per_observed)},
          {"slope", four_digits(reliability.slope)},
          {"brier_skill", four_digits(reliability.brier_skill)},
          {"top", bins_json(reliability.top)},
          {"tenths", bins_json(reliability.tenths)}};
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
  if (evaluation.reliability) json["reliability"] = reliability_json(*evaluation.reliability);
  json["scores"] = {{"median", evaluation.median_score}, {"variance", evaluation.score_variance}};
  if (evaluation.confidence_auc_roc && evaluation.confidence_auc_pr) {
    json["producer_confidence"] = {
        {"auc_roc", *evaluation.confidence_auc_roc},
        {"auc_pr", *evaluation.confidence_auc_pr},
        {"share_of_scores_within_0.01", evaluation.share_near_confidence}};
  }
  return json;
}

Json parameters_json(const TrainParameters& parameters) {
  Json json = Json::object();
  for (const auto& [key, value] : parameters.values) {
    const Json number = Json::parse(value, nullptr, /*allow_exceptions=*/false);
    json[key] = number.is_number() || number.is_boolean() ? number : Json(value);
  }
  return json;
}

// How far its figures can be believed.
const char* validation_of(const ModelCard& card) {
  if (!card.is_independently_validated()) return "not independently validated";
  return card.is_held_out_later()
             ? "independently validated"
             : "validated on held-out days that are not later than the days it learned from";
}

Json held_out_json(const ModelCard& card) {
  if (!card.held_out) return nullptr;
  Json json = evaluation_json(*card.held_out);
  json["is_later_than_training"] = card.is_held_out_later();
  return json;
}

Json calibration_json(const ModelCard& card) {
  if (!card.scale.calibration) return nullptr;
  const CalibrationRecord& record = card.calibration;
  Json days = Json::array();
  for (const CalibrationDay& day : record.days) {
    days.push_back({{"processing_date", day.processing_date},
                    {"scored_by_a_model_of", day.learned},
                    {"out_of_time", day.is_out_of_time}});
  }
  Json base_rate = share_json(record.base_rate);
  base_rate["processing_date"] = record.base_rate_date;
  return {{"slope", card.scale.calibration->slope},
          {"intercept", card.scale.calibration->intercept},
          {"days", std::move(days)},
          {"validation", validation_of(card)},
          {"judged", record.judged ? evaluation_json(*record.judged) : Json(nullptr)},
          {"base_rate", std::move(base_rate)},
          {"like", bins_json(record.like)}};
}

Json typologies_json(const std::map<std::string, TypologyRecord>& typologies) {
  const auto number = [](const std::optional<double>& value) {
    return value ? Json(four_digits(*value)) : Json(nullptr);
  };
  Json json = Json::object();
  for (const auto& [name, record] : typologies) {
    json[name] = {{"rows", record.rows},
                  {"positives", record.positives},
                  {"auc_roc", number(record.auc_roc)},
                  {"auc_pr", number(record.auc_pr)}};
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

void add_evaluated_rows(const LabelledRows& day, std::span<const double> raw,
                        std::span<const std::string> keys, const PublishedScale& scale,
                        const std::string& confidence, EvaluatedRows& rows) {
  std::unordered_map<std::string_view, std::uint32_t> group_of;
  const auto first_group = static_cast<std::uint32_t>(rows.scores.size());
  for (const std::size_t row : day.rows) {
    rows.scores.push_back(scale.score(raw[row]));
    rows.judged.probabilities.push_back(scale.probability(raw[row]).value_or(rows.scores.back()));
    const auto next = first_group + static_cast<std::uint32_t>(group_of.size());
    rows.judged.groups.push_back(group_of.emplace(keys[row], next).first->second);
  }
  rows.judged.labels.insert(rows.judged.labels.end(), day.labels.begin(), day.labels.end());
  const std::vector<double> values = column_values(day, confidence);
  rows.confidences.insert(rows.confidences.end(), values.begin(), values.end());
}

Evaluation evaluate(const EvaluatedRows& rows, std::span<const DayRecord> days) {
  Evaluation result;
  result.days.assign(days.begin(), days.end());
  const std::vector<double>& scores = rows.scores;
  const std::vector<int>& labels = rows.judged.labels;
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
  result.reliability = judge_reliability(rows.judged);
  if (rows.confidences.size() == labels.size()) {
    result.confidence_auc_roc = metrics::auc_roc(rows.confidences, labels);
    result.confidence_auc_pr = metrics::auc_pr(rows.confidences, labels);
    result.share_near_confidence = metrics::share_within(scores, rows.confidences, 0.01);
  }
  return result;
}

bool ModelCard::is_held_out_later() const {
  if (!held_out) return true;
  return std::all_of(held_out->days.begin(), held_out->days.end(), [&](const DayRecord& judged) {
    return std::all_of(training_days.begin(), training_days.end(), [&](const DayRecord& learned) {
      return learned.processing_date < judged.processing_date;
    });
  });
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
            {"parameters", parameters_json(parameters)},
            {"lightgbm_parameters", parameters.text()},
            {"order_of", order_of.empty() ? Json(nullptr) : Json(order_of)},
            {"alert_scorer_sha256",
             alert_scorer_sha256.empty() ? Json(nullptr) : Json(alert_scorer_sha256)},
            {"calibration", calibration_json(*this)},
            {"score_map", {{"offset", scale.map.offset}, {"span", scale.map.span}}},
            {"training_data", days_json(training_days)},
            {"on_training_data", evaluation_json(on_training_days)},
            {"held_out", held_out_json(*this)},
            {"typologies", typologies_json(typologies)},
            {"feature_sql_sha256", feature_sql.files},
            {"whole_feature_sql_sha256", feature_sql.whole},
            {"feature_groups", feature_groups},
            {"features", std::move(names)},
            {"feature_meanings", std::move(meanings)}};
  if (!address_scorer_sha256.empty()) json["address_scorer_sha256"] = address_scorer_sha256;
  if (search) {
    std::vector<std::string> dates;
    for (const DayRecord& day : training_days) dates.push_back(day.processing_date);
    json["search"] = search_as_json(*search, dates);
  }
  json["training_profile"] = kProfilePlace;
  std::string text = json.dump(2) + "\n";
  const std::string place = Json(kProfilePlace).dump();
  text.replace(text.rfind(place), place.size(), profile_as_json(profile));
  return text;
}

}  // namespace aml::models
