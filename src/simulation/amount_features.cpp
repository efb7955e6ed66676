#include <algorithm>
#include <cmath>
#include <iterator>
#include <vector>

#include "simulation/own_features.h"
#include "simulation/statistics.h"

namespace aml::simulation {

namespace {

constexpr Int128 kAttosPerMicro = 1'000'000'000'000;
constexpr double kSmallUsd = 100;
// Structuring: the share of transactions within 10 % below a sum that must be reported.
constexpr double kReportingLimitsUsd[] = {1'000, 3'000, 10'000};
constexpr double kBelowLimit = 0.9;
constexpr double kOutlierDeviations = 3;

struct Direction {
  MicroUsd total = 0;
  Int128 mean_attos = 0;
  Int128 median_attos = 0;
};

Direction summarize(std::vector<MicroUsd> amounts) {
  Direction result;
  if (amounts.empty()) return result;
  for (const MicroUsd amount : amounts) result.total += amount;
  result.mean_attos = result.total * kAttosPerMicro / static_cast<Int128>(amounts.size());
  const auto middle = amounts.begin() + std::ssize(amounts) / 2;
  std::nth_element(amounts.begin(), middle, amounts.end());
  Int128 twice = static_cast<Int128>(*middle) * 2;
  if (amounts.size() % 2 == 0) twice = *middle + *std::max_element(amounts.begin(), middle);
  result.median_attos = twice * (kAttosPerMicro / 2);
  return result;
}

bool is_below_limit(double usd) {
  return std::any_of(std::begin(kReportingLimitsUsd), std::end(kReportingLimitsUsd),
                     [usd](double limit) { return usd >= kBelowLimit * limit && usd < limit; });
}

std::uint32_t count_outliers(std::span<const double> amounts) {
  std::vector<double> logs;
  logs.reserve(amounts.size());
  for (const double amount : amounts) logs.push_back(std::log(amount));
  const Moments spread = moments(logs);
  const double limit = kOutlierDeviations * std::sqrt(spread.variance);
  return static_cast<std::uint32_t>(std::count_if(logs.begin(), logs.end(), [&](double value) {
    return limit > 0 && std::abs(value - spread.mean) > limit;
  }));
}

}  // namespace

AmountFeatures amount_features(const Ledger& ledger, AddressId id) {
  const auto amounts_of = [&ledger](std::span<const std::uint32_t> indices) {
    std::vector<MicroUsd> amounts;
    amounts.reserve(indices.size());
    for (const std::uint32_t index : indices) amounts.push_back(ledger.flows()[index].amount);
    return amounts;
  };
  const std::vector<MicroUsd> in = amounts_of(ledger.incoming(id));
  const std::vector<MicroUsd> out = amounts_of(ledger.outgoing(id));
  AmountFeatures result;
  if (in.empty() && out.empty()) return result;
  const Direction incoming = summarize(in);
  const Direction outgoing = summarize(out);
  result.total_in = incoming.total;
  result.total_out = outgoing.total;
  result.mean_in_attos = incoming.mean_attos;
  result.mean_out_attos = outgoing.mean_attos;
  result.median_in_attos = incoming.median_attos;
  result.median_out_attos = outgoing.median_attos;

  std::vector<double> all;
  all.reserve(in.size() + out.size());
  for (const auto* side : {&in, &out}) {
    for (const MicroUsd amount : *side) {
      all.push_back(static_cast<double>(amount) / kMicrosPerUsd);
      result.largest = std::max(result.largest, amount);
      result.smallest = result.smallest == 0 ? amount : std::min(result.smallest, amount);
    }
  }
  const auto count = static_cast<double>(all.size());
  const Moments shape = moments(all);
  result.variance = shape.variance;
  result.skewness = shape.skewness;
  result.kurtosis = shape.kurtosis;
  result.standard_deviation = std::sqrt(shape.variance);
  result.coefficient_of_variation = result.standard_deviation / shape.mean;
  result.predictability = 1 / (1 + result.coefficient_of_variation);
  result.structuring =
      static_cast<double>(std::count_if(all.begin(), all.end(), is_below_limit)) / count;
  result.small_share = static_cast<double>(std::count_if(
                           all.begin(), all.end(), [](double usd) { return usd < kSmallUsd; })) /
                       count;
  result.outliers = count_outliers(all);
  result.gini = gini(all);
  return result;
}

}  // namespace aml::simulation
