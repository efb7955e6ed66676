#include "validation/review.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "metrics/ranking.h"

namespace aml::validation {

namespace {

constexpr std::size_t kTenths = 10;

// How many positives the first reviews of the groups hold, for each number of reviews.
std::vector<double> found_in(std::span<const metrics::TieGroup> groups,
                             std::span<const std::size_t> reviews) {
  std::vector<double> found;
  double rows = 0;
  double positives = 0;
  std::size_t next = 0;
  for (const std::size_t wanted : reviews) {
    const auto most = static_cast<double>(wanted);
    while (next < groups.size() && rows + static_cast<double>(groups[next].rows) <= most) {
      rows += static_cast<double>(groups[next].rows);
      positives += static_cast<double>(groups[next].positives);
      ++next;
    }
    double partly = 0;
    if (next < groups.size() && groups[next].rows > 0) {
      partly = (most - rows) * static_cast<double>(groups[next].positives) /
               static_cast<double>(groups[next].rows);
    }
    found.push_back(positives + partly);
  }
  return found;
}

double share_of(double part, double whole) { return whole > 0 ? part / whole : 0; }

// Positions from the highest value down, equal ones in their order; without NaN.
std::vector<std::size_t> descending(std::span<const double> values) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isnan(values[i])) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return values[a] > values[b]; });
  return order;
}

struct Stratum {
  std::size_t first = 0;  // of the alerts below the line
  std::size_t count = 0;
  std::size_t wanted = 0;  // to be drawn, at least one and at most all
};

// Ten of equal count, or as many as there are alerts or draws: one of which nothing is drawn would
// be in no estimate. What is more than a stratum has is drawn of the next, or of those before.
std::vector<Stratum> strata_of(std::size_t below, std::size_t size) {
  const std::size_t number = std::min({kTenths, below, size});
  std::vector<Stratum> strata;
  std::size_t left = 0;
  for (std::size_t i = 0; i < number; ++i) {
    const std::size_t first = below * i / number;
    const std::size_t count = below * (i + 1) / number - first;
    const std::size_t quota = size * (i + 1) / number - size * i / number + left;
    strata.push_back({first, count, std::min(count, quota)});
    left = quota - strata.back().wanted;
  }
  for (auto stratum = strata.rbegin(); stratum != strata.rend(); ++stratum) {
    const std::size_t more = std::min(left, stratum->count - stratum->wanted);
    stratum->wanted += more;
    left -= more;
  }
  return strata;
}

}  // namespace

std::vector<std::size_t> review_steps(std::size_t rows, std::size_t capacity) {
  std::vector<std::size_t> steps;
  const std::size_t number = std::min(kReviewSteps, rows);
  for (std::size_t i = 1; i <= number; ++i) steps.push_back(rows * i / number);
  steps.push_back(std::min(capacity, rows));
  std::sort(steps.begin(), steps.end());
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
  return steps;
}

std::vector<ReviewPoint> review_curve(std::span<const double> scores, std::span<const int> labels,
                                      std::span<const std::size_t> reviews,
                                      const EvaluationOptions& options) {
  std::vector<std::size_t> capped(reviews.begin(), reviews.end());
  for (std::size_t& number : capped) number = std::min(number, labels.size());
  const auto positives = static_cast<double>(
      std::count_if(labels.begin(), labels.end(), [](int l) { return l != 0; }));
  const std::vector<double> found = found_in(metrics::tie_groups(scores, labels), capped);
  std::vector<ReviewPoint> points(capped.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    points[i].reviews = capped[i];
    points[i].found = found[i];
    points[i].precision = share_of(found[i], static_cast<double>(capped[i]));
    points[i].recall = share_of(found[i], positives);
  }
  if (options.resamples == 0 || labels.empty()) return points;
  metrics::Resampler resampler(labels.size(), options.seed);
  metrics::ResampledScores resampled(scores, labels);
  std::vector<std::vector<double>> founds(points.size());
  std::vector<std::vector<double>> recalls(points.size());
  for (int draw = 0; draw < options.resamples; ++draw) {
    const auto groups = resampled.groups(resampler.next());
    double drawn = 0;
    for (const metrics::TieGroup& group : groups) drawn += static_cast<double>(group.positives);
    const std::vector<double> values = found_in(groups, capped);
    for (std::size_t i = 0; i < points.size(); ++i) {
      founds[i].push_back(values[i]);
      recalls[i].push_back(share_of(values[i], drawn));
    }
  }
  for (std::size_t i = 0; i < points.size(); ++i) {
    const metrics::Interval interval = metrics::percentile_interval(founds[i], options.level);
    const auto number = static_cast<double>(capped[i]);
    points[i].found_interval = interval;
    points[i].precision_interval = {share_of(interval.low, number),
                                    share_of(interval.high, number)};
    points[i].recall_interval = metrics::percentile_interval(recalls[i], options.level);
  }
  return points;
}

std::vector<LabelledTenth> labelled_tenths(std::span<const double> values,
                                           const std::vector<bool>& is_labelled) {
  const std::vector<std::size_t> order = descending(values);
  std::vector<LabelledTenth> tenths;
  std::size_t begin = 0;
  for (std::size_t i = 1; i <= kTenths; ++i) {
    std::size_t end = std::max(begin, order.size() * i / kTenths);
    while (end > begin && end < order.size() && values[order[end]] == values[order[end - 1]]) {
      ++end;
    }
    if (end == begin) continue;
    LabelledTenth tenth{
        .from = values[order[end - 1]], .to = values[order[begin]], .alerts = end - begin};
    for (; begin < end; ++begin) tenth.labelled += is_labelled[order[begin]] ? 1 : 0;
    tenths.push_back(tenth);
  }
  return tenths;
}

std::optional<WeightedMetrics> weighted_metrics(std::span<const double> scores,
                                                std::span<const int> labels,
                                                std::span<const LabelledTenth> tenths) {
  const std::vector<std::size_t> order = descending(scores);
  double positives = 0;
  double negatives = 0;
  double pairs = 0;
  double precision_sum = 0;
  std::size_t tenth = 0;
  for (std::size_t begin = 0; begin < order.size();) {
    const double score = scores[order[begin]];
    while (score < tenths[tenth].from) ++tenth;
    const double weight = 1 / tenths[tenth].share();
    double with = 0;
    double without = 0;
    for (; begin < order.size() && scores[order[begin]] == score; ++begin) {
      (labels[order[begin]] != 0 ? with : without) += weight;
    }
    // Every negative is below the positives found so far, and ties with half of its own score's.
    pairs += without * (positives + with / 2);
    positives += with;
    negatives += without;
    precision_sum += with * positives / (positives + negatives);
  }
  if (positives == 0 || negatives == 0) return std::nullopt;
  return WeightedMetrics{pairs / (positives * negatives), precision_sum / positives};
}

std::vector<SampledAlert> below_the_line(std::span<const double> scores, std::size_t capacity,
                                         std::size_t size, std::uint64_t seed) {
  const std::vector<std::size_t> order = descending(scores);
  const std::size_t line = std::min(capacity, order.size());
  const std::size_t below = order.size() - line;
  const std::vector<Stratum> strata = strata_of(below, size);
  // Its numbers are those of the standard on every machine.
  std::mt19937_64 random(seed);
  std::vector<SampledAlert> sample;
  for (std::size_t stratum = 0; stratum < strata.size(); ++stratum) {
    const auto [first, count, wanted] = strata[stratum];
    const auto begin = order.begin() + static_cast<std::ptrdiff_t>(line + first);
    std::vector<std::size_t> rows(begin, begin + static_cast<std::ptrdiff_t>(count));
    for (std::size_t i = 0; i < wanted; ++i) {
      std::swap(rows[i], rows[i + random() % (rows.size() - i)]);
    }
    std::sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(wanted));
    for (std::size_t i = 0; i < wanted; ++i) {
      sample.push_back(
          {rows[i], stratum + 1, static_cast<double>(rows.size()) / static_cast<double>(wanted)});
    }
  }
  return sample;
}

}  // namespace aml::validation
