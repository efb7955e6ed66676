#include "commands/shadow.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/error.h"
#include "base/log.h"
#include "metrics/correlation.h"
#include "metrics/distribution.h"
#include "models/day_profile.h"
#include "models/match_features.h"
#include "models/model_file.h"
#include "results/writer.h"

namespace aml::commands {

namespace {

using Json = nlohmann::ordered_json;

// As many as an analyst's day: docs/models.md.
constexpr std::size_t kTop = 200;

// The rows with the highest scores, equal ones by place as ranks have them; ascending.
std::vector<std::size_t> top_rows(const std::vector<double>& scores) {
  std::vector<std::size_t> rows(scores.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  std::stable_sort(rows.begin(), rows.end(),
                   [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  rows.resize(std::min(kTop, rows.size()));
  std::sort(rows.begin(), rows.end());
  return rows;
}

Json spread(const std::vector<double>& scores) {
  Json json = Json::object();
  for (const auto& [name, share] :
       {std::pair{"p10", 0.1}, std::pair{"median", 0.5}, std::pair{"p90", 0.9}}) {
    json[name] = metrics::quantile(scores, share);
  }
  return json;
}

Json compare(const std::vector<double>& first, const std::vector<double>& second) {
  const std::vector<std::size_t> top = top_rows(first);
  const std::vector<std::size_t> other = top_rows(second);
  std::vector<std::size_t> both;
  std::set_intersection(top.begin(), top.end(), other.begin(), other.end(),
                        std::back_inserter(both));
  const std::vector<double> edges = models::tenth_edges(first);
  const double index = models::stability_index(models::make_histogram(edges, first),
                                               models::make_histogram(edges, second));
  const auto correlation = metrics::spearman(first, second);
  return {{"rank_correlation", correlation ? Json(*correlation) : Json(nullptr)},
          {"top", top.size()},
          {"top_in_both", both.size()},
          {"stability_index", index},
          {"scores", spread(first)},
          {"shadow_scores", spread(second)}};
}

// "1.1.0" of "v1.1.0".
std::string number_of(const std::string& version) {
  return version.starts_with('v') ? version.substr(1) : version;
}

}  // namespace

void declare_shadow(CLI::App& app, std::string& version) {
  app.add_option(
         "--shadow", version,
         "Let the alert scorer of another version of the folder score beside the first, and "
         "compare the two in metadata.json")
      ->option_text("VERSION")
      ->envname("AML_SHADOW");
}

void check_shadow(const std::string& version) {
  if (version.empty() || models::is_version(number_of(version))) return;
  throw Error(ErrorKind::usage, "--shadow " + version + " is no version such as 1.1.0");
}

std::optional<scoring::LoadedModel> load_shadow(const std::string& version,
                                                const TaskModels& models,
                                                const std::vector<std::string>& without) {
  if (version.empty()) return std::nullopt;
  check_shadow(version);
  const std::string wanted = number_of(version);
  if (wanted == models.alert_scorer.record.version) {
    // So it is from the day on which the shadow is promoted.
    log::warning("the shadow is the version that scores, and is left out", {{"shadow", wanted}});
    return std::nullopt;
  }
  const std::filesystem::path folder = models.alert_scorer.path.parent_path();
  scoring::LoadedModel shadow = scoring::load_task_model(folder, models::kAlertScorer, wanted);
  const forest::Model* model = shadow.model.get();
  const auto stage = scoring::FirstStage::load(folder, std::span(&model, 1), without, wanted);
  if (stage && (!models.first_stage ||
                models.first_stage->model().record.sha256 != stage->model().record.sha256)) {
    throw Error(
        ErrorKind::usage,
        fmt::format("--shadow {}: it sees a first stage, {}, that the day is not scored with: "
                    "compare the two by promote, or by evaluate --against",
                    wanted, stage->model().record.file));
  }
  return shadow;
}

void drop_unmatched_shadow(const features::FeatureMatrix& alerts,
                           std::optional<scoring::LoadedModel>& shadow) {
  if (!shadow) return;
  try {
    models::match_features(alerts, *shadow->model, shadow->path);
  } catch (const Error& e) {
    log::warning("the shadow cannot score this day, and is left out",
                 {{"shadow", shadow->record.version}, {"reason", e.what()}});
    shadow.reset();
  }
}

std::string score_shadow(const features::FeatureMatrix& alerts, const scoring::LoadedModel& shadow,
                         std::span<const results::ScoredRow> published,
                         const std::string& scored_by, int threads,
                         const std::filesystem::path& batch) {
  const std::vector<double> second = scoring::scores_of(alerts, shadow, threads);
  std::vector<double> first;
  for (const results::ScoredRow& row : published) first.push_back(row.score);
  results::write_shadow(batch, alerts.ids, second, shadow.record.version);
  Json json{{"version", shadow.record.version},
            {"file", shadow.record.file},
            {"sha256", shadow.record.sha256},
            {"scored_by", scored_by}};
  json.update(compare(first, second));
  log::info("scored by a shadow, too",
            {{"model", shadow.record.file},
             {"scored_by", scored_by},
             {"rank_correlation",
              json["rank_correlation"].is_null() ? 0.0 : json["rank_correlation"].get<double>()},
             {"top_in_both", json["top_in_both"].get<std::int64_t>()},
             {"stability_index", json["stability_index"].get<double>()}});
  return json.dump();
}

}  // namespace aml::commands
