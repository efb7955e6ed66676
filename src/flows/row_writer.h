#pragma once

#include <cstddef>
#include <limits>
#include <span>

#include "base/threads.h"
#include "flows/feature.h"

namespace aml::flows {

// Calls body(row, address) for every address, from the question's threads. A body writes only to
// its own row.
template <typename MakeBody>
void for_each_address(const Question& question, std::span<const Address> addresses,
                      MakeBody make_body) {
  constexpr std::size_t kRowsAtOnce = 512;
  parallel_blocks(addresses.size(), kRowsAtOnce, question.threads,
                  [&](std::size_t begin, std::size_t end) {
                    auto body = make_body();  // with working memory of its own
                    for (std::size_t row = begin; row < end; ++row) {
                      body(row, addresses[row]);
                    }
                  });
}

// numerator / denominator, or NaN where either is missing or the denominator is 0.
inline double quotient(std::int64_t numerator, std::int64_t denominator) {
  if (numerator == kMissing || denominator == kMissing || denominator == 0) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return static_cast<double>(numerator) / static_cast<double>(denominator);
}

inline double in_usd(std::int64_t units) {
  return static_cast<double>(units) / static_cast<double>(kUnitsPerUsd);
}

}  // namespace aml::flows
