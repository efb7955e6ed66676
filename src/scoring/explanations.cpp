#include "scoring/explanations.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/threads.h"
#include "features/registry.h"
#include "forest/feature_names.h"
#include "forest/objective.h"
#include "models/match_features.h"

namespace aml::scoring {

namespace {

// However few the alerts, files grow by a few per cent only.
constexpr std::size_t kLeastInFull = 10;
constexpr std::size_t kOneInFull = 100;

// Some rows of the input, one after the other.
std::vector<std::vector<double>> columns_of(const forest::ModelInput& input,
                                            std::span<const std::size_t> places) {
  std::vector<std::vector<double>> columns;
  for (const std::span<const double> from : input.columns) {
    std::vector<double>& column = columns.emplace_back();
    for (const std::size_t place : places) column.push_back(from[place]);
  }
  return columns;
}

// Full explanations of rows of the matrix, in the order of `places`.
std::vector<std::string> explain_fully(const features::FeatureMatrix& matrix,
                                       const LoadedModel& scorer,
                                       std::span<const std::size_t> places,
                                       const ScoringOptions& options) {
  const forest::ModelInput input = models::match_features(matrix, *scorer.model, scorer.path);
  const results::ExplainJson explain = explanation_writer(*scorer.model, options);
  const std::size_t features = input.columns.size();
  const double divisor = forest::raw_divisor(scorer.model->forest());
  std::vector<std::string> texts(places.size());
  parallel_blocks(
      places.size(), forest::kTileRows, options.threads, [&](std::size_t begin, std::size_t end) {
        throw_if_stop_requested();
        // A tile costs the same for one row as for all of its rows, so the rows are put together.
        const std::vector<std::vector<double>> columns =
            columns_of(input, places.subspan(begin, end - begin));
        const forest::ModelInput rows{{columns.begin(), columns.end()}, end - begin};
        std::vector<double> contributions(rows.rows * (features + 1));
        scorer.model->explain(rows, 0, contributions);
        for (double& contribution : contributions) contribution /= divisor;
        std::vector<double> values(features);
        for (std::size_t i = 0; i < rows.rows; ++i) {
          for (std::size_t f = 0; f < features; ++f) values[f] = columns[f][i];
          texts[begin + i] = explain.full_text(
              std::span(contributions).subspan(i * (features + 1), features + 1), values);
        }
      });
  return texts;
}

}  // namespace

std::vector<std::string> families_of(const forest::Model& model, const ScoringOptions& options) {
  if (options.registry.empty()) return {};
  std::vector<std::string> names;
  for (const features::Feature& feature : options.registry) names.push_back(feature.name);
  const forest::FeatureNames known(names);
  std::vector<std::string> families;
  for (const std::string& name : model.feature_names()) {
    const auto place = known.find(name);
    families.push_back(place ? features::family_of(options.registry[*place]) : "other");
  }
  return families;
}

std::vector<std::size_t> places_of(const features::FeatureMatrix& matrix,
                                   std::span<const results::RankedRow> ranking, std::size_t many) {
  std::vector<std::size_t> places;  // rows are in order of their ids
  for (std::size_t i = 0; i < many; ++i) {
    const auto found = std::lower_bound(matrix.ids.begin(), matrix.ids.end(), ranking[i].alert_id);
    places.push_back(static_cast<std::size_t>(found - matrix.ids.begin()));
  }
  return places;
}

std::size_t first_ranks(const results::Batch& batch, std::size_t many) {
  const std::size_t alerts = batch.ranking.size();
  return std::min({many, std::max(kLeastInFull, alerts / kOneInFull), alerts});
}

results::ExplainJson explanation_writer(const forest::Model& model, const ScoringOptions& options) {
  return {model.feature_names(), options.top_features, families_of(model, options)};
}

void explain_first_ranks(const features::FeatureMatrix& matrix, const LoadedModel& scorer,
                         const LoadedModel& ranker, std::size_t many, const ScoringOptions& options,
                         results::Batch& batch) {
  many = first_ranks(batch, many);
  const std::vector<std::size_t> places = places_of(matrix, batch.ranking, many);
  std::vector<std::string> texts = explain_fully(matrix, scorer, places, options);
  for (std::size_t i = 0; i < places.size(); ++i) {
    batch.alerts[places[i]].explain_json = std::move(texts[i]);
  }
  if (batch.ranking.empty() || batch.ranking.front().rank_explain_json.empty()) return;
  texts = explain_fully(matrix, ranker, places, options);
  for (std::size_t i = 0; i < places.size(); ++i) {
    batch.ranking[i].rank_explain_json = std::move(texts[i]);
  }
}

}  // namespace aml::scoring
