#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "validation/neighbors.h"

namespace aml::validation {

// What is left of a submission when everything is taken off that a smooth function of some models
// explains of it, on the alerts that have a neighbor and on their neighbors.
struct Departure {
  std::vector<float> fitted;  // where the function was fitted
  std::vector<float> others;
  double squares = 0;  // Σ fitted²

  // Correlation of fitted[i] and others[i], cut off at their mean absolute value so that a few
  // large ones do not decide. Where others[i] belongs to the nearest neighbor this is the grain:
  // 0 for noise, higher the smoother. REQUIRES: as many others as fitted.
  double grain() const;
};

// The smooth functions of models: polynomials of the normal scores of their ranks, the products of
// several included, of degree 4 (3 where a reference takes part). Whatever a copier does to an
// original, blends it with models that anyone has and transforms the result, on any scale and in
// any order, is near to one of them: what is left then is the noise that was added.
class Surface {
 public:
  // Normal scores by alert: the baseline's, a reference's and an original's, either of which may be
  // empty. The function is fitted on the alerts `fitted` and known there and on `others`.
  Surface(std::span<const float> baseline, std::span<const float> reference,
          std::span<const float> original, std::span<const std::uint32_t> fitted,
          std::span<const std::uint32_t> others);

  // `values` by alert.
  Departure departure(std::span<const float> values) const;

 private:
  std::span<const std::uint32_t> fitted_;
  std::span<const std::uint32_t> others_;
  std::size_t width_ = 0;     // functions, rounded up to what is multiplied at once
  std::vector<float> basis_;  // by alert, then function; orthonormal on the fitted alerts
};

}  // namespace aml::validation
