#include "scoring/counterfactuals.h"

#include <fmt/format.h>

#include <iterator>
#include <set>
#include <span>
#include <vector>

#include "base/json_text.h"
#include "base/progress.h"
#include "base/threads.h"
#include "forest/counterfactual.h"
#include "forest/objective.h"
#include "forest/row_walk.h"
#include "models/match_features.h"
#include "scoring/explanations.h"

namespace aml::scoring {

namespace {

// Families of features that tell what the producer's alert is, and what became of earlier ones.
const std::set<std::string, std::less<>> kFixedFamilies{"alert", "history"};

std::vector<bool> may_move(const LoadedModel& ranker, const ScoringOptions& options) {
  std::vector<bool> flags;
  for (const std::string& family : families_of(*ranker.model, options)) {
    flags.push_back(!kFixedFamilies.contains(family));
  }
  flags.resize(ranker.model->feature_names().size(), true);  // nothing is known of them
  return flags;
}

double published(const LoadedModel& ranker, double raw) {
  return ranker.card.scale.score(raw / forest::raw_divisor(ranker.model->forest()));
}

std::string as_json(const LoadedModel& ranker, std::size_t many,
                    const forest::CounterfactualFinding& finding) {
  std::string json =
      fmt::format("{{\"first_ranks\":{},\"is_complete\":{}", many, finding.is_complete);
  if (finding.found) {
    json += ",\"score\":";
    append_json_number(json, published(ranker, finding.found->raw));
    fmt::format_to(std::back_inserter(json), ",\"distance\":{:.6f}", finding.found->distance);
  }
  json += ",\"changes\":[";
  const std::vector<std::string>& names = ranker.model->feature_names();
  for (const forest::Change& change :
       finding.found ? finding.found->changes : std::vector<forest::Change>{}) {
    json += json.back() == '[' ? "{\"feature\":" : ",{\"feature\":";
    append_json_text(json, names[change.feature]);
    json += ",\"from\":";
    append_json_number(json, change.from);
    json += ",\"to\":";
    append_json_number(json, change.to);
    fmt::format_to(std::back_inserter(json), ",\"distance\":{:.6f}}}", change.distance);
  }
  return json + "]}";
}

}  // namespace

std::string counterfactuals_as_json(const features::FeatureMatrix& matrix,
                                    const LoadedModel& ranker, std::size_t many,
                                    const ScoringOptions& options, const results::Batch& batch) {
  std::string json = fmt::format("{{\"first_ranks\":{},\"model\":", many);
  append_json_text(json, ranker.record.file);
  if (many == 0 || batch.ranking.size() <= many) return json + ",\"alerts\":{\n}}\n";
  const forest::ModelInput input = models::match_features(matrix, *ranker.model, ranker.path);
  const forest::Forest& forest = ranker.model->forest();
  const forest::Counterfactuals search(forest, input, may_move(ranker, options));
  const std::vector<std::size_t> places = places_of(matrix, batch.ranking, many + 1);
  const double line = forest::walk_row(forest, input, places.back());
  std::vector<std::string> texts(many);
  Progress progress(options.progress, many, Progress::Unit::items);
  parallel_blocks(many, 1, options.threads, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      throw_if_stop_requested();
      texts[i] = as_json(ranker, many, search.find(places[i], line));
      progress.add(1);
    }
  });
  fmt::format_to(std::back_inserter(json), ",\"below\":{{\"rank\":{},\"score\":", many + 1);
  append_json_number(json, published(ranker, line));
  json += "},\"alerts\":{";
  for (std::size_t i = 0; i < many; ++i) {
    json += i == 0 ? "\n" : ",\n";
    append_json_text(json, batch.ranking[i].alert_id);
    json += ":" + texts[i];
  }
  return json + "\n}}\n";
}

}  // namespace aml::scoring
