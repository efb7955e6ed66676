#include "simulation/schemes.h"

#include <algorithm>

#include "simulation/typologies/typology.h"

namespace aml::simulation {

namespace {

double draw(const Tendency& tendency, Random& random) {
  return std::clamp(tendency.mean + tendency.deviation * random.normal(), 0.0, 1.0);
}

constexpr int kLeastCast = 3;
constexpr int kMostCast = 30;

Style draw_style(const Habits& habits, bool laundering, double typical_usd, Random& random) {
  const Manners& manners = laundering ? habits.launderers : habits.innocent;
  Style style;
  style.haste = draw(manners.haste, random);
  style.uniformity = draw(manners.uniformity, random);
  style.fresh = draw(manners.fresh, random);
  style.recruits = draw(manners.recruits, random);
  style.cover = random.log_normal(manners.cover, 0.9);
  style.total_usd = random.log_normal(typical_usd * manners.money, habits.money_spread);
  style.entry = manners.entry;
  style.exit = manners.exit;
  return style;
}

double share_of(const Habits& habits, bool laundering, std::size_t row) {
  const Typology& typology = typologies()[row];
  return laundering ? typology.share * habits.typologies[row]
                    : typology.look_alike_share * habits.look_alikes[row];
}

std::size_t draw_row(const Habits& habits, bool laundering, Random& random) {
  const std::size_t rows = typologies().size();
  double total = 0;
  for (std::size_t i = 0; i < rows; ++i) total += share_of(habits, laundering, i);
  double rest = random.uniform() * total;
  std::size_t last = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    const double share = share_of(habits, laundering, i);
    if (share <= 0) continue;
    last = i;
    rest -= share;
    if (rest < 0) break;
  }
  return last;
}

}  // namespace

Schemes play_schemes(Economy& economy, const Network& network, const Window& window,
                     std::uint64_t key) {
  const Habits& habits = economy.habits();
  Schemes schemes;
  const auto rows = typologies();
  schemes.laundered.resize(rows.size());
  schemes.lived.resize(rows.size());
  for (const bool laundering : {true, false}) {
    for (std::uint64_t number = 0; economy.unstaged(laundering) > 0; ++number) {
      Random random({key, laundering ? 1U : 0U, number});
      // The first few take turns, so that even the smallest economy has several typologies.
      const bool in_turn =
          number < rows.size() && !laundering && share_of(habits, laundering, number) > 0;
      const std::size_t row =
          in_turn ? static_cast<std::size_t>(number) : draw_row(habits, laundering, random);
      Scene scene(economy, network, window, random, schemes.flows, schemes.covers);
      scene.laundering = laundering;
      scene.style = draw_style(habits, laundering, rows[row].typical_usd, random);
      const int room = static_cast<int>(
          std::min<std::size_t>(economy.unstaged(laundering), static_cast<std::size_t>(kMostCast)));
      scene.cast = std::clamp(static_cast<int>(random.log_normal(habits.cast, habits.cast_spread)),
                              kLeastCast, std::max(kLeastCast, room));
      (laundering ? rows[row].launder : rows[row].live)(scene);
      ++(laundering ? schemes.laundered : schemes.lived)[row];
    }
  }
  return schemes;
}

}  // namespace aml::simulation
