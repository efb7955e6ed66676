#include "simulation/schemes.h"

#include <algorithm>

#include "simulation/typologies/typology.h"

namespace aml::simulation {

namespace {

// Mean and deviation of a trait that lies in [0, 1].
struct Tendency {
  double mean;
  double deviation;
  double draw(Random& random) const {
    return std::clamp(mean + deviation * random.normal(), 0.0, 1.0);
  }
};

struct Tendencies {
  Tendency haste;
  Tendency uniformity;
  Tendency fresh;
  Tendency recruits;
  double cover_median;
  double money;  // factor on the typology's typical sum
};

// The difference between the two rows is what can be learned from style alone; their overlap is
// what cannot. Structure (who pays whom) differs on top of it, see typologies/.
constexpr Tendencies kLaunderers = {{0.60, 0.22}, {0.60, 0.24}, {0.42, 0.22}, {0.35, 0.2}, 0.35, 1};
constexpr Tendencies kInnocent = {{0.45, 0.24}, {0.52, 0.26}, {0.28, 0.2}, {0.30, 0.2}, 0.5, 0.6};

constexpr int kLeastCast = 3;
constexpr int kMostCast = 30;

Style draw_style(const Tendencies& tendencies, double typical_usd, Random& random) {
  Style style;
  style.haste = tendencies.haste.draw(random);
  style.uniformity = tendencies.uniformity.draw(random);
  style.fresh = tendencies.fresh.draw(random);
  style.recruits = tendencies.recruits.draw(random);
  style.cover = random.log_normal(tendencies.cover_median, 0.9);
  style.total_usd = random.log_normal(typical_usd * tendencies.money, 1.1);
  return style;
}

std::size_t draw_row(bool laundering, Random& random) {
  const auto share = [laundering](const Typology& row) {
    return laundering ? row.share : row.look_alike_share;
  };
  const auto rows = typologies();
  double total = 0;
  for (const Typology& row : rows) total += share(row);
  double rest = random.uniform() * total;
  for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
    rest -= share(rows[i]);
    if (rest < 0) return i;
  }
  return rows.size() - 1;
}

}  // namespace

Schemes play_schemes(Economy& economy, const Network& network, const Window& window,
                     std::uint64_t key) {
  Schemes schemes;
  const auto rows = typologies();
  schemes.laundered.resize(rows.size());
  schemes.lived.resize(rows.size());
  for (const bool laundering : {true, false}) {
    for (std::uint64_t number = 0; economy.unstaged(laundering) > 0; ++number) {
      Random random({key, laundering ? 1U : 0U, number});
      // The first few take turns, so that even the smallest economy has several typologies.
      const std::size_t row = number < rows.size() && !laundering ? static_cast<std::size_t>(number)
                                                                  : draw_row(laundering, random);
      Scene scene(economy, network, window, random, schemes.flows, schemes.covers);
      scene.laundering = laundering;
      scene.style = draw_style(laundering ? kLaunderers : kInnocent, rows[row].typical_usd, random);
      const int room = static_cast<int>(
          std::min<std::size_t>(economy.unstaged(laundering), static_cast<std::size_t>(kMostCast)));
      scene.cast = std::clamp(static_cast<int>(random.log_normal(9, 0.5)), kLeastCast,
                              std::max(kLeastCast, room));
      (laundering ? rows[row].launder : rows[row].live)(scene);
      ++(laundering ? schemes.laundered : schemes.lived)[row];
    }
  }
  return schemes;
}

}  // namespace aml::simulation
