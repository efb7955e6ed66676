#include "scoring/scoring.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "base/progress.h"
#include "base/threads.h"
#include "forest/objective.h"
#include "models/card_file.h"
#include "models/match_features.h"
#include "models/model_file.h"
#include "models/trained_sql.h"
#include "results/explain_json.h"
#include "scoring/explanations.h"

namespace aml::scoring {

namespace fs = std::filesystem;

namespace {

// Rows per call of a model: enough to make the call's own cost small, few enough that the
// explanations of a block fit a processor's cache and the threads finish together.
constexpr std::size_t kBlockRows = 256;

// Scores and explains rows [begin, end) into `rows`.
void score_block(const features::FeatureMatrix& matrix, const forest::ModelInput& input,
                 const LoadedModel& scorer, const results::ExplainJson& explain, std::size_t begin,
                 std::size_t end, std::vector<results::ScoredRow>& rows) {
  const auto start = std::chrono::steady_clock::now();
  const std::size_t features = input.columns.size();
  std::vector<double> raw(end - begin);
  scorer.model->predict_raw(input, begin, raw);
  std::vector<double> contributions(raw.size() * (features + 1));
  scorer.model->explain(input, begin, contributions);
  const double divisor = forest::raw_divisor(scorer.model->forest());
  for (double& contribution : contributions) contribution /= divisor;
  std::vector<double> values(features);
  for (std::size_t i = 0; i < raw.size(); ++i) {
    for (std::size_t f = 0; f < features; ++f) values[f] = input.columns[f][begin + i];
    results::ScoredRow& row = rows[begin + i];
    row.id = matrix.ids[begin + i];
    row.score = scorer.card.scale.score(raw[i] / divisor);
    row.probability = scorer.card.scale.probability(raw[i] / divisor);
    row.model_version = scorer.record.version;
    row.explain_json = explain.text(
        std::span<const double>(contributions).subspan(i * (features + 1), features + 1), values);
  }
  const double block_ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  for (std::size_t row = begin; row < end; ++row) {
    rows[row].latency_ms = block_ms / static_cast<double>(end - begin);
  }
}

}  // namespace

LoadedModel load_task_model(const fs::path& models_dir, const std::string& task,
                            const std::string& version) {
  const models::ModelFile file = models::find_model(models_dir, task, version);
  LoadedModel loaded{
      file.path,
      {file.version, file.path.filename().string(), hash_file(HashKind::sha256, file.path)},
      forest::load_model(file.path)};
  forest::require_log_odds(loaded.model->forest(), file.path);
  loaded.card = models::read_card_facts(file.path, loaded.record.sha256);
  loaded.record.calibration = loaded.card.calibration_json;
  return loaded;
}

std::string cards_as_json(const std::map<std::string, const LoadedModel*>& models) {
  nlohmann::ordered_json cards = nlohmann::ordered_json::object();
  for (const auto& [task, model] : models) {
    nlohmann::ordered_json card = models::read_card(model->path, model->record.sha256);
    for (const char* key : {"feature_meanings", "training_profile"}) {
      if (card.is_object()) card.erase(key);
    }
    if (card.is_object() && card.contains("search")) card["search"].erase("all");
    cards[task] = std::move(card);
  }
  return cards.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

void compare_feature_sql(LoadedModel& model, const features::SqlIdentity& used) {
  const auto trained = models::trained_sql(model.path, model.record.sha256);
  if (!trained) return;
  model.record.feature_sql_differences = features::differences(*trained, used);
  model.record.feature_sql = model.record.feature_sql_differences.empty() ? "same" : "other";
}

std::vector<std::string> feature_sql_warnings(const std::vector<const LoadedModel*>& models) {
  constexpr std::size_t kNamed = 10;  // a sentence, not a listing
  std::map<std::vector<std::string>, std::vector<std::string>> models_of;
  for (const LoadedModel* model : models) {
    if (model->record.feature_sql == "other") {
      models_of[model->record.feature_sql_differences].push_back(model->record.file);
    }
  }
  std::vector<std::string> warnings;
  for (const auto& [differences, names] : models_of) {
    const std::size_t named = std::min(kNamed, differences.size());
    const std::size_t more = differences.size() - named;
    warnings.push_back(fmt::format(
        "{} learned from other feature SQL than this, so scores may mean something else: {}{}; "
        "train anew, or give the SQL it was trained on with --features-dir",
        fmt::join(names, ", "),
        fmt::join(differences.begin(), differences.begin() + static_cast<std::ptrdiff_t>(named),
                  ", "),
        more == 0 ? "" : fmt::format(" and {} more", more)));
  }
  return warnings;
}

std::vector<results::ScoredRow> score_rows(const features::FeatureMatrix& matrix,
                                           const LoadedModel& scorer,
                                           const ScoringOptions& options) {
  const forest::ModelInput input = models::match_features(matrix, *scorer.model, scorer.path);
  const results::ExplainJson explain = explanation_writer(*scorer.model, options);
  std::vector<results::ScoredRow> rows(matrix.rows());
  Progress progress(options.progress, rows.size(), Progress::Unit::items);
  parallel_blocks(rows.size(), kBlockRows, options.threads,
                  [&](std::size_t begin, std::size_t end) {
                    throw_if_stop_requested();
                    score_block(matrix, input, scorer, explain, begin, end, rows);
                    progress.add(end - begin);
                  });
  return rows;
}

std::vector<double> scores_of(const features::FeatureMatrix& matrix, const LoadedModel& model,
                              int threads) {
  const forest::ModelInput input = models::match_features(matrix, *model.model, model.path);
  std::vector<double> scores(matrix.rows());
  parallel_blocks(scores.size(), kBlockRows, threads, [&](std::size_t begin, std::size_t end) {
    throw_if_stop_requested();
    model.model->predict_raw(input, begin, std::span(scores).subspan(begin, end - begin));
  });
  const double divisor = forest::raw_divisor(model.model->forest());
  for (double& score : scores) score = model.card.scale.score(score / divisor);
  return scores;
}

std::vector<results::RankedRow> rank_rows(std::span<const results::ScoredRow> scored,
                                          bool explains) {
  std::vector<results::RankedRow> rows(scored.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i] = {scored[i].id, 0, scored[i].score, explains ? scored[i].explain_json : ""};
  }
  std::sort(rows.begin(), rows.end(), [](const results::RankedRow& a, const results::RankedRow& b) {
    return a.score != b.score ? a.score > b.score : a.alert_id < b.alert_id;
  });
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].rank = static_cast<std::int64_t>(i) + 1;
  return rows;
}

}  // namespace aml::scoring
