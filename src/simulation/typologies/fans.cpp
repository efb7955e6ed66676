// Many pay one, one pays many, and both in turn.
#include <algorithm>

#include "simulation/typologies/typology.h"

namespace aml::simulation {

// Victims and straw men pay into one address, which empties itself into an exchange.
void launder_by_fan_in(Scene& scene) {
  const AddressId collector = scene.staged_member();
  const std::vector<AddressId> mules = scene.members(scene.cast - 1);
  const double each = scene.style.total_usd / static_cast<double>(mules.size());
  const std::int64_t begin = scene.start(0.4);
  std::int64_t last = begin;
  double collected = 0;
  for (const AddressId mule : mules) {
    const double usd = scene.vary(each);
    const std::int64_t funded = begin + scene.hold(20);
    if (scene.random.chance(0.5)) {
      scene.withdraw(mule, usd * 1.02, funded);
    } else {
      scene.pay(scene.person(), mule, usd * 1.02, funded);
    }
    const std::int64_t passed = funded + scene.hold(24);
    scene.pay(mule, collector, usd, passed);
    last = std::max(last, passed);
    collected += usd;
  }
  const int exits = scene.random.between(1, 4);
  for (int i = 0; i < exits; ++i) {
    scene.cash_out(collector, collected * 0.95 / exits, last + scene.hold(12));
  }
}

// A small shop: customers pay, it banks its takings and pays its suppliers.
void run_shop(Scene& scene) {
  const AddressId shop = scene.member();
  const int customers = 2 * scene.cast;
  const double each = scene.style.total_usd / customers;
  std::int64_t time = scene.window.begin_ms;
  double till = 0;
  for (int i = 0; i < customers; ++i) {
    const double usd = scene.vary(each);
    time = scene.start(0);
    scene.pay(scene.person(), shop, usd, time);
    till += usd;
    if (till > 4 * each) {
      if (scene.random.chance(0.7)) {
        scene.cash_out(shop, till * 0.9, time + scene.hold(30));
      } else {
        scene.pay(shop, scene.member(), till * 0.8, time + scene.hold(30));
      }
      till = 0;
    }
  }
}

// A large sum is scattered over mules, who cash out.
void launder_by_fan_out(Scene& scene) {
  const AddressId source = scene.staged_member();
  const std::vector<AddressId> mules = scene.members(scene.cast - 1);
  std::int64_t time = scene.start(0.4);
  scene.withdraw(source, scene.style.total_usd, time);
  const double each = 0.97 * scene.style.total_usd / static_cast<double>(mules.size());
  time += scene.hold(12);
  for (const AddressId mule : mules) {
    time += scene.hold(2);
    const double usd = scene.vary(each);
    scene.pay(source, mule, usd, time);
    const int parts = scene.random.between(1, 3);
    for (int i = 0; i < parts; ++i) scene.cash_out(mule, usd * 0.97 / parts, time + scene.hold(24));
  }
}

// An employer, or a project that gives coins to its users: once or twice a week, the same people.
void pay_wages(Scene& scene) {
  const AddressId payer =
      scene.random.chance(0.3) ? scene.economy.any(Role::employer, scene.random) : scene.member();
  std::vector<AddressId> staff;
  for (int i = 1; i < scene.cast; ++i) {
    staff.push_back(scene.random.chance(0.5) ? scene.member() : scene.person());
  }
  const double each = 0.97 * scene.style.total_usd / static_cast<double>(staff.size());
  std::int64_t time = scene.start(0.5);
  for (int round = scene.random.between(1, 2); round > 0; --round) {
    scene.withdraw(payer, scene.style.total_usd, time);
    time += scene.hold(12);
    for (const AddressId worker : staff) {
      time += scene.hold(1);
      const double usd = scene.vary(each);
      scene.pay(payer, worker, usd, time);
      if (scene.random.chance(0.45)) scene.cash_out(worker, usd * 0.9, time + scene.hold(40));
    }
    time += scene.window.length_ms() / 3;
  }
}

// Scattered over mules who know nothing of each other, gathered again by one address.
void launder_by_scatter_gather(Scene& scene) {
  const AddressId source = scene.staged_member();
  const AddressId sink = scene.member();
  const std::vector<AddressId> mules = scene.members(scene.cast - 2);
  std::int64_t time = scene.start(0.5);
  scene.withdraw(source, scene.style.total_usd, time);
  const double each = 0.97 * scene.style.total_usd / static_cast<double>(mules.size());
  std::int64_t last = time;
  for (const AddressId mule : mules) {
    time += scene.hold(3);
    const double usd = scene.vary(each);
    scene.pay(source, mule, usd, time);
    const std::int64_t passed = time + scene.hold(24);
    scene.pay(mule, sink, usd * scene.random.uniform(0.93, 0.99), passed);
    last = std::max(last, passed);
  }
  scene.cash_out(sink, scene.style.total_usd * 0.9, last + scene.hold(12));
}

// A company funds its branches, which return what they do not spend.
void run_branches(Scene& scene) {
  const AddressId head = scene.member();
  const AddressId treasury = scene.random.chance(0.4) ? head : scene.member();
  const std::vector<AddressId> branches = scene.members(std::max(scene.cast - 2, 2));
  std::int64_t time = scene.start(0.6);
  scene.withdraw(head, scene.style.total_usd, time);
  const double each = 0.97 * scene.style.total_usd / static_cast<double>(branches.size());
  for (const AddressId branch : branches) {
    time += scene.hold(3);
    const double usd = scene.vary(each);
    scene.pay(head, branch, usd, time);
    const double spent = scene.random.uniform(0.02, 0.6);
    scene.pay(branch, scene.economy.merchant(branch, scene.random), usd * spent,
              time + scene.hold(20));
    scene.pay(branch, treasury, usd * (0.98 - spent), time + scene.hold(40));
  }
}

}  // namespace aml::simulation
