#include "validation/own_parts.h"

#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "base/threads.h"

namespace aml::validation {

namespace {

constexpr double kRandomShare = 0.4;       // of the original's grain: what is below is noise
constexpr double kUnexplained = 0.5;       // share of a copy's smooth part that is its own, at most
constexpr double kFewestExplained = 0.02;  // of what a copy has beyond the models anyone has
constexpr double kSigmas = 4;              // how sure a grain must be below

}  // namespace

OwnParts::OwnParts(std::vector<float> baseline, std::vector<std::vector<float>> references,
                   const Neighbors& neighbors)
    : baseline_(std::move(baseline)), references_(std::move(references)), neighbors_(neighbors) {
  without_original_.emplace_back(baseline_, std::span<const float>(), std::span<const float>(),
                                 neighbors_.alert, neighbors_.neighbor);
  for (const std::vector<float>& reference : references_) {
    without_original_.emplace_back(baseline_, reference, std::span<const float>(), neighbors_.alert,
                                   neighbors_.neighbor);
  }
}

void OwnParts::add_all(std::vector<Submission> submissions, int threads) {
  submissions_ = std::move(submissions);
  alone_.resize(submissions_.size());
  parallel_blocks(submissions_.size(), 1, threads, [&](std::size_t i, std::size_t) {
    for (std::size_t which = 0; which < alone_[i].size(); ++which) {
      const auto reference = reference_of(i, which);
      if (which > 0 && !reference) continue;
      const Departure left = without_original(reference).departure(submissions_[i].own);
      alone_[i][which] = {left.squares, left.grain()};
    }
  });
}

std::optional<std::size_t> OwnParts::reference_of(std::size_t copy, std::size_t which) const {
  return which == 0 ? std::nullopt : submissions_[copy].reference;
}

const Surface& OwnParts::without_original(std::optional<std::size_t> reference) const {
  return without_original_[reference ? *reference + 1 : 0];
}

Surface OwnParts::surface(std::optional<std::size_t> reference, std::size_t original,
                          std::span<const std::uint32_t> others) const {
  const std::span<const float> none;
  return {baseline_, reference ? std::span<const float>(references_[*reference]) : none,
          submissions_[original].normal_scores, neighbors_.alert, others};
}

std::vector<Explanations> OwnParts::explain(std::size_t original,
                                            std::span<const std::size_t> copies) const {
  const double error = 1 / std::sqrt(static_cast<double>(neighbors_.alert.size()));
  struct Known {
    Surface surface;
    double original_grain;
  };
  std::map<std::optional<std::size_t>, Known> by_reference;
  std::vector<Explanations> explanations(copies.size());
  for (std::size_t c = 0; c < copies.size(); ++c) {
    const std::size_t copy = copies[c];
    double left_by_baseline = 0;
    for (std::size_t which = 0; which < explanations[c].size(); ++which) {
      const auto reference = reference_of(copy, which);
      if (which > 0 && !reference) continue;
      auto known = by_reference.find(reference);
      if (known == by_reference.end()) {
        known =
            by_reference
                .emplace(
                    reference,
                    Known{
                        surface(reference, original, neighbors_.neighbor),
                        without_original(reference).departure(submissions_[original].own).grain()})
                .first;
      }
      const Departure left = known->second.surface.departure(submissions_[copy].own);
      const Alone& alone = alone_[copy][which];
      Explanation& explanation = explanations[c][which];
      if (alone.squares <= 0) continue;
      explanation.explained = 1 - left.squares / alone.squares;
      if (which == 0) left_by_baseline = left.squares;
      if (which > 0 && left.squares > 0) {
        explanation.reference_helps = left_by_baseline / left.squares;
      }
      explanation.grain = left.grain();
      explanation.original_grain = known->second.original_grain;
      // Squares times grain is what of it is smooth: noise takes no part in this comparison.
      const double smooth = alone.grain * alone.squares;
      explanation.is_random =
          explanation.explained >= kFewestExplained &&
          explanation.grain + kSigmas * error <= kRandomShare * explanation.original_grain &&
          explanation.grain * left.squares <= kUnexplained * smooth;
    }
  }
  return explanations;
}

std::vector<float> OwnParts::departure(std::size_t copy, std::size_t original,
                                       std::size_t which) const {
  std::vector<std::uint32_t> all(baseline_.size());
  std::iota(all.begin(), all.end(), 0U);
  return surface(reference_of(copy, which), original, all).departure(submissions_[copy].own).others;
}

}  // namespace aml::validation
