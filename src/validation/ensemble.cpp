#include "validation/ensemble.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "base/threads.h"

namespace aml::validation {

namespace {

constexpr std::size_t kBlock = 256;

struct Vote {
  double score;
  double weight;
};

// The least score that has half of the weight at or below it: the votes are halved, and the half
// that holds it is halved again. Sorts them in part.
double weighted_median(std::span<Vote> votes, double weight) {
  double below = 0;  // weight of the votes left out because they score less
  while (votes.size() > 1) {
    const std::size_t half = votes.size() / 2;
    std::nth_element(votes.begin(), votes.begin() + static_cast<std::ptrdiff_t>(half), votes.end(),
                     [](const Vote& a, const Vote& b) { return a.score < b.score; });
    double lower = 0;
    for (const Vote& vote : votes.first(half)) lower += vote.weight;
    if (2 * (below + lower) >= weight) {
      votes = votes.first(half);
    } else {
      votes = votes.subspan(half);
      below += lower;
    }
  }
  return votes.front().score;
}

EnsembleScore settle(std::vector<Vote>& votes) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  EnsembleScore result{kNone, kNone, kNone, std::ssize(votes)};
  if (votes.empty()) return result;
  double weight = 0;
  double sum = 0;
  for (const Vote& vote : votes) {
    weight += vote.weight;
    sum += vote.weight * vote.score;
  }
  result.mean = sum / weight;
  double spread = 0;
  for (const Vote& vote : votes) {
    spread += vote.weight * (vote.score - result.mean) * (vote.score - result.mean);
  }
  result.variance = spread / weight;
  result.median = weighted_median(votes, weight);
  return result;
}

}  // namespace

double smoothed_quality(std::span<const double> final_scores) {
  double quality = 0;
  for (const double score : final_scores) {
    quality = (1 - kNewestDayShare) * quality + kNewestDayShare * score;
  }
  return quality;
}

std::vector<double> normalized_weights(std::span<const double> quality,
                                       std::span<const int> groups) {
  struct Group {
    double best = 0;
    double members = 0;
  };
  std::map<int, Group> by_group;
  const auto group_of = [&](std::size_t i) { return groups.empty() ? -1 : groups[i]; };
  for (std::size_t i = 0; i < quality.size(); ++i) {
    if (group_of(i) < 0 || quality[i] <= 0) continue;
    Group& group = by_group[group_of(i)];
    group.best = std::max(group.best, quality[i]);
    group.members += 1;
  }
  std::vector<double> weights(quality.size());
  double sum = 0;
  for (std::size_t i = 0; i < quality.size(); ++i) {
    if (quality[i] <= 0) continue;
    weights[i] = std::pow(quality[i], kQualityExponent);
    if (group_of(i) >= 0) {
      const Group& group = by_group[group_of(i)];
      weights[i] = std::pow(group.best, kQualityExponent) / group.members;
    }
    sum += weights[i];
  }
  for (double& weight : weights) weight = sum > 0 ? weight / sum : 0;
  return weights;
}

std::vector<EnsembleScore> combine(std::span<const std::span<const double>> submissions,
                                   std::span<const double> weights, int threads) {
  const std::size_t alerts = submissions.empty() ? 0 : submissions[0].size();
  std::vector<EnsembleScore> result(alerts);
  parallel_blocks(alerts, kBlock, threads, [&](std::size_t begin, std::size_t end) {
    std::vector<Vote> votes;
    for (std::size_t alert = begin; alert < end; ++alert) {
      votes.clear();
      for (std::size_t m = 0; m < submissions.size(); ++m) {
        const double score = submissions[m][alert];
        if (weights[m] > 0 && !std::isnan(score)) votes.push_back({score, weights[m]});
      }
      result[alert] = settle(votes);
    }
  });
  return result;
}

}  // namespace aml::validation
