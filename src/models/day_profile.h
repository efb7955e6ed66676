#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "features/feature_matrix.h"

// What days looked like, as far as a model can tell: what its card keeps of the days it learned
// from, to know later whether a day is of the same kind.
namespace aml::models {

// How many rows fall between edges. Bin 0 is below edges[0], bin i from edges[i-1] (inclusive) to
// edges[i] (exclusive), the one before the last from the last edge on; the last counts missing
// values.
struct Histogram {
  std::vector<double> edges;   // ascending
  std::vector<double> counts;  // edges.size() + 2; rows, pooled over days

  double rows() const;
  double missing_share() const;
};

// Edges at the tenths of the values that are there, each once, rounded to six digits; the fewest
// that tell the values apart, none where all are alike. REQUIRES: the values are not infinite.
std::vector<double> tenth_edges(std::vector<double> values);
Histogram make_histogram(std::vector<double> edges, std::span<const double> values);

// Population stability index of two histograms of the same edges, Σ (q − p) ln(q / p) over the
// bins, half a row added to each; 0 where they are alike. REQUIRES: equal edges
double stability_index(const Histogram& expected, const Histogram& actual);
// What it is expected to be between samples of one distribution with so many rows each: the bins
// less one times (1/n + 1/m).
double expected_index(const Histogram& expected, const Histogram& actual);

// A feature's, or the scores', place in the days learned from.
struct ProfiledColumn {
  Histogram histogram;
  // The largest index of one of the days against the others; below 0 where there was one day.
  double between_days = -1;
};

// REQUIRES: at least one day; as many values in each as the day has rows
ProfiledColumn profile_column(std::span<const std::span<const double>> days);

struct DayProfile {
  std::vector<std::string> networks;      // each once
  std::vector<std::int64_t> window_days;  // each once
  std::vector<std::string> snapshot_sha256;
  std::map<std::string, std::int64_t> typologies;  // alerts of each
  std::size_t days = 0;
  std::size_t rows = 0;
  std::map<std::string, ProfiledColumn> features;  // by name
  ProfiledColumn probabilities;                    // of models that had not learned from their day
};

// As JSON text, a line per feature, and back. Reading throws Error{bad_input} naming `where`.
std::string profile_as_json(const DayProfile& profile);
DayProfile parse_profile(const std::string& json, const std::string& where);

}  // namespace aml::models
