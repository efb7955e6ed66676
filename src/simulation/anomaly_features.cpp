#include "simulation/anomaly_features.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "simulation/isolation_forest.h"
#include "simulation/random.h"

namespace aml::simulation {

namespace {

constexpr double kMadToDeviation = 1.4826;
constexpr double kFarDeviations = 6;

// Counts and sums by their logarithm: a forest cuts evenly between extremes.
float log_of(double value) { return static_cast<float>(std::log1p(value)); }
float as_is(double value) { return static_cast<float>(value); }

std::vector<float> behavior(const AddressFeatures& one) {
  return {log_of(one.transactions()),
          log_of(one.volume_usd()),
          log_of(one.amounts.standard_deviation),
          as_is(one.amounts.gini),
          as_is(one.amounts.small_share),
          as_is(one.amounts.structuring),
          as_is(one.times.hour_entropy),
          as_is(one.times.night_share),
          as_is(one.times.regularity),
          as_is(one.times.burstiness),
          as_is(one.times.burst_factor)};
}

std::vector<float> position(const AddressFeatures& one) {
  return {log_of(one.graph.pagerank * 1e6), log_of(one.graph.betweenness * 1e6),
          as_is(one.graph.closeness), as_is(one.graph.clustering), log_of(one.graph.kcore)};
}

std::vector<float> surroundings(const AddressFeatures& one) {
  return {log_of(one.parties.senders),    log_of(one.parties.receivers),
          as_is(one.parties.reciprocity), as_is(one.parties.concentration),
          as_is(one.parties.stability),   log_of(one.graph.hop_counts[1]),
          log_of(one.graph.hop_usd[0])};
}

template <typename Row>
Table table_of(const std::vector<AddressFeatures>& features, const Row& row) {
  Table table;
  for (const AddressFeatures& one : features) {
    const std::vector<float> values = row(one);
    table.width = values.size();
    table.cells.insert(table.cells.end(), values.begin(), values.end());
  }
  return table;
}

float middle_of(std::vector<float>& values) {
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// For each row, the mean over columns of how far out it lies.
std::vector<double> robust_distances(const Table& table) {
  std::vector<double> result(table.rows());
  for (std::size_t column = 0; column < table.width; ++column) {
    std::vector<float> values;
    for (std::size_t i = 0; i < table.rows(); ++i) values.push_back(table.row(i)[column]);
    const float median = middle_of(values);
    for (float& value : values) value = std::abs(value - median);
    const double deviation = kMadToDeviation * middle_of(values);
    for (std::size_t i = 0; i < table.rows(); ++i) {
      const double distance = std::abs(table.row(i)[column] - median);
      const double z = deviation > 0 ? distance / deviation : (distance > 0 ? kFarDeviations : 0);
      result[i] += std::min(1.0, z / kFarDeviations) / static_cast<double>(table.width);
    }
  }
  return result;
}

void add_simple_scores(AddressFeatures& one) {
  AnomalyFeatures& anomaly = one.anomaly;
  const auto in = static_cast<double>(one.amounts.total_in);
  const auto out = static_cast<double>(one.amounts.total_out);
  const double pass_through = std::max(in, out) > 0 ? std::min(in, out) / std::max(in, out) : 0;
  anomaly.suspicious = 0.3 * pass_through + 0.25 * one.amounts.structuring +
                       0.2 * one.times.burstiness + (one.is_new ? 0.15 : 0) +
                       0.1 * one.times.night_share;
  const bool parts[] = {one.tx_in > 0,           one.tx_out > 0,
                        one.transactions() >= 2, one.transactions() >= 4,
                        one.transactions() >= 8, one.times.active_days > 1};
  anomaly.completeness = static_cast<double>(std::count(std::begin(parts), std::end(parts), true)) /
                         static_cast<double>(std::size(parts));
  anomaly.confidence = 1 - 1 / std::sqrt(1.0 + one.transactions());
  anomaly.quality = (anomaly.completeness + anomaly.confidence) / 2;
}

}  // namespace

void add_anomaly_features(std::vector<AddressFeatures>& features, std::uint64_t key, int threads) {
  const auto everything = [](const AddressFeatures& one) {
    std::vector<float> row = behavior(one);
    for (const auto& more : {position(one), surroundings(one)}) {
      row.insert(row.end(), more.begin(), more.end());
    }
    return row;
  };
  const auto scores = [&](const auto& row, std::uint64_t stream) {
    return isolation_scores(table_of(features, row), mix({key, stream}), threads);
  };
  const std::vector<double> behavioral = scores(behavior, 1);
  const std::vector<double> graph = scores(position, 2);
  const std::vector<double> neighborhood = scores(surroundings, 3);
  const std::vector<double> global = scores(everything, 4);
  const std::vector<double> outlier = robust_distances(table_of(features, everything));
  for (std::size_t i = 0; i < features.size(); ++i) {
    AnomalyFeatures& anomaly = features[i].anomaly;
    anomaly.behavioral = behavioral[i];
    anomaly.graph = graph[i];
    anomaly.neighborhood = neighborhood[i];
    anomaly.global = global[i];
    anomaly.outlier = outlier[i];
    add_simple_scores(features[i]);
  }
}

}  // namespace aml::simulation
