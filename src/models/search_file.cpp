#include "models/search_file.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"

namespace aml::models {

using Json = nlohmann::ordered_json;

namespace {

// Trials of another one are of no use.
constexpr int kTrialsFormat = 1;

// Adds values and texts to a hash so that no two lists of them give the same bytes.
class KeyHash {
 public:
  template <typename Value>
  void add(const std::vector<Value>& values) {
    add(values.size());
    if (values.empty()) return;
    hasher_.update({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Value)});
  }
  void add(const std::string& text) {
    add(text.size());
    hasher_.update(text);
  }
  void add(const std::vector<std::string>& texts) {
    add(texts.size());
    for (const std::string& text : texts) add(text);
  }
  void add(std::size_t number) {
    const std::uint64_t value = number;
    hasher_.update({reinterpret_cast<const char*>(&value), sizeof value});
  }
  std::string finish() { return hasher_.finish(); }

 private:
  Hasher hasher_{HashKind::sha256};
};

Trial read_trial(const Json& json) {
  Trial trial;
  json.at("parameters").get_to(trial.parameters);
  for (const Json& entry : json.at("stages")) {
    TrialStage& stage = trial.stages.emplace_back();
    entry.at("trees").get_to(stage.trees);
    entry.at("points").get_to(stage.points);
    entry.at("points_by_day").get_to(stage.points_by_day);
  }
  if (trial.stages.empty()) throw Error(ErrorKind::bad_input, "a trial without stages");
  return trial;
}

}  // namespace

std::string search_key(std::span<const FitDay> days, const SearchPlan& plan,
                       const TrainParameters& recipe, const LightGbmParameters& given,
                       const ColumnsByFit& last_columns) {
  KeyHash hash;
  hash.add(std::string(AML_VERSION));
  hash.add(recipe.text());
  for (const auto& [name, value] : given) hash.add(name);
  for (const FitDay& day : days) {
    hash.add(day.rows.matrix->names);
    for (const std::vector<double>& column : day.rows.matrix->columns) hash.add(column);
    hash.add(day.rows.rows);
    hash.add(day.rows.labels);
    hash.add(day.rows.weights);
    hash.add(day.keys);
  }
  for (const HeldBackFit& fit : plan.fits) {
    hash.add(fit.learned);
    hash.add(fit.scored);
    hash.add(static_cast<std::size_t>(fit.address_fold));
  }
  for (const auto& fit : last_columns) {
    for (const auto& day : fit) {
      for (const std::vector<double>& column : day) hash.add(column);
    }
  }
  return hash.finish();
}

KeptTrials read_kept_trials(const std::filesystem::path& file, const std::string& key) {
  if (file.empty() || !path_exists(file)) return {};
  try {
    const Json json = Json::parse(read_file(file, kMostTrialsBytes));
    if (json.at("format_version") == kTrialsFormat && json.at("key") == key) {
      KeptTrials kept;
      for (const Json& entry : json.at("trials")) {
        kept.trials[entry.at("trial").get<std::size_t>()] = read_trial(entry);
      }
      return kept;
    }
    log::info("the kept trials are of other days or settings; the search begins anew",
              {{"file", file.string()}});
  } catch (const nlohmann::json::exception&) {
    log::warning("the kept trials cannot be read; the search begins anew",
                 {{"file", file.string()}});
  } catch (const Error& error) {
    log::warning("the kept trials cannot be read; the search begins anew",
                 {{"file", file.string()}, {"reason", error.what()}});
  }
  return {};
}

void write_kept_trials(const std::filesystem::path& file, const std::string& key,
                       const KeptTrials& kept) {
  if (file.empty()) return;
  Json trials = Json::array();
  for (const auto& [number, trial] : kept.trials) {
    Json json{{"trial", number}};
    json.update(trial_as_json(trial));
    trials.push_back(std::move(json));
  }
  const Json json{{"format_version", kTrialsFormat}, {"key", key}, {"trials", std::move(trials)}};
  write_file_atomically(file, json.dump() + "\n");
}

Json search_as_json(const Search& search, const std::vector<std::string>& dates) {
  Json judged_on = Json::array();
  for (const std::size_t day : search.days) judged_on.push_back(dates[day]);
  Json all = Json::array();
  for (const Trial& trial : search.trials) all.push_back(trial_as_json(trial));
  return {{"trials", search.trials.size()},
          {"seed", search.seed},
          {"judged_on", std::move(judged_on)},
          {"days_apart_from_calibration", search.is_nested},
          {"recipe_points", search.recipe_points()},
          {"points", search.trials[search.chosen].best().points},
          {"chosen", search.chosen},
          {"parameters", search.best()},
          {"all", std::move(all)}};
}

Json trial_as_json(const Trial& trial) {
  Json stages = Json::array();
  for (const TrialStage& stage : trial.stages) {
    stages.push_back(
        {{"trees", stage.trees}, {"points", stage.points}, {"points_by_day", stage.points_by_day}});
  }
  return {{"parameters", trial.parameters}, {"stages", std::move(stages)}};
}

}  // namespace aml::models
