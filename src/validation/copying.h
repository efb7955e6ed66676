#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "validation/neighbors.h"
#include "validation/views.h"

// Who copied whom. docs/validation.md derives the statistics and states how often they err.
//
// What any two honest models have in common is taken off first: what the baseline explains, and for
// the closest rule also what the other miners' mean explains. What is left of a submission is its
// own; two submissions whose own parts agree are one and its copy. Three rules, each in the views
// of views.h:
//   identical  the own parts are the same
//   close      the own parts are nearly the same, beyond what the crowd shares
//   grainy     the own parts agree well, and where one departs from the other, it does so at
//              random: similar alerts do not get similar departures, as any model's would be
namespace aml::validation {

// So near to the baseline or another model that anyone has, in any view, a submission is that
// model.
inline constexpr double kBaselineCorrelation = 0.99;
inline constexpr double kIdentical = 0.9995;
inline constexpr double kClose = 0.95;
inline constexpr double kGrainyLikeness = 0.7;
inline constexpr double kGrainyShare = 0.25;           // of the original's grain
inline constexpr std::size_t kFewestCommon = 10;       // alerts; fewer prove nothing
inline constexpr std::size_t kFewestNeighbors = 1000;  // fewer make grain a matter of luck
inline constexpr std::size_t kFewestCrowd = 4;         // others beside the two

// Why a submission is held to be a copy.
struct CopyFinding {
  std::size_t original = 0;  // its number
  std::string rule;          // "identical", "close", "grainy"
  View view = View::score;   // in which it shows
  double likeness = 0;       // correlation of the own parts given the baseline
  double likeness_given_crowd = 0;
  double grain = 0;           // of the departure: 0 noise, higher the smoother; grainy alone
  double original_grain = 0;  // of the original's own part
};

// Compares the submissions of one round, added in the order of their arrival.
class CopyCheck {
 public:
  // Scores of the sampled alerts. `neighbors` refers to the same sample and may be empty; then the
  // grainy rule is silent.
  CopyCheck(std::span<const double> baseline, Neighbors neighbors, int threads);

  // A further model that anyone has (the stock code trained on published truth).
  void add_reference(std::span<const double> scores);
  // REQUIRES: a score in [0, 1] for every sampled alert. Returns the submission's number.
  std::size_t add(std::span<const double> scores);
  // The same for many at once, on several threads; their numbers follow each other.
  void add_all(std::span<const std::vector<double>> sampled_scores);

  // How near a submission comes to the baseline or a reference: the highest correlation of any
  // view, and with which: 0 for the baseline, r + 1 for the r-th reference.
  struct Likeness {
    double correlation = 0;
    std::size_t model = 0;
  };
  const Likeness& baseline_likeness(std::size_t submission) const;
  bool is_baseline(std::size_t submission) const;

  // By number: nothing for originals and for baselines. `labels` (1, 0, or -1 for unknown; or
  // empty) clear a departure that knows the truth: information is not noise.
  std::vector<std::optional<CopyFinding>> find(std::span<const int> labels = {}) const;

 private:
  using Residuals = std::array<Views::Residual, kViews.size()>;
  struct Products;  // inner products of the own parts in one view

  Residuals residuals_of(std::span<const double> scores) const;
  Likeness likeness_to_models(const Residuals& residuals) const;
  std::optional<CopyFinding> compare(const std::vector<Products>& products,
                                     std::span<const std::size_t> compared, std::size_t later,
                                     std::size_t earlier, std::span<const int> labels,
                                     bool& earlier_is_copy) const;
  bool is_grainy(CopyFinding& finding, const Views::Residual& copy, const Views::Residual& original,
                 std::span<const int> labels, double& asymmetry) const;
  double grain(std::span<const float> values) const;
  std::vector<float> departure(const Views::Residual& from, const Views::Residual& other) const;

  Views views_;
  Neighbors neighbors_;
  int threads_;
  std::vector<Residuals> references_;
  std::vector<Residuals> submissions_;
  std::vector<Likeness> baseline_likeness_;
};

}  // namespace aml::validation
