#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "validation/public_columns.h"

namespace aml::validation {

// What belongs together by address, the same on every day and machine.
std::vector<std::uint64_t> address_codes(std::span<const std::string> addresses);

// r, what an answer holds beyond what anyone has.
struct OwnInformation {
  // By alert number; mean 0 and variance 1, none beyond kMostDeviations; all 0 where the answer
  // holds nothing of its own.
  std::vector<double> values;
  double explained = 1;  // share of its ranks' variance that public columns explain
};
inline constexpr double kMostDeviations = 4;
// An answer of which less is its own has nothing: it is rounding.
inline constexpr double kLeastOwn = 1e-4;

// Takes from answers what the public columns explain of their Gaussian ranks: first by least
// squares on smooth columns and blocks, then by boosted trees on what is left. Cross-fitted: an
// alert's explanation was learned from alerts of other addresses (Chernozhukov et al. 2018), so an
// answer can neither hide in the fit nor lose by its noise. It looks at no truth.
class OwnInformationOf {
 public:
  // REQUIRES: codes by alert number; `columns` outlives this.
  OwnInformationOf(const PublicColumns& columns, std::span<const std::uint64_t> codes,
                   std::uint64_t seed);
  ~OwnInformationOf();
  OwnInformationOf(const OwnInformationOf&) = delete;
  OwnInformationOf& operator=(const OwnInformationOf&) = delete;

  // Any thread may call. REQUIRES: a score for each alert.
  OwnInformation operator()(std::span<const double> scores) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace aml::validation
