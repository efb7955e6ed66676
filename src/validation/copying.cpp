#include "validation/copying.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/threads.h"
#include "validation/gram.h"

namespace aml::validation {

namespace {

constexpr double kSigmas = 4;       // how sure a correlation must be above its threshold
constexpr double kGrainSigmas = 3;  // and a grain below it, or two grains apart
constexpr double kSame = 1e-4;      // likenesses that differ by less do not differ
constexpr double kControls = 4;     // degrees of freedom that the controls take

// The lower end of a correlation's interval, by Fisher's z.
double at_least(double correlation, std::size_t rows) {
  const double freedom = static_cast<double>(rows) - kControls - 3;
  if (freedom <= 0) return -1;
  if (correlation >= 1) return 1;
  return std::tanh(std::atanh(correlation) - kSigmas / std::sqrt(freedom));
}

double ratio(double part, double a, double b) {
  return a > 0 && b > 0 ? std::clamp(part / std::sqrt(a * b), -1.0, 1.0) : 0;
}

}  // namespace

struct CopyCheck::Products {
  std::vector<double> gram;  // of the compared submissions
  std::vector<double> sums;  // of each row of it
  double sum = 0;
  std::size_t count = 0;

  double likeness(std::size_t i, std::size_t j) const {
    return ratio(gram[i * count + j], gram[i * count + i], gram[j * count + j]);
  }
  // The partial correlation given the sum of all the others.
  double likeness_given_crowd(std::size_t i, std::size_t j) const {
    const double ii = gram[i * count + i];
    const double jj = gram[j * count + j];
    const double ij = gram[i * count + j];
    const double crowd_i = sums[i] - ii - ij;
    const double crowd_j = sums[j] - jj - ij;
    const double crowd = sum - 2 * sums[i] - 2 * sums[j] + ii + jj + 2 * ij;
    if (crowd <= 0) return ratio(ij, ii, jj);
    return ratio(ij - crowd_i * crowd_j / crowd, ii - crowd_i * crowd_i / crowd,
                 jj - crowd_j * crowd_j / crowd);
  }
};

CopyCheck::CopyCheck(std::span<const double> baseline, Neighbors neighbors, int threads)
    : views_(baseline), neighbors_(std::move(neighbors)), threads_(threads) {}

CopyCheck::Residuals CopyCheck::residuals_of(std::span<const double> scores) const {
  return views_.residuals(scores);
}

void CopyCheck::add_reference(std::span<const double> scores) {
  references_.push_back(residuals_of(scores));
}

CopyCheck::Likeness CopyCheck::likeness_to_models(const Residuals& residuals) const {
  Likeness nearest;
  const auto consider = [&](double correlation, std::size_t model) {
    if (correlation > nearest.correlation) nearest = {correlation, model};
  };
  for (std::size_t v = 0; v < kViews.size(); ++v) {
    consider(views_.baseline_correlation(residuals[v]), 0);
    for (std::size_t r = 0; r < references_.size(); ++r) {
      consider(views_.correlation(residuals[v], references_[r][v]), r + 1);
    }
  }
  return nearest;
}

std::size_t CopyCheck::add(std::span<const double> scores) {
  submissions_.push_back(residuals_of(scores));
  baseline_likeness_.push_back(likeness_to_models(submissions_.back()));
  return submissions_.size() - 1;
}

void CopyCheck::add_all(std::span<const std::vector<double>> sampled_scores) {
  const std::size_t first = submissions_.size();
  submissions_.resize(first + sampled_scores.size());
  baseline_likeness_.resize(submissions_.size());
  parallel_blocks(sampled_scores.size(), 1, threads_, [&](std::size_t i, std::size_t) {
    submissions_[first + i] = residuals_of(sampled_scores[i]);
    baseline_likeness_[first + i] = likeness_to_models(submissions_[first + i]);
  });
}

const CopyCheck::Likeness& CopyCheck::baseline_likeness(std::size_t submission) const {
  return baseline_likeness_[submission];
}

bool CopyCheck::is_baseline(std::size_t submission) const {
  return baseline_likeness_[submission].correlation >= kBaselineCorrelation;
}

std::vector<float> CopyCheck::departure(const Views::Residual& from,
                                        const Views::Residual& other) const {
  double product = 0;
  for (std::size_t i = 0; i < from.values.size(); ++i) {
    product += static_cast<double>(from.values[i]) * static_cast<double>(other.values[i]);
  }
  const auto share = static_cast<float>(other.squares == 0 ? 0 : product / other.squares);
  std::vector<float> left(from.values.size());
  for (std::size_t i = 0; i < left.size(); ++i) left[i] = from.values[i] - share * other.values[i];
  return left;
}

// Correlation of the values of neighbors, cut off at the mean absolute value so that a few large
// ones do not decide.
double CopyCheck::grain(std::span<const float> values) const {
  double cut = 0;
  for (const float value : values) {
    cut += std::abs(static_cast<double>(value)) / static_cast<double>(values.size());
  }
  const auto cut_off = [&](std::uint32_t at) {
    return std::clamp(static_cast<double>(values[at]), -cut, cut);
  };
  double a = 0;
  double b = 0;
  double aa = 0;
  double bb = 0;
  double ab = 0;
  for (std::size_t q = 0; q < neighbors_.alert.size(); ++q) {
    const double x = cut_off(neighbors_.alert[q]);
    const double y = cut_off(neighbors_.neighbor[q]);
    a += x;
    b += y;
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  const auto n = static_cast<double>(neighbors_.alert.size());
  return ratio(ab - a * b / n, aa - a * a / n, bb - b * b / n);
}

bool CopyCheck::is_grainy(CopyFinding& finding, const Views::Residual& copy,
                          const Views::Residual& original, std::span<const int> labels,
                          double& asymmetry) const {
  const double error = 1 / std::sqrt(static_cast<double>(neighbors_.alert.size()));
  const std::vector<float> own = departure(copy, original);
  finding.grain = grain(own);
  finding.original_grain = grain(original.values);
  if (finding.grain + kGrainSigmas * error > kGrainyShare * finding.original_grain) return false;
  // Noise in one shows in the departures of both from each other, but more of it in its own.
  asymmetry = (grain(departure(original, copy)) - finding.grain) / error;
  double product = 0;
  double squares = 0;
  double known = 0;
  double positives = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) positives += labels[i] == 1 ? 1 : 0;
  for (std::size_t i = 0; i < labels.size(); ++i) known += labels[i] >= 0 ? 1 : 0;
  if (known == 0 || positives == 0 || positives == known) return true;
  const double share = positives / known;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0) continue;
    const auto value = static_cast<double>(own[i]);
    product += value * (labels[i] - share);
    squares += value * value;
  }
  const double with_truth = ratio(product, squares, known * share * (1 - share));
  return with_truth * std::sqrt(known) < kSigmas;
}

std::optional<CopyFinding> CopyCheck::compare(const std::vector<Products>& products,
                                              std::span<const std::size_t> compared,
                                              std::size_t later, std::size_t earlier,
                                              std::span<const int> labels,
                                              bool& earlier_is_copy) const {
  const std::size_t rows = views_.size();
  CopyFinding finding;
  finding.original = compared[earlier];
  for (std::size_t v = 0; v < kViews.size(); ++v) {
    const double likeness = products[v].likeness(later, earlier);
    const double given_crowd = products[v].likeness_given_crowd(later, earlier);
    if (likeness > finding.likeness) {
      finding.view = kViews[v];
      finding.likeness = likeness;
      finding.likeness_given_crowd = given_crowd;
    }
  }
  if (at_least(finding.likeness, rows) >= kIdentical) {
    finding.rule = "identical";
    return finding;
  }
  if (compared.size() >= kFewestCrowd + 2) {
    for (std::size_t v = 0; v < kViews.size(); ++v) {
      const double given_crowd = products[v].likeness_given_crowd(later, earlier);
      if (at_least(given_crowd, rows) < kClose) continue;
      finding.view = kViews[v];
      finding.likeness = products[v].likeness(later, earlier);
      finding.likeness_given_crowd = given_crowd;
      finding.rule = "close";
      return finding;
    }
  }
  if (neighbors_.alert.size() < kFewestNeighbors ||
      at_least(finding.likeness, rows) < kGrainyLikeness) {
    return std::nullopt;
  }
  const auto view = static_cast<std::size_t>(finding.view);
  const Views::Residual& late = submissions_[compared[later]][view];
  const Views::Residual& early = submissions_[compared[earlier]][view];
  finding.rule = "grainy";
  double asymmetry = 0;
  if (is_grainy(finding, late, early, labels, asymmetry) && asymmetry > -kGrainSigmas) {
    return finding;
  }
  // Whoever answers first is not thereby the original: the noise tells.
  if (is_grainy(finding, early, late, labels, asymmetry) && asymmetry > kGrainSigmas) {
    earlier_is_copy = true;
    finding.original = compared[later];
    return finding;
  }
  return std::nullopt;
}

std::vector<std::optional<CopyFinding>> CopyCheck::find(std::span<const int> labels) const {
  std::vector<std::optional<CopyFinding>> findings(submissions_.size());
  if (views_.size() < kFewestCommon) return findings;
  std::vector<std::size_t> compared;
  for (std::size_t i = 0; i < submissions_.size(); ++i) {
    if (!is_baseline(i)) compared.push_back(i);
  }
  std::vector<Products> products(kViews.size());
  for (std::size_t v = 0; v < kViews.size(); ++v) {
    std::vector<std::span<const float>> rows;
    for (const std::size_t i : compared) rows.emplace_back(submissions_[i][v].values);
    Products& view = products[v];
    view.count = rows.size();
    view.gram = gram_matrix(rows, threads_);
    view.sums.resize(view.count);
    for (std::size_t i = 0; i < view.count; ++i) {
      for (std::size_t j = 0; j < view.count; ++j) view.sums[i] += view.gram[i * view.count + j];
      view.sum += view.sums[i];
    }
  }
  // Found in parallel, settled in the order of arrival, so that threads do not matter.
  struct Match {
    std::size_t copy;
    CopyFinding finding;
  };
  std::vector<std::vector<Match>> matches(compared.size());
  parallel_blocks(compared.size(), 1, threads_, [&](std::size_t later, std::size_t) {
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
      bool earlier_is_copy = false;
      const auto finding = compare(products, compared, later, earlier, labels, earlier_is_copy);
      if (!finding) continue;
      matches[later].push_back({compared[earlier_is_copy ? earlier : later], *finding});
    }
  });
  for (const std::vector<Match>& of_one : matches) {
    for (const Match& match : of_one) {
      // Of several that are alike, the one it is most like; where they are the same, the first.
      auto& best = findings[match.copy];
      if (!best || match.finding.likeness > best->likeness + kSame) best = match.finding;
    }
  }
  return findings;
}

}  // namespace aml::validation
