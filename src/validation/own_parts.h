#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "validation/departure.h"
#include "validation/neighbors.h"

namespace aml::validation {

// How a submission looks given another: is it a function of it, and noise?
struct Explanation {
  // Share, of what the models that anyone has leave of the submission, that a function of the
  // original and those models explains.
  double explained = 0;
  // How many times less is left than without the reference; 1 in the first.
  double reference_helps = 1;
  double grain = 0;           // of what is left after it
  double original_grain = 0;  // of what the models that anyone has leave of the original
  bool is_random = false;     // what is left is noise, and the original explains the rest
};

// The first counts the baseline alone among the models that anyone has, the second that of the
// references too that is nearest to the submission (and says nothing where there is none).
using Explanations = std::array<Explanation, 2>;

// What submissions have beyond the models that anyone has, and how they explain each other.
class OwnParts {
 public:
  // Normal scores of models, by sampled alert. `neighbors` refers to the same sample, and to what
  // outlives this.
  OwnParts(std::vector<float> baseline, std::vector<std::vector<float>> references,
           const Neighbors& neighbors);

  // A submission's normal scores, what the baseline leaves of them (refers to what outlives this)
  // and the number of the reference that it is nearest to, if there are any.
  struct Submission {
    std::vector<float> normal_scores;
    std::span<const float> own;
    std::optional<std::size_t> reference;
  };
  void add_all(std::vector<Submission> submissions, int threads);

  // Explains each of the copies by the original.
  std::vector<Explanations> explain(std::size_t original,
                                    std::span<const std::size_t> copies) const;
  // What is left of a copy in explanation `which`, on all alerts.
  std::vector<float> departure(std::size_t copy, std::size_t original, std::size_t which) const;

 private:
  struct Alone {  // given the models that anyone has
    double squares = 0;
    double grain = 0;
  };
  std::optional<std::size_t> reference_of(std::size_t copy, std::size_t which) const;
  const Surface& without_original(std::optional<std::size_t> reference) const;
  Surface surface(std::optional<std::size_t> reference, std::size_t original,
                  std::span<const std::uint32_t> others) const;

  std::vector<float> baseline_;
  std::vector<std::vector<float>> references_;
  const Neighbors& neighbors_;
  std::vector<Surface> without_original_;  // of the baseline, then with each reference
  std::vector<Submission> submissions_;
  std::vector<std::array<Alone, 2>> alone_;
};

}  // namespace aml::validation
