// Reads a JSON list of {"scores","labels","other"} and writes what aml::metrics makes of each, null
// where it refuses: test_reference.py compares with scikit-learn and SciPy.
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/error.h"
#include "metrics/calibration.h"
#include "metrics/correlation.h"
#include "metrics/distribution.h"
#include "metrics/ranking.h"

namespace {

using nlohmann::json;

template <typename Metric>
json attempt(Metric&& metric) {
  try {
    return metric();
  } catch (const aml::Error&) {
    return nullptr;
  }
}

json or_null(const std::optional<double>& value) { return value ? json(*value) : json(nullptr); }

json answer(const json& input) {
  namespace m = aml::metrics;
  const auto scores = input.at("scores").get<std::vector<double>>();
  const auto labels = input.at("labels").get<std::vector<int>>();
  const auto other = input.at("other").get<std::vector<double>>();
  json result;
  result["auc_roc"] = attempt([&] { return m::auc_roc(scores, labels); });
  result["auc_pr"] = attempt([&] { return m::auc_pr(scores, labels); });
  result["best_f1"] = attempt([&] { return m::best_f1(scores, labels).f1; });
  result["threshold"] = attempt([&] { return m::best_f1(scores, labels).threshold; });
  result["ndcg_at_10"] = m::ndcg(scores, labels, 10);
  result["ndcg"] = m::ndcg(scores, labels);
  result["brier"] = m::brier(scores, labels);
  result["pearson"] = or_null(m::pearson(scores, other));
  result["spearman"] = or_null(m::spearman(scores, other));
  result["median"] = m::median(scores);
  result["variance"] = m::variance(scores);
  result["ranks"] = m::average_ranks(scores);
  for (const double q : {0.0, 0.025, 0.3, 0.5, 0.975, 1.0}) {
    result["quantiles"].push_back(m::quantile(scores, q));
  }
  result["calibration"] = json::array();
  for (const m::CalibrationBin& bin : m::calibration_curve(scores, labels)) {
    result["calibration"].push_back({bin.mean_score, bin.share_positive});
  }
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  std::ifstream file(argv[1]);
  json answers = json::array();
  for (const json& input : json::parse(file)) answers.push_back(answer(input));
  std::cout << answers;
}
