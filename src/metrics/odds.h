#pragma once

#include <algorithm>
#include <cmath>

namespace aml::metrics {

// 1 / (1 + e^-log_odds)
inline double chance(double log_odds) { return 1 / (1 + std::exp(-log_odds)); }

// ln(p / (1 - p)) of a chance, which is taken to be at least `edge` away from 0 and 1.
inline double log_odds(double chance, double edge) {
  const double inside = std::clamp(chance, edge, 1 - edge);
  return std::log(inside / (1 - inside));
}

}  // namespace aml::metrics
