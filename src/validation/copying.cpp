#include "validation/copying.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/threads.h"
#include "validation/gram.h"

namespace aml::validation {

namespace {

constexpr double kSigmas = 4;       // how sure a correlation must be above its threshold
constexpr double kGrainSigmas = 3;  // and two grains apart
constexpr double kSame = 1e-4;      // strengths that differ by less do not differ
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

struct CopyCheck::Match {
  std::size_t copy = 0;      // among the compared
  std::size_t original = 0;  // likewise
  CopyFinding finding;
  std::size_t which = 0;  // explanation, for grainy
  double strength = 0;    // of several originals that fit, the strongest is it
};

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

std::vector<CopyCheck::Products> CopyCheck::products_of(
    std::span<const std::size_t> compared) const {
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
  return products;
}

OwnParts CopyCheck::own_parts_of(std::span<const std::size_t> compared) const {
  constexpr auto kRank = static_cast<std::size_t>(View::rank);
  std::vector<std::vector<float>> references;
  for (const Residuals& reference : references_) {
    references.push_back(views_.normal_scores(reference[kRank]));
  }
  std::vector<OwnParts::Submission> submissions(compared.size());
  parallel_blocks(compared.size(), 1, threads_, [&](std::size_t i, std::size_t) {
    const Views::Residual& rank = submissions_[compared[i]][kRank];
    submissions[i] = {views_.normal_scores(rank), rank.values, std::nullopt};
    double nearest = 0;
    for (std::size_t r = 0; r < references_.size(); ++r) {
      const double likeness = views_.correlation(rank, references_[r][kRank]);
      if (submissions[i].reference && likeness <= nearest) continue;
      submissions[i].reference = r;
      nearest = likeness;
    }
  });
  OwnParts parts(views_.baseline_normal_scores(), std::move(references), neighbors_);
  parts.add_all(std::move(submissions), threads_);
  return parts;
}

// By copy, then original; nothing for pairs that the views settle.
std::vector<Explanations> CopyCheck::explain_pairs(const std::vector<Products>& products,
                                                   const OwnParts& parts) const {
  const std::size_t count = products[0].count;
  std::vector<Explanations> explanations(count * count);
  parallel_blocks(count, 1, threads_, [&](std::size_t original, std::size_t) {
    std::vector<std::size_t> copies;
    for (std::size_t copy = 0; copy < count; ++copy) {
      if (copy == original) continue;
      double likeness = 0;
      for (const Products& view : products) {
        likeness = std::max(likeness, view.likeness(copy, original));
      }
      const double sure = at_least(likeness, views_.size());
      if (sure >= kRelated && sure < kIdentical) copies.push_back(copy);
    }
    if (copies.empty()) return;
    const auto of_copies = parts.explain(original, copies);
    for (std::size_t c = 0; c < copies.size(); ++c) {
      explanations[copies[c] * count + original] = of_copies[c];
    }
  });
  return explanations;
}

CopyCheck::Match CopyCheck::compare_views(const std::vector<Products>& products, std::size_t later,
                                          std::size_t earlier) const {
  Match match{later, earlier, {}, 0, 0};
  CopyFinding& finding = match.finding;
  for (std::size_t v = 0; v < kViews.size(); ++v) {
    const double likeness = products[v].likeness(later, earlier);
    if (likeness <= finding.likeness) continue;
    finding.view = kViews[v];
    finding.likeness = likeness;
    finding.likeness_given_crowd = products[v].likeness_given_crowd(later, earlier);
  }
  match.strength = 1 + finding.likeness;
  if (at_least(finding.likeness, views_.size()) >= kIdentical) {
    finding.rule = "identical";
    return match;
  }
  if (products[0].count < kFewestCrowd + 2) return match;
  for (std::size_t v = 0; v < kViews.size(); ++v) {
    const double given_crowd = products[v].likeness_given_crowd(later, earlier);
    if (at_least(given_crowd, views_.size()) < kClose) continue;
    finding.view = kViews[v];
    finding.likeness = products[v].likeness(later, earlier);
    finding.likeness_given_crowd = given_crowd;
    finding.rule = "close";
    match.strength = 1 + finding.likeness;
    break;
  }
  return match;
}

void CopyCheck::compare_explanations(const Explanations& late, const Explanations& early,
                                     Match& match) const {
  const auto found = [&](std::string rule, const Explanations& given, std::size_t which) {
    match.which = which;
    // What takes off the most of what a copy has in common with others names its original best.
    match.strength = given[references_.empty() ? 0 : 1].explained;
    match.finding.rule = std::move(rule);
    match.finding.explained = given[which].explained;
    match.finding.grain = given[which].grain;
    match.finding.original_grain = given[which].original_grain;
  };
  const auto queries = static_cast<double>(neighbors_.alert.size());
  for (std::size_t which = 0; which < late.size(); ++which) {
    // Noise in one shows in the departures of both from each other, but more of it in its own.
    const double asymmetry = (early[which].grain - late[which].grain) * std::sqrt(queries);
    if (late[which].is_random && asymmetry > -kGrainSigmas) return found("grainy", late, which);
    // Whoever answers first is not thereby the original: the noise tells.
    if (early[which].is_random && asymmetry < -kGrainSigmas) {
      std::swap(match.copy, match.original);
      return found("grainy", early, which);
    }
  }
  const double likeness = std::sqrt(std::max(0.0, late[1].explained));
  if (at_least(likeness, neighbors_.alert.size()) >= kBlended &&
      late[1].reference_helps >= kReferenceHelps) {
    found("blended", late, 1);
  }
}

// Whether the truth does not clear it: what departs from the original and knows it is no noise.
bool CopyCheck::can_be_copy(const Match& match, const OwnParts& parts,
                            std::span<const int> labels) const {
  if (match.finding.rule != "grainy") return true;
  const auto positives = static_cast<double>(std::count(labels.begin(), labels.end(), 1));
  const auto negatives = static_cast<double>(std::count(labels.begin(), labels.end(), 0));
  if (positives == 0 || negatives == 0) return true;
  const double known = positives + negatives;
  const std::vector<float> own = parts.departure(match.copy, match.original, match.which);
  const double share = positives / known;
  double product = 0;
  double squares = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0) continue;
    const auto value = static_cast<double>(own[i]);
    product += value * (labels[i] - share);
    squares += value * value;
  }
  const double with_truth = ratio(product, squares, known * share * (1 - share));
  return with_truth * std::sqrt(known) < kSigmas;
}

std::vector<std::optional<CopyFinding>> CopyCheck::find(std::span<const int> labels) const {
  std::vector<std::optional<CopyFinding>> findings(submissions_.size());
  if (views_.size() < kFewestCommon) return findings;
  std::vector<std::size_t> compared;
  for (std::size_t i = 0; i < submissions_.size(); ++i) {
    if (!is_baseline(i)) compared.push_back(i);
  }
  const std::vector<Products> products = products_of(compared);
  const OwnParts parts = own_parts_of(compared);
  std::vector<Explanations> explanations;
  if (neighbors_.alert.size() >= kFewestNeighbors) explanations = explain_pairs(products, parts);
  // Found in parallel, settled in the order of arrival, so that threads do not matter.
  std::vector<std::vector<Match>> matches(compared.size());
  parallel_blocks(compared.size(), 1, threads_, [&](std::size_t later, std::size_t) {
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
      Match match = compare_views(products, later, earlier);
      if (match.finding.rule.empty() && !explanations.empty()) {
        compare_explanations(explanations[later * compared.size() + earlier],
                             explanations[earlier * compared.size() + later], match);
      }
      if (!match.finding.rule.empty()) matches[later].push_back(std::move(match));
    }
  });
  std::vector<double> strengths(compared.size());
  for (const std::vector<Match>& of_one : matches) {
    for (const Match& match : of_one) {
      // Of several that fit, the strongest; where they are the same, the first.
      auto& best = findings[compared[match.copy]];
      if (best && match.strength <= strengths[match.copy] + kSame) continue;
      if (!can_be_copy(match, parts, labels)) continue;
      strengths[match.copy] = match.strength;
      best = match.finding;
      best->original = compared[match.original];
    }
  }
  return findings;
}

}  // namespace aml::validation
