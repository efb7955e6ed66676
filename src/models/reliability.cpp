#include "models/reliability.h"

#include <algorithm>
#include <numeric>

#include "metrics/odds.h"
#include "metrics/ranking.h"

namespace aml::models {

namespace {

std::vector<std::size_t> descending(const JudgedRows& rows) {
  std::vector<std::size_t> order(rows.probabilities.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return rows.probabilities[a] > rows.probabilities[b];
  });
  return order;
}

// The bin of places [begin, end) of `order`.
ReliabilityBin bin_of(const JudgedRows& rows, std::span<const std::size_t> order) {
  ReliabilityBin bin;
  std::vector<int> labels;
  std::vector<std::uint32_t> groups;
  for (const std::size_t row : order) {
    bin.predicted += rows.probabilities[row];
    labels.push_back(rows.labels[row]);
    groups.push_back(rows.groups[row]);
  }
  bin.predicted /= static_cast<double>(order.size());
  bin.to = rows.probabilities[order.front()];
  bin.from = rows.probabilities[order.back()];
  bin.observed = share_of(labels, groups);
  return bin;
}

}  // namespace

Reliability judge_reliability(const JudgedRows& rows) {
  Reliability result;
  const std::size_t count = rows.probabilities.size();
  const double expected =
      std::accumulate(rows.probabilities.begin(), rows.probabilities.end(), 0.0);
  const auto positives = static_cast<double>(std::count(rows.labels.begin(), rows.labels.end(), 1));
  if (positives > 0) result.expected_per_observed = expected / positives;
  std::vector<double> raw(count);
  constexpr double kEdge = 1e-15;  // as far as a double can tell a probability from 0 and 1
  std::transform(rows.probabilities.begin(), rows.probabilities.end(), raw.begin(),
                 [](double probability) { return metrics::log_odds(probability, kEdge); });
  result.slope = fit_calibration(raw, rows.labels).slope;
  const double base = positives / static_cast<double>(count);
  if (base > 0 && base < 1) {
    result.brier_skill = 1 - metrics::brier(rows.probabilities, rows.labels) / (base * (1 - base));
  }
  const std::vector<std::size_t> order = descending(rows);
  const std::span<const std::size_t> places(order);
  constexpr std::size_t kTenths = 10;
  for (std::size_t i = kTenths; i-- > 0;) {
    const std::size_t begin = count * i / kTenths;
    const std::size_t end = count * (i + 1) / kTenths;
    if (begin < end) result.tenths.push_back(bin_of(rows, places.subspan(begin, end - begin)));
  }
  for (const std::size_t top : {std::size_t{200}, std::size_t{1000}, std::size_t{5000}}) {
    if (top <= count) result.top.push_back(bin_of(rows, places.first(top)));
  }
  return result;
}

std::vector<ReliabilityBin> like_rows(const JudgedRows& rows) {
  std::vector<ReliabilityBin> bins;
  const std::vector<std::size_t> order = descending(rows);
  const std::span<const std::size_t> places(order);
  std::size_t size = kLeastLike;
  for (std::size_t begin = 0; begin + kLeastLike <= places.size(); size *= 2) {
    std::size_t end = std::min(begin + size, places.size());
    if (places.size() - end < kLeastLike) end = places.size();
    bins.push_back(bin_of(rows, places.subspan(begin, end - begin)));
    begin = end;
  }
  return bins;
}

}  // namespace aml::models
