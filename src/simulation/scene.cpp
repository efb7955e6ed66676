#include "simulation/scene.h"

#include <algorithm>
#include <cmath>

namespace aml::simulation {

namespace {

constexpr double kLeastUsd = 0.01;
constexpr double kMostUsd = 1e9;

}  // namespace

std::uint8_t draw_asset(const Network& network, Random& random) {
  double rest = random.uniform();
  const auto assets = network.assets();
  for (std::size_t i = 0; i + 1 < assets.size(); ++i) {
    rest -= assets[i].share;
    if (rest < 0) return static_cast<std::uint8_t>(i);
  }
  return static_cast<std::uint8_t>(assets.size() - 1);
}

MicroUsd to_micros(double usd, const Habits& habits, Random& random) {
  usd = std::clamp(usd * habits.prices, kLeastUsd, kMostUsd);
  const double habit = random.uniform();
  const double often = habits.rounding;
  double step = 1e-6;
  if (habit < 0.10 * often && usd > 100) {
    step = 50;
  } else if (habit < 0.25 * often && usd > 20) {
    step = 1;
  } else if (habit < 0.5 * often) {
    step = 0.01;
  }
  const double rounded = std::max(std::round(usd / step) * step, kLeastUsd);
  return static_cast<MicroUsd>(std::llround(rounded * static_cast<double>(kMicrosPerUsd)));
}

AddressId Scene::staged_member() {
  if (economy.unstaged(laundering) == 0) return member();
  const AddressId id = economy.stage(laundering);
  economy.set_fresh(id, style.fresh);
  if (laundering) economy.mark_laundering(id);
  if (style.cover > 0) covers_.push_back({id, style.cover * random.log_normal(1, 0.8)});
  return id;
}

AddressId Scene::member() {
  if (economy.unstaged(laundering) > 0 && !random.chance(style.recruits)) return staged_member();
  const AddressId id = person();
  if (laundering) economy.mark_laundering(id);
  return id;
}

std::vector<AddressId> Scene::members(int count) {
  std::vector<AddressId> result;
  for (int i = 0; i < count; ++i) result.push_back(member());
  return result;
}

std::int64_t Scene::start(double share) {
  const double room = static_cast<double>(window.length_ms()) * (1 - share);
  return window.begin_ms + static_cast<std::int64_t>(random.uniform() * room);
}

std::int64_t Scene::hold(double patient_hours) {
  const double median = patient_hours * std::pow(100.0, -style.haste);
  const double hours = random.log_normal(median, 0.7);
  return std::llround(hours * static_cast<double>(kMsPerHour)) + 1'000;
}

double Scene::vary(double usd) { return random.log_normal(usd, 1.1 * (1 - style.uniformity)); }

void Scene::pay(AddressId source, AddressId dest, double usd, std::int64_t time_ms) {
  if (source == dest || time_ms < window.begin_ms || time_ms >= window.end_ms) return;
  if (asset_ < 0) asset_ = draw_asset(network, random);
  const std::uint8_t asset =
      random.chance(0.9) ? static_cast<std::uint8_t>(asset_) : draw_asset(network, random);
  flows_.push_back({time_ms, to_micros(usd, economy.habits(), random), source, dest, asset});
}

void Scene::withdraw(AddressId dest, double usd, std::int64_t time_ms) {
  // Without a choice no luck is used up.
  const bool from_people = style.entry < 1 && !random.chance(style.entry);
  pay(from_people ? person() : hot_wallet(), dest, usd, time_ms);
}

void Scene::cash_out(AddressId source, double usd, std::int64_t time_ms) {
  if (style.exit < 1 && !random.chance(style.exit)) return pay(source, person(), usd, time_ms);
  const AddressId deposit = economy.any(Role::deposit, random);
  pay(source, deposit, usd, time_ms);
  pay(deposit, economy.deposit(deposit), usd, time_ms + kMsPerMinute * random.between(5, 90));
}

}  // namespace aml::simulation
