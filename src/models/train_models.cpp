#include "models/train_models.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "base/free_memory.h"
#include "base/hash.h"
#include "base/log.h"
#include "forest/forest_text.h"
#include "models/card_parts.h"
#include "models/cross_fit.h"
#include "models/first_stage.h"
#include "models/held_back.h"
#include "models/model_card.h"
#include "models/portable.h"
#include "models/recipe.h"

namespace aml::models {

namespace fs = std::filesystem;

namespace {

// One of the two things that are learned: alerts or clusters.
struct Task {
  const char* name;
  LabelledRows TrainingDay::* rows;
  features::RowKind kind;
  const char* confidence;  // the feature that holds the producer's own opinion
};
constexpr Task kAlertTask{kAlertScorer, &TrainingDay::alerts, features::RowKind::alert,
                          "alert_confidence_score"};
constexpr Task kFallbackTask{kFallbackScorer, &TrainingDay::alerts, features::RowKind::alert, ""};
constexpr Task kClusterTask{kClusterScorer, &TrainingDay::clusters, features::RowKind::cluster,
                            "confidence_avg"};

std::vector<FitDay> fit_days(TrainingDays days, const Task& task) {
  std::vector<FitDay> all;
  for (const auto& day : days) {
    const bool is_alerts = task.kind == features::RowKind::alert;
    all.push_back(
        {(*day).*task.rows, is_alerts ? day->facts.addresses : day->features.clusters.ids});
  }
  return all;
}

std::vector<DayRecord> records_of(TrainingDays days, const Task& task) {
  std::vector<DayRecord> records;
  for (const auto& day : days) {
    const LabelledRows& rows = (*day).*task.rows;
    records.push_back({day->features.network, day->features.processing_date,
                       day->features.window_days, day->features.snapshot_sha256, rows.rows.size(),
                       rows.positives()});
  }
  return records;
}

// With fewer of a class leaves follow single rows: their values grow with every tree, and the
// scores say nothing of other rows.
constexpr std::size_t kFewestOfAClass = 3;

void require_both_classes(const std::vector<FitDay>& days, const Task& task) {
  std::size_t rows = 0;
  std::size_t positives = 0;
  for (const FitDay& day : days) {
    rows += day.rows.rows.size();
    positives += day.rows.positives();
  }
  if (positives >= kFewestOfAClass && rows - positives >= kFewestOfAClass) return;
  throw Error(ErrorKind::bad_input,
              fmt::format("{} cannot be trained: {} of the {} labelled rows are positive, and both "
                          "classes are needed, at least {} rows of each; add days or check the "
                          "ground truth",
                          task.name, positives, rows, kFewestOfAClass));
}

// The recipe, with smaller leaves where there are few rows: otherwise nothing could be split.
TrainParameters recipe_for(const std::vector<FitDay>& days, const Task& task) {
  constexpr std::size_t kLeavesOfRows = 25;
  std::size_t rows = 0;
  for (const FitDay& day : days) rows += day.rows.rows.size();
  TrainParameters parameters = recipe_of(task.name);
  std::string& leaf_rows = parameters.values.at("min_data_in_leaf");
  const auto most = static_cast<std::size_t>(std::stoi(leaf_rows));
  leaf_rows = std::to_string(std::clamp<std::size_t>(rows / kLeavesOfRows, 2, most));
  return parameters;
}

// What of the features the task's rows have: alerts' or clusters'.
void describe_features(const features::SnapshotFeatures& features, const Task& task,
                       ModelCard& card) {
  card.feature_sql = features.feature_sql;
  for (const std::string& group : features.groups) {
    if (group.starts_with(features::row_kind_name(task.kind))) card.feature_groups.push_back(group);
  }
  for (const features::Feature& feature : features.registry) {
    if (feature.row_kind == task.kind) card.features.push_back(feature);
  }
}

// A model of the task with all that its card says.
struct Trained {
  std::string text;
  ModelCard card;
  CrossFit fit;
};

// The days' raw scores by the model itself, which learned from the training days but not from
// held-out ones.
std::vector<std::vector<double>> scores_by(const forest::Model& model,
                                           const std::vector<FitDay>& days, const Task& task) {
  std::vector<std::vector<double>> scores;
  for (const FitDay& day : days) scores.push_back(raw_scores(model, *day.rows.matrix, task.name));
  return scores;
}

Evaluation judge(const std::vector<FitDay>& days, const std::vector<std::vector<double>>& raw,
                 const std::vector<DayRecord>& records, const PublishedScale& scale,
                 const Task& task) {
  EvaluatedRows rows;
  for (std::size_t day = 0; day < days.size(); ++day) {
    add_evaluated_rows(days[day].rows, raw[day], days[day].keys, scale, task.confidence, rows);
  }
  return evaluate(rows, records);
}

std::vector<std::string> dates_of(TrainingDays days) {
  std::vector<std::string> dates;
  for (const auto& day : days) dates.push_back(day->features.processing_date);
  return dates;
}

std::vector<HeldBackFit> plan_of(TrainingDays days, bool scores_all_days) {
  return plan_held_back(dates_of(days), scores_all_days);
}

// How a task's models are fitted: those that the calibration is made of, and those that a search
// judges parameters by, where there is one.
struct TaskPlan {
  std::vector<HeldBackFit> calibration;
  ColumnsByFit calibration_columns{};  // what of a first stage these see, or nothing
  SearchPlan search{};
  ColumnsByFit search_columns{};
};

TaskPlan plan_with_search(TrainingDays days, const Recipe& recipe, bool scores_all_days) {
  if (recipe.search.trials == 0) return {plan_of(days, scores_all_days)};
  TaskPlan plan{.calibration = {}, .search = plan_search(dates_of(days))};
  plan.calibration = plan_held_back(dates_of(days), scores_all_days, plan.search.calibration_days);
  return plan;
}

void search(const std::vector<FitDay>& days, const Recipe& recipe, const TaskPlan& plan,
            ModelCard& card) {
  card.search = search_parameters(days, plan.search, card.parameters, recipe.parameters,
                                  recipe.search, recipe.threads, plan.search_columns);
  card.parameters = card.parameters.with(card.search->best());
  log::info("searched", {{"trials", std::ssize(card.search->trials)},
                         {"recipe_points", card.search->recipe_points()},
                         {"points", card.search->trials[card.search->chosen].best().points}});
}

Trained train_task(const Task& task, TrainingDays days, TrainingDays holdout, const Recipe& recipe,
                   const TaskPlan& plan) {
  const std::vector<FitDay> fits = fit_days(days, task);
  require_both_classes(fits, task);
  Trained trained;
  ModelCard& card = trained.card;
  card.task = task.name;
  card.version = recipe.version;
  card.program_version = AML_VERSION;
  card.parameters = recipe_for(fits, task).with(recipe.parameters);
  card.training_days = records_of(days, task);
  describe_features(days.front()->features, task, card);

  if (!plan.search.fits.empty()) search(fits, recipe, plan, card);
  trained.fit =
      cross_fit(fits, plan.calibration, card.parameters, recipe.threads, plan.calibration_columns);
  trained.text = trained.fit.model_text;
  card.model_sha256 = hash_text(HashKind::sha256, trained.text);
  calibrate(fits, trained.fit.held_back, task.confidence, card);

  const forest::Model model(forest::read_forest(trained.text, task.name), task.name);
  const auto raw_of_training = scores_by(model, fits, task);
  if (task.kind == features::RowKind::alert) refuse_one_score(raw_of_training, task.name);
  const auto judge_training = [&] {
    card.on_training_days = judge(fits, raw_of_training, card.training_days, card.scale, task);
  };
  judge_training();
  if (card.on_training_days.median_score > kMostMedian) {
    card.scale.map = ScoreMap::of_frequent_reports();
    judge_training();
  }
  if (!holdout.empty()) {
    const std::vector<FitDay> held = fit_days(holdout, task);
    const auto raw = scores_by(model, held, task);
    card.held_out = judge(held, raw, records_of(holdout, task), card.scale, task);
    if (task.kind == features::RowKind::alert) {
      for (std::size_t day = 0; day < held.size(); ++day) {
        refuse_fined_scores(raw[day], card.scale, holdout[day]->features.processing_date);
      }
    }
  }
  return trained;
}

std::vector<double> probabilities(const std::vector<double>& raw, const PublishedScale& scale) {
  std::vector<double> all;
  for (const double score : raw) all.push_back(scale.probability(score).value());
  return all;
}

// Of alerts what a day is compared by; of clusters nothing.
void profile_alerts(TrainingDays days, const CrossFit& fit, int threads, ModelCard& card) {
  std::vector<const features::FeatureMatrix*> matrices;
  for (const auto& day : days) {
    matrices.push_back(&day->features.alerts);
    card.profile.snapshot_sha256.push_back(day->features.snapshot_sha256);
    add_to_profile(day->features.network, day->features.window_days, day->facts.typology_counts(),
                   card.profile);
  }
  profile_features(matrices, threads, card.profile);
  std::vector<std::vector<double>> scores;
  for (const HeldBackScores& day : fit.held_back) {
    if (!day.raw.empty()) scores.push_back(probabilities(day.raw, card.scale));
  }
  card.profile.probabilities =
      profile_column(std::vector<std::span<const double>>(scores.begin(), scores.end()));
}

void write_model(const Trained& trained, const fs::path& directory) {
  const ModelCard& card = trained.card;
  write_file_atomically(directory / model_file_name(card.task, card.version), trained.text);
  write_file_atomically(directory / card_file_name(card.task, card.version), card.to_json());
  const Evaluation* shown = &card.on_training_days;
  const char* judged_on = "training days";
  if (card.calibration.judged) {
    shown = &*card.calibration.judged;
    judged_on = "a later day by a model of earlier ones";
  }
  if (card.held_out) {
    shown = &*card.held_out;
    judged_on = "held-out days";
  }
  log::info("trained", {{"model", card.task},
                        {"judged_on", judged_on},
                        {"auc_roc", shown->auc_roc},
                        {"auc_pr", shown->auc_pr},
                        {"median_score", shown->median_score}});
}

// What each fit of the plan sees of a first stage. The last fit's are the columns of the days
// themselves.
void add_first_stage_columns(const FirstStageTraining& training, TrainingDays days,
                             TaskPlan& plan) {
  ColumnsByFit columns = training.columns();
  for (std::size_t day = 0; day < days.size(); ++day) {
    add_first_stage(std::move(columns.back()[day]), days[day]->features);
  }
  columns.pop_back();
  const auto searched = columns.begin() + std::ssize(plan.calibration);
  plan.search_columns.assign(std::make_move_iterator(searched),
                             std::make_move_iterator(columns.end()));
  columns.erase(searched, columns.end());
  plan.calibration_columns = std::move(columns);
}

// The first stage where the days have their addresses, written, with its columns added to the days'
// alerts and to the plan; its sha256, or "".
std::string train_first_stage(TrainingDays days, TrainingDays holdout, const Recipe& recipe,
                              TaskPlan& plan, const fs::path& directory) {
  if (!days.front()->addresses) return "";
  std::vector<FirstStageDay> all;
  for (const auto& day : days) all.push_back({day->addresses.get(), &day->facts});
  std::vector<HeldBackFit> fits = plan.calibration;
  fits.insert(fits.end(), plan.search.fits.begin(), plan.search.fits.end());
  const FirstStageTraining training(all, fits, recipe.threads);
  if (training.model_text().empty()) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{} cannot be trained: no alerted address that has transfers in its "
                            "window, or no other one, has a report; train without a second stage",
                            kAddressScorer));
  }
  add_first_stage_columns(training, days, plan);
  for (const auto& day : holdout) {
    add_first_stage(training.columns_of({day->addresses.get(), &day->facts}), day->features);
    day->addresses.reset();
  }
  ModelCard card;
  card.task = kAddressScorer;
  card.version = recipe.version;
  card.program_version = AML_VERSION;
  card.parameters = training.parameters();
  card.training_days = records_of(days, kAlertTask);
  for (const std::string& name : snapshot::AddressView::names()) {
    card.features.push_back({.name = name, .group = "addresses"});
  }
  card.model_sha256 = hash_text(HashKind::sha256, training.model_text());
  write_file_atomically(directory / model_file_name(card.task, card.version),
                        training.model_text());
  write_file_atomically(directory / card_file_name(card.task, card.version), card.to_json());
  log::info("trained",
            {{"model", card.task}, {"addresses", training.rows()}, {"sar", training.positives()}});
  for (const auto& day : days) day->addresses.reset();
  give_back_free_memory();
  return card.model_sha256;
}

Trained train_alerts(TrainingDays days, TrainingDays holdout, const Recipe& recipe,
                     bool scores_all_days, const fs::path& directory) {
  TaskPlan plan = plan_with_search(days, recipe, scores_all_days);
  const std::string first_stage = train_first_stage(days, holdout, recipe, plan, directory);
  Trained trained = train_task(kAlertTask, days, holdout, recipe, plan);
  trained.card.address_scorer_sha256 = first_stage;
  profile_alerts(days, trained.fit, recipe.threads, trained.card);
  std::vector<std::vector<std::string>> typologies;
  for (const auto& day : days) typologies.push_back(day->facts.typologies);
  judge_typologies(fit_days(days, kAlertTask), trained.fit.held_back, typologies, trained.card);
  return trained;
}

void show_scores_to_clusters(TrainingDays days, TrainingDays holdout, const Trained& alerts) {
  const auto add = [&](TrainingDay& day, const std::vector<double>& raw) {
    add_cluster_scores(day.facts, probabilities(raw, alerts.card.scale), day.features.clusters);
    const auto& features = cluster_score_features();
    day.features.registry.insert(day.features.registry.end(), features.begin(), features.end());
  };
  for (std::size_t day = 0; day < days.size(); ++day) {
    add(*days[day], alerts.fit.held_back[day].raw);
  }
  const forest::Model model(forest::read_forest(alerts.text, kAlertScorer), kAlertScorer);
  for (const auto& day : holdout) add(*day, raw_scores(model, day->features.alerts, kAlertScorer));
}

// Of the same alerts by their portable features alone.
void train_fallback(TrainingDays days, TrainingDays holdout, const Recipe& recipe,
                    const fs::path& directory) {
  const auto portable = [](TrainingDays all) {
    std::vector<std::unique_ptr<TrainingDay>> made;
    for (const auto& day : all) made.push_back(portable_day(*day));
    return made;
  };
  const auto learned = portable(days);
  const auto held = portable(holdout);
  Trained fallback = train_task(kFallbackTask, learned, held, recipe,
                                {plan_of(learned, /*scores_all_days=*/false)});
  profile_alerts(learned, fallback.fit, recipe.threads, fallback.card);
  write_model(fallback, directory);
}

}  // namespace

void train_alert_scorer(TrainingDays days, TrainingDays holdout, const Recipe& recipe,
                        const fs::path& directory) {
  write_model(train_alerts(days, holdout, recipe, /*scores_all_days=*/false, directory), directory);
}

void train_models(TrainingDays days, TrainingDays holdout, const Recipe& recipe,
                  const fs::path& directory) {
  Trained alerts = train_alerts(days, holdout, recipe, /*scores_all_days=*/true, directory);
  write_model(alerts, directory);
  show_scores_to_clusters(days, holdout, alerts);
  Trained clusters =
      train_task(kClusterTask, days, holdout, recipe, {plan_of(days, /*scores_all_days=*/false)});
  clusters.card.alert_scorer_sha256 = alerts.card.model_sha256;
  write_model(clusters, directory);
  alerts.card.task = kAlertRanker;
  alerts.card.order_of = kAlertScorer;
  write_model(alerts, directory);
  if (recipe.fallback) train_fallback(days, holdout, recipe, directory);
}

}  // namespace aml::models
