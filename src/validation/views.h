#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace aml::validation {

// Ways to look at a submission's scores. A transformation of somebody's scores that hides what was
// done in one of them shows in another: noise and blends on the scale where they were added,
// monotone transformations in the ranks, a monotone transformation of a blend in the local ranks:
// among alerts of equal baseline, whatever blends a score with the baseline keeps the order.
enum class View { score, log_odds, rank, top_rank, local_rank, local_top };
inline constexpr std::array kViews{View::score,    View::log_odds,   View::rank,
                                   View::top_rank, View::local_rank, View::local_top};
std::string view_name(View view);

// Scores of sampled alerts in every view, without what the baseline explains of them.
class Views {
 public:
  // The baseline's scores of the sample: what everybody has. Its level and its square, in each
  // view, are what is taken off.
  Views(std::span<const double> baseline);

  std::size_t size() const { return size_; }

  struct Residual {
    std::vector<float> values;  // zeros where the scores are constant
    double squares = 0;         // Σ values²
    double level = 0;           // coefficient of the baseline, of norm 1
    double square = 0;          // of its square without it, likewise
  };
  // By view. REQUIRES: size() scores in [0, 1].
  std::array<Residual, kViews.size()> residuals(std::span<const double> scores) const;
  // Pearson's correlation, in one view, of two submissions or of one with the baseline.
  double correlation(const Residual& a, const Residual& b) const;
  double baseline_correlation(const Residual& a) const;

  // Normal scores of the baseline's ranks, and of a submission's from its residual in that view:
  // mean 0 and mean square 1.
  std::vector<float> baseline_normal_scores() const;
  std::vector<float> normal_scores(const Residual& rank) const;

 private:
  // Mean 0 and mean square 1; zeros where the scores are constant.
  std::array<std::vector<double>, kViews.size()> standardized(std::span<const double> scores) const;
  // By how much more of the alerts beside it in the baseline's order an alert's rank exceeds than
  // falls short of, in [-1, 1]. `ranks` are twice the average ranks.
  std::vector<double> local_ranks(std::span<const std::int32_t> ranks) const;

  std::size_t size_;
  std::vector<double> normal_scores_;  // by twice the average rank
  std::vector<double> savage_scores_;  // likewise
  std::vector<std::uint32_t> order_;   // alerts by ascending baseline
  std::vector<double> top_weights_;    // Savage scores of the baseline's ranks
  // Orthonormal controls by view: the baseline, and its square without it.
  std::array<std::array<std::vector<double>, 2>, kViews.size()> controls_;
};

}  // namespace aml::validation
