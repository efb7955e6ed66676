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
// Alerts whose scores are gathered together: whole cache lines of each submission. One by one, the
// lines of many submissions put each other out of the cache before they are used up.
constexpr std::size_t kAtOnce = 16;

struct Vote {
  double score;
  double weight;
};

double middle_of(double a, double b, double c) {
  return std::max(std::min(a, b), std::min(std::max(a, b), c));
}

// The least score that has half of the weight at or below it. Its votes are split again and again
// by the middle one of three, and the side goes on that holds it. A vote goes to both sides, and
// the next one overwrites it where it does not belong: no branch depends on scores. Reorders the
// votes.
double weighted_median(std::vector<Vote>& votes, std::vector<Vote>& spare, double weight) {
  constexpr int kMostSplits = 64;  // of votes made to split badly; then they are sorted
  spare.resize(votes.size());
  Vote* from = votes.data();
  Vote* to = spare.data();
  std::size_t size = votes.size();
  double below = 0;  // weight of the votes left out because they score less
  for (int split = 0; size > 1 && split < kMostSplits; ++split) {
    const double pivot = middle_of(from[0].score, from[size / 2].score, from[size - 1].score);
    std::size_t lower = 0;
    std::size_t higher = 0;  // these stay where they are, closer together
    double lower_weight = 0;
    double equal_weight = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const Vote vote = from[i];
      const int is_lower = vote.score < pivot ? 1 : 0;
      const int is_higher = vote.score > pivot ? 1 : 0;
      to[lower] = vote;
      from[higher] = vote;
      lower += static_cast<std::size_t>(is_lower);
      higher += static_cast<std::size_t>(is_higher);
      lower_weight += is_lower * vote.weight;
      equal_weight += (1 - is_lower - is_higher) * vote.weight;
    }
    if (2 * (below + lower_weight) >= weight) {
      std::swap(from, to);
      size = lower;
      continue;
    }
    below += lower_weight + equal_weight;
    if (2 * below >= weight || higher == 0) return pivot;
    size = higher;
  }
  std::ranges::sort(std::span(from, size), {}, &Vote::score);
  for (std::size_t i = 0; i + 1 < size; ++i) {
    below += from[i].weight;
    if (2 * below >= weight) return from[i].score;
  }
  return from[size - 1].score;
}

EnsembleScore settle(std::vector<Vote>& votes, std::vector<Vote>& spare) {
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
  result.median = weighted_median(votes, spare, weight);
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
    std::vector<Vote> spare;
    std::vector<double> scores(kAtOnce * submissions.size());
    for (; begin < end; begin += kAtOnce) {
      const std::size_t size = std::min(kAtOnce, end - begin);
      for (std::size_t m = 0; m < submissions.size(); ++m) {
        for (std::size_t i = 0; i < size; ++i) {
          scores[i * submissions.size() + m] = submissions[m][begin + i];
        }
      }
      for (std::size_t i = 0; i < size; ++i) {
        votes.clear();
        for (std::size_t m = 0; m < submissions.size(); ++m) {
          const double score = scores[i * submissions.size() + m];
          if (weights[m] > 0 && !std::isnan(score)) votes.push_back({score, weights[m]});
        }
        result[begin + i] = settle(votes, spare);
      }
    }
  });
  return result;
}

}  // namespace aml::validation
