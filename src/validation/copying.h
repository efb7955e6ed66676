#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "validation/neighbors.h"
#include "validation/own_parts.h"
#include "validation/views.h"

// Who copied whom. docs/validation.md derives the statistics and states how often they err.
//
// What any two honest models have in common is taken off first: what the baseline explains, and for
// the closest rule also what the other miners' mean explains. What is left of a submission is its
// own; two submissions whose own parts agree are one and its copy. Four rules, the first two in the
// views of views.h:
//   identical  the own parts are the same
//   close      the own parts are nearly the same, beyond what the crowd shares
//   blended    one is nearly a function of the other, the baseline and a reference, which has much
//              of a part in it
//   grainy     what no function of the other explains of one is noise: similar alerts do not get
//              similar departures, as any model's would be
namespace aml::validation {

// So near to the baseline or another model that anyone has, in any view, a submission is that
// model.
inline constexpr double kBaselineCorrelation = 0.99;
inline constexpr double kIdentical = 0.9995;
inline constexpr double kClose = 0.985;
inline constexpr double kBlended = 0.95;
inline constexpr double kRelated = 0.3;       // own parts that agree less are not looked at further
inline constexpr double kReferenceHelps = 4;  // times less left with it: it is part of the blend
inline constexpr std::size_t kFewestCommon = 10;       // alerts; fewer prove nothing
inline constexpr std::size_t kFewestNeighbors = 2000;  // fewer make grain a matter of luck
inline constexpr std::size_t kFewestCrowd = 4;         // others beside the two

// Why a submission is held to be a copy.
struct CopyFinding {
  std::size_t original = 0;  // its number
  std::string rule;          // "identical", "close", "blended", "grainy"
  View view = View::score;   // in which it shows
  double likeness = 0;       // correlation of the own parts given the baseline
  double likeness_given_crowd = 0;
  // For blended and grainy, as in Explanation:
  double explained = 0;
  double grain = 0;
  double original_grain = 0;
};

// Compares the submissions of one round, added in the order of their arrival.
class CopyCheck {
 public:
  // Scores of the sampled alerts. `neighbors` refers to the same sample and may be empty; then the
  // blended and grainy rules are silent.
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
  struct Match;     // a submission and what it is held to have copied

  Residuals residuals_of(std::span<const double> scores) const;
  Likeness likeness_to_models(const Residuals& residuals) const;
  std::vector<Products> products_of(std::span<const std::size_t> compared) const;
  OwnParts own_parts_of(std::span<const std::size_t> compared) const;
  std::vector<Explanations> explain_pairs(const std::vector<Products>& products,
                                          const OwnParts& parts) const;
  // The rules that look at the views; no rule where none applies.
  Match compare_views(const std::vector<Products>& products, std::size_t later,
                      std::size_t earlier) const;
  // The others.
  void compare_explanations(const Explanations& late, const Explanations& early,
                            Match& match) const;
  bool can_be_copy(const Match& match, const OwnParts& parts, std::span<const int> labels) const;

  Views views_;
  Neighbors neighbors_;
  int threads_;
  std::vector<Residuals> references_;
  std::vector<Residuals> submissions_;
  std::vector<Likeness> baseline_likeness_;
};

}  // namespace aml::validation
