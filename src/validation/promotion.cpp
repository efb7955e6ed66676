#include "validation/promotion.h"

#include <algorithm>
#include <unordered_map>

#include "base/threads.h"
#include "metrics/ranking.h"
#include "validation/ground_truth.h"

namespace aml::validation {

namespace {

double points(std::span<const metrics::TieGroup> groups) {
  return ground_truth_score(metrics::auc_roc(groups), metrics::auc_pr(groups));
}

double points(std::span<const double> scores, std::span<const int> labels) {
  return ground_truth_score(metrics::auc_roc(scores, labels), metrics::auc_pr(scores, labels));
}

// One day, ready to be resampled by address.
class ResampledDay {
 public:
  ResampledDay(const PromotionDay& day, std::uint64_t seed)
      : labels_(day.labels),
        address_of_(places(day.addresses)),
        champion_(day.champion, day.labels),
        challenger_(day.challenger, day.labels),
        resampler_(
            address_of_.empty() ? 0 : 1 + *std::max_element(address_of_.begin(), address_of_.end()),
            seed),
        times_(day.labels.size()) {}

  // Challenger minus champion on the next resample that has both classes.
  double next_difference() {
    do {
      throw_if_stop_requested();
    } while (!draw());
    return points(challenger_.groups(times_)) - points(champion_.groups(times_));
  }

 private:
  static std::vector<std::size_t> places(const std::vector<std::string>& addresses) {
    std::unordered_map<std::string, std::size_t> seen;
    std::vector<std::size_t> places;
    for (const std::string& address : addresses) {
      places.push_back(seen.emplace(address, seen.size()).first->second);
    }
    return places;
  }

  bool draw() {
    const auto drawn = resampler_.next();
    std::int64_t rows = 0;
    std::int64_t positives = 0;
    for (std::size_t row = 0; row < times_.size(); ++row) {
      times_[row] = drawn[address_of_[row]];
      rows += times_[row];
      positives += labels_[row] != 0 ? times_[row] : 0;
    }
    return positives > 0 && positives < rows;
  }

  std::span<const int> labels_;
  std::vector<std::size_t> address_of_;
  metrics::ResampledScores champion_;
  metrics::ResampledScores challenger_;
  metrics::Resampler resampler_;
  std::vector<std::uint32_t> times_;
};

}  // namespace

Promotion compare_challenger(std::span<const PromotionDay> days, const EvaluationOptions& options) {
  Promotion result;
  std::vector<ResampledDay> resampled;
  for (const PromotionDay& day : days) {
    const auto alerts = std::ssize(day.labels);
    const auto positives = std::count(day.labels.begin(), day.labels.end(), 1);
    if (alerts < kFewestLabels || positives == 0 || positives == alerts) continue;
    result.days.push_back({day.processing_date, alerts, positives, points(day.champion, day.labels),
                           points(day.challenger, day.labels)});
    const Promotion::Day& last = result.days.back();
    result.difference += last.challenger - last.champion;
    resampled.emplace_back(day, options.seed + resampled.size());
  }
  if (result.days.empty()) return result;
  const auto count = static_cast<double>(result.days.size());
  result.difference /= count;
  std::vector<double> differences;
  for (int draw = 0; draw < options.resamples; ++draw) {
    double sum = 0;
    for (ResampledDay& day : resampled) sum += day.next_difference();
    differences.push_back(sum / count);
  }
  result.interval = metrics::percentile_interval(differences, options.level);
  return result;
}

}  // namespace aml::validation
