#pragma once

#include <array>
#include <cstdint>

#include "base/parquet_writer.h"
#include "simulation/flow.h"

namespace aml::simulation {

// Money and its statistics. A mean or median is not a whole number of micro-dollars, so it is kept
// as 10^-18 dollars, rounded down. Deviations and moments are over all transactions, in and out.
struct AmountFeatures {
  MicroUsd total_in = 0;
  MicroUsd total_out = 0;
  Int128 mean_in_attos = 0;
  Int128 mean_out_attos = 0;
  Int128 median_in_attos = 0;
  Int128 median_out_attos = 0;
  MicroUsd largest = 0;
  MicroUsd smallest = 0;
  double variance = 0;  // of the sample: n - 1; 0 below two transactions
  double skewness = 0;  // third standardized moment (biased); 0 below three
  double kurtosis = 0;  // fourth standardized moment - 3 (biased); 0 below four
  double standard_deviation = 0;
  double coefficient_of_variation = 0;  // deviation / mean
  double gini = 0;                      // of the amounts
  double structuring = 0;               // see amount_features.cpp
  double small_share = 0;               // transactions below 100 USD
  double predictability = 0;            // 1 / (1 + coefficient of variation)
  std::uint32_t outliers = 0;           // beyond three deviations from the mean of the logarithms
};

// When an address acts. Hours and days are UTC.
struct TimeFeatures {
  std::uint32_t active_days = 0;
  std::uint32_t span_days = 0;  // whole days begun between first and last: 1 for one transaction
  std::array<std::uint16_t, 24> hours{};
  std::array<std::uint16_t, 7> weekdays{};  // Monday first
  std::uint8_t peak_hour = 0;               // the earliest of the busiest
  std::uint8_t peak_weekday = 0;
  double hour_entropy = 0;     // bits
  double weekday_entropy = 0;  // bits
  double weekend_share = 0;
  double night_share = 0;   // 22:00 to 06:00
  double regularity = 0;    // 1 / (1 + coefficient of variation of the gaps between transactions)
  double burst_factor = 0;  // transactions of the busiest day / mean of all days of the window
  double burstiness = 0;    // (σ - μ) / (σ + μ) of the gaps, moved from [-1, 1] to [0, 1]
  double consistency = 0;   // 1 - Gini of the transactions per day of the window
  std::int64_t first_ms = 0;
  std::int64_t last_ms = 0;
};

// With whom, and in what.
struct PartyFeatures {
  std::uint32_t senders = 0;
  std::uint32_t receivers = 0;
  std::uint32_t parties = 0;      // distinct, either way
  double reciprocity = 0;         // share of parties that are both senders and receivers
  double flow_entropy = 0;        // bits, of the volume's division among parties
  double concentration = 0;       // Herfindahl index of that division
  double gini = 0;                // Gini coefficient of it
  double reciprocal_entropy = 0;  // bits: is a dollar exchanged with a reciprocal party or not
  double stability = 0;           // share of parties met on more than one day
  std::uint32_t assets_in = 0;
  std::uint32_t assets_out = 0;
  std::uint8_t main_asset_in = 0;  // index into Network::assets, by USD; meaningless without any
  std::uint8_t main_asset_out = 0;
  double asset_diversity = 0;  // Simpson's 1 - Σ share² of the volume's division among assets
};

// Where an address stands among the others.
struct GraphFeatures {
  double pagerank = 0;
  double betweenness = 0;
  double closeness = 0;
  double clustering = 0;
  double centrality = 0;
  std::uint32_t kcore = 0;
  std::uint32_t community = 0;
  std::array<std::uint32_t, 3> hop_counts{};  // addresses within 1, 2, 3 steps
  std::array<double, 3> hop_usd{};            // the sum of their total volumes
};

// How unusual it is, 0 to 1.
struct AnomalyFeatures {
  double behavioral = 0;
  double graph = 0;
  double neighborhood = 0;
  double global = 0;
  double suspicious = 0;
  double outlier = 0;
  double completeness = 0;
  double quality = 0;
  double confidence = 0;
};

// Everything that features.parquet says of one address.
struct AddressFeatures {
  std::uint32_t tx_in = 0;
  std::uint32_t tx_out = 0;
  AmountFeatures amounts;
  TimeFeatures times;
  PartyFeatures parties;
  GraphFeatures graph;
  AnomalyFeatures anomaly;
  bool is_new = false;
  bool is_dormant = false;

  std::uint32_t transactions() const { return tx_in + tx_out; }
  MicroUsd volume() const { return amounts.total_in + amounts.total_out; }
  double volume_usd() const { return static_cast<double>(volume()) / kMicrosPerUsd; }
};

}  // namespace aml::simulation
