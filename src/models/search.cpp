#include "models/search.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <set>

#include "base/error.h"
#include "base/log.h"
#include "base/progress.h"
#include "base/threads.h"
#include "metrics/ranking.h"
#include "models/search_file.h"
#include "models/search_space.h"

namespace aml::models {

namespace {

using Clock = std::chrono::steady_clock;

// What a validator pays for an order of the day's labelled rows.
double points_of(const FitDay& day, const std::vector<double>& raw) {
  std::vector<double> scores;
  for (const std::size_t row : day.rows.rows) scores.push_back(raw[row]);
  return 0.3 * metrics::auc_roc(scores, day.rows.labels) +
         0.2 * metrics::auc_pr(scores, day.rows.labels);
}

bool has_both_classes(const LabelledRows& rows) {
  const std::size_t positives = rows.positives();
  return positives > 0 && positives < rows.rows.size();
}

std::vector<std::size_t> judging_days(std::span<const FitDay> days, const SearchPlan& plan) {
  std::set<std::size_t> scored;
  for (const HeldBackFit& fit : plan.fits) scored.insert(fit.scored.begin(), fit.scored.end());
  std::erase_if(scored, [&](std::size_t day) { return !has_both_classes(days[day].rows); });
  if (scored.empty()) {
    throw Error(ErrorKind::bad_input,
                "train --search: none of the days that would judge the trials has both reported "
                "alerts and others; add days, or train without a search");
  }
  return {scored.begin(), scored.end()};
}

// Runs the trials that are not kept, and keeps each as it ends.
class TrialRunner {
 public:
  TrialRunner(std::span<const FitDay> days, const SearchPlan& plan, const TrainParameters& recipe,
              const LightGbmParameters& given, const ColumnsByFit& last_columns,
              const std::vector<std::size_t>& judging)
      : days_(days),
        plan_(plan),
        recipe_(recipe),
        given_(given),
        last_columns_(last_columns),
        judging_(judging),
        stages_(search_stages(recipe, given)) {}

  Trial run(std::size_t number) const {
    Trial trial{draw_parameters(number, recipe_, given_), {}};
    const TrainParameters parameters = recipe_.with(trial.parameters);
    const auto scores = staged_scores(days_, plan_.fits, parameters, stages_, last_columns_);
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      TrialStage& stage = trial.stages.emplace_back();
      stage.trees = stages_[i];
      for (const std::size_t day : judging_) {
        stage.points_by_day.push_back(points_of(days_[day], scores[i][day].raw));
        stage.points += stage.points_by_day.back() / static_cast<double>(judging_.size());
      }
    }
    return trial;
  }

 private:
  std::span<const FitDay> days_;
  const SearchPlan& plan_;
  const TrainParameters& recipe_;
  const LightGbmParameters& given_;
  const ColumnsByFit& last_columns_;
  const std::vector<std::size_t>& judging_;
  std::vector<int> stages_;
};

// Trials done so far, shared by the threads that run them.
class TrialList {
 public:
  TrialList(const SearchOptions& options, std::string key)
      : file_(options.trials_file),
        key_(std::move(key)),
        kept_(read_kept_trials(file_, key_)),
        progress_("search", options.trials, Progress::Unit::items) {
    std::erase_if(kept_.trials, [&](const auto& trial) { return trial.first >= options.trials; });
    progress_.add(kept_.trials.size());
    if (!kept_.trials.empty()) {
      log::info("search goes on", {{"trials", std::ssize(kept_.trials)}, {"file", file_.string()}});
    }
  }

  bool has(std::size_t number) {
    const std::scoped_lock lock(mutex_);
    return kept_.trials.contains(number);
  }

  void add(std::size_t number, Trial trial) {
    const std::scoped_lock lock(mutex_);
    const double points = trial.best().points;
    kept_.trials[number] = std::move(trial);
    write_kept_trials(file_, key_, kept_);
    progress_.add(1);
    if (points <= best_points_) return;
    best_points_ = points;
    log::info("search", {{"trial", static_cast<std::int64_t>(number)}, {"points", points}});
  }

  // Those before the first that is not done.
  std::vector<Trial> finish() {
    std::vector<Trial> trials;
    for (auto& [number, trial] : kept_.trials) {
      if (number != trials.size()) break;
      trials.push_back(std::move(trial));
    }
    return trials;
  }

 private:
  std::filesystem::path file_;
  std::string key_;
  KeptTrials kept_;
  std::mutex mutex_;
  Progress progress_;
  double best_points_ = 0;
};

}  // namespace

const TrialStage& Trial::best() const {
  return *std::max_element(
      stages.begin(), stages.end(),
      [](const TrialStage& a, const TrialStage& b) { return a.points < b.points; });
}

double Search::recipe_points() const {
  for (const TrialStage& stage : trials.front().stages) {
    if (stage.trees == recipe_trees) return stage.points;
  }
  throw Error(ErrorKind::internal, "search: the recipe was not judged at its own number of trees");
}

LightGbmParameters Search::best() const {
  LightGbmParameters parameters = trials[chosen].parameters;
  parameters["num_iterations"] = std::to_string(trials[chosen].best().trees);
  return parameters;
}

Search search_parameters(std::span<const FitDay> days, const SearchPlan& plan,
                         const TrainParameters& recipe, const LightGbmParameters& given,
                         const SearchOptions& options, int threads,
                         const ColumnsByFit& last_columns) {
  const auto start = Clock::now();
  const auto is_late = [&] {
    return options.seconds &&
           std::chrono::duration<double>(Clock::now() - start).count() >= *options.seconds;
  };
  Search search{.seed = recipe.values.at("seed"),
                .days = judging_days(days, plan),
                .is_nested = plan.is_nested,
                .recipe_trees = recipe.trees()};
  const TrialRunner runner(days, plan, recipe, given, last_columns, search.days);
  TrialList done(options, search_key(days, plan, recipe, given, last_columns));
  parallel_blocks(options.trials, 1, threads, [&](std::size_t number, std::size_t) {
    if (done.has(number) || (number > 0 && is_late())) return;
    done.add(number, runner.run(number));
  });
  search.trials = done.finish();
  for (std::size_t trial = 1; trial < search.trials.size(); ++trial) {
    if (search.trials[trial].best().points > search.trials[search.chosen].best().points) {
      search.chosen = trial;
    }
  }
  return search;
}

}  // namespace aml::models
