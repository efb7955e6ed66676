// Money that comes back to where it started.
#include <algorithm>

#include "simulation/typologies/typology.h"

namespace aml::simulation {

namespace {

// Round after round through `ring`, a fee lost at every step.
void go_round(Scene& scene, const std::vector<AddressId>& ring, int rounds, double fee,
              double hold_hours) {
  double usd = scene.style.total_usd;
  std::int64_t time = scene.start(0.7);
  scene.withdraw(ring.front(), usd, time);
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < ring.size(); ++i) {
      time += scene.hold(hold_hours);
      usd *= 1 - fee * scene.random.uniform(0.5, 1.5);
      const double moved =
          std::min(usd, scene.random.log_normal(usd * 0.97, 0.5 * (1 - scene.style.uniformity)));
      scene.pay(ring[i], ring[(i + 1) % ring.size()], moved, time);
    }
  }
  scene.cash_out(ring.front(), usd * 0.95, time + scene.hold(hold_hours));
}

}  // namespace

// A few addresses of one owner trade with each other, so that the money looks earned.
void launder_by_cycle(Scene& scene) {
  std::vector<AddressId> ring{scene.staged_member()};
  for (const AddressId id : scene.members(std::min(scene.cast, 7) - 1)) ring.push_back(id);
  go_round(scene, ring, scene.random.between(1, 4), 0.02, 10);
}

// Somebody who carries stock between market places, or friends who lend each other money.
void make_market(Scene& scene) {
  std::vector<AddressId> ring{scene.random.chance(0.25)
                                  ? scene.economy.any(Role::market_maker, scene.random)
                                  : scene.member()};
  for (int i = std::min(scene.cast, 6); i > 1; --i) {
    ring.push_back(scene.random.chance(0.7) ? scene.member() : scene.person());
  }
  go_round(scene, ring, scene.random.between(1, 3), 0.015, 14);
}

}  // namespace aml::simulation
