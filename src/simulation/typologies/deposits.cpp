// Amounts kept small on purpose, or by habit.
#include <algorithm>

#include "simulation/typologies/typology.h"

namespace aml::simulation {

namespace {

// What must be reported to the authorities, in USD.
constexpr double kReportingLimits[] = {1'000, 3'000, 10'000};

// Just below one of the limits, or about; the more uniform the style, the closer.
double below_limit(Scene& scene, double limit) {
  return limit * (1 - scene.random.exponential(0.04 + 0.35 * (1 - scene.style.uniformity)));
}

double positive(double usd) { return usd > 5 ? usd : 5; }

}  // namespace

// Deposits just below the reporting limit, again and again.
void launder_by_structuring(Scene& scene) {
  const double limit = kReportingLimits[scene.random.below(3)];
  const int holders = std::max(1, scene.cast / 4);
  for (int h = 0; h < holders; ++h) {
    const AddressId holder = scene.member();
    const int deposits =
        std::clamp(static_cast<int>(scene.style.total_usd / holders / limit), 3, 14);
    std::int64_t time = scene.start(0.7);
    scene.pay(scene.member(), holder, limit * deposits, time);
    for (int i = 0; i < deposits; ++i) {
      time += scene.hold(30);
      scene.cash_out(holder, positive(below_limit(scene, limit)), time);
    }
  }
}

// Wages or savings that are put aside in equal parts: a standing order, a monthly plan.
void split_salary(Scene& scene) {
  const int savers = std::max(1, scene.cast / 3);
  for (int s = 0; s < savers; ++s) {
    const AddressId saver = scene.random.chance(0.5) ? scene.person() : scene.member();
    const bool at_limit = scene.random.chance(0.35);
    const double limit =
        at_limit ? kReportingLimits[scene.random.below(2)] : 50.0 * scene.random.between(2, 40);
    const int parts = scene.random.between(3, 10);
    std::int64_t time = scene.start(0.7);
    scene.pay(scene.economy.any(Role::employer, scene.random), saver, limit * parts * 1.1, time);
    for (int i = 0; i < parts; ++i) {
      time += scene.hold(36);
      const double usd = positive(below_limit(scene, limit));
      if (scene.random.chance(0.6)) {
        scene.cash_out(saver, usd, time);
      } else {
        scene.pay(saver, scene.economy.contact(saver, scene.random), usd, time);
      }
    }
  }
}

// Many small purchases at exchanges by many hands, brought together by one address.
void launder_by_smurfing(Scene& scene) {
  const AddressId collector = scene.staged_member();
  const std::vector<AddressId> smurfs = scene.members(scene.cast - 1);
  const double limit = kReportingLimits[scene.random.below(2)];
  const std::int64_t begin = scene.start(0.6);
  std::int64_t last = begin;
  double collected = 0;
  for (const AddressId smurf : smurfs) {
    std::int64_t time = begin + scene.hold(20);
    for (int i = scene.random.between(1, 4); i > 0; --i) {
      const double usd = positive(below_limit(scene, limit));
      scene.withdraw(smurf, usd, time);
      time += scene.hold(18);
      scene.pay(smurf, collector, usd * 0.98, time);
      collected += usd;
    }
    last = std::max(last, time);
  }
  scene.cash_out(collector, collected * 0.9, last + scene.hold(12));
}

// Friends who save together: everybody pays the same sum to a treasurer, one of them gets it.
void run_savings_club(Scene& scene) {
  const AddressId treasurer = scene.member();
  std::vector<AddressId> friends;
  for (int i = 1; i < scene.cast; ++i) {
    friends.push_back(scene.random.chance(0.4) ? scene.person() : scene.member());
  }
  const double share = scene.random.chance(0.4) ? kReportingLimits[scene.random.below(2)]
                                                : 25.0 * scene.random.between(2, 30);
  std::int64_t time = scene.start(0.7);
  for (int round = scene.random.between(1, 3); round > 0; --round) {
    double pot = 0;
    for (const AddressId saver : friends) {
      const double usd = positive(below_limit(scene, share));
      const std::int64_t paid = time + scene.hold(24);
      if (scene.random.chance(0.6)) scene.withdraw(saver, usd * 1.05, paid - scene.hold(20));
      scene.pay(saver, treasurer, usd, paid);
      pot += usd;
    }
    time += scene.hold(40);
    const AddressId winner = friends[scene.random.below(friends.size())];
    if (scene.random.chance(0.5)) {
      scene.pay(treasurer, winner, pot * 0.97, time);
    } else {
      scene.cash_out(treasurer, pot * 0.95, time);
    }
  }
}

}  // namespace aml::simulation
