// Money that moves through address after address.
#include <algorithm>

#include "simulation/typologies/typology.h"

namespace aml::simulation {

namespace {

// Layers of one to three addresses; every address of a layer pays every address of the next.
void pass_through_layers(Scene& scene, AddressId source, double kept_per_hop, double hold_hours) {
  std::vector<AddressId> layer{source};
  std::int64_t time = scene.start(0.6);
  double usd = scene.style.total_usd;
  scene.withdraw(source, usd, time);
  int left = scene.cast - 1;
  while (left > 0) {
    const int width = std::min(left, scene.random.between(1, 3));
    const std::vector<AddressId> next = scene.members(width);
    left -= width;
    usd *= 1 - kept_per_hop * scene.random.uniform(0.5, 1.5);
    std::int64_t latest = time;
    const double part = usd / static_cast<double>(layer.size() * next.size());
    for (const AddressId from : layer) {
      for (const AddressId to : next) {
        const std::int64_t moment = time + scene.hold(hold_hours);
        scene.pay(from, to, scene.random.log_normal(part, 0.3 * (1 - scene.style.uniformity)),
                  moment);
        latest = std::max(latest, moment);
      }
    }
    time = latest;
    layer = next;
  }
  for (const AddressId end : layer) {
    scene.cash_out(end, usd * 0.95 / static_cast<double>(layer.size()),
                   time + scene.hold(hold_hours));
  }
}

// From address to address; at each hop a part leaves through `spend`.
template <typename Spend>
void peel(Scene& scene, double hold_hours, double largest_peel, const Spend& spend) {
  AddressId holder = scene.staged_member();
  double usd = scene.style.total_usd;
  std::int64_t time = scene.start(0.6);
  scene.withdraw(holder, usd, time);
  for (int hop = 1; hop < scene.cast; ++hop) {
    time += scene.hold(hold_hours);
    const double peeled = usd * scene.random.uniform(0.02, largest_peel);
    const AddressId rest = scene.member();
    spend(holder, peeled, time);
    scene.pay(holder, rest, usd - peeled, time + kMsPerMinute * scene.random.between(0, 4));
    usd -= peeled;
    holder = rest;
  }
  if (scene.random.chance(0.6)) scene.cash_out(holder, usd * 0.97, time + scene.hold(hold_hours));
}

}  // namespace

// Layer upon layer, so that the end cannot be tied to the beginning.
void launder_by_layering(Scene& scene) {
  pass_through_layers(scene, scene.staged_member(), 0.015, 14);
}

// A fund or an exchange moves stock between warm and cold wallets.
void move_treasury(Scene& scene) {
  const AddressId source = scene.random.chance(0.3) ? scene.hot_wallet() : scene.member();
  pass_through_layers(scene, source, 0.01, 18);
}

// A large sum goes from fresh address to fresh address, and a little is cashed out at every hop.
void launder_by_peeling(Scene& scene) {
  peel(scene, 16, 0.14, [&scene](AddressId holder, double usd, std::int64_t time_ms) {
    scene.cash_out(holder, usd, time_ms);
  });
}

// A wallet that gives every payment's change to a new address of its own.
void spend_with_change(Scene& scene) {
  peel(scene, 22, 0.3, [&scene](AddressId holder, double usd, std::int64_t time_ms) {
    const double where = scene.random.uniform();
    if (where < 0.35) {
      scene.cash_out(holder, usd, time_ms);
    } else if (where < 0.7) {
      scene.pay(holder, scene.economy.merchant(holder, scene.random), usd, time_ms);
    } else {
      scene.pay(holder, scene.person(), usd, time_ms);
    }
  });
}

}  // namespace aml::simulation
