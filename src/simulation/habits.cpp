#include "simulation/habits.h"

#include <fmt/format.h>

#include <cmath>

#include "simulation/alert_rules.h"
#include "simulation/random.h"
#include "simulation/typologies/typology.h"

namespace aml::simulation {

namespace {

constexpr std::uint64_t kHabitStream = 21;
constexpr const char* kNetworks[] = {"bitcoin", "ethereum", "polygon", "bsc", "torus", "simcoin"};
constexpr double kLongestRandomWindow = 300;

constexpr const char* kPastimes[kPastimeCount] = {
    "friends", "shops", "withdrawals", "deposits", "passing_on", "contracts", "gambling", "wages"};

// What both kinds of people may be like; whoever launders is in more haste, on average.
void list_manners(const std::string& who, Manners& manners, bool laundering,
                  std::vector<Habit>& result) {
  const double eager = laundering ? 0.1 : 0;
  const auto add = [&](const char* name, double& value, double least, double most, double low,
                       double high, bool by_ratio) {
    result.push_back({who + "." + name, &value, least, most, low, high, by_ratio});
  };
  const auto tendency = [&](const std::string& name, Tendency& trait, double low, double high) {
    result.push_back({who + "." + name + ".mean", &trait.mean, 0, 1, low, high, false});
    result.push_back({who + "." + name + ".deviation", &trait.deviation, 0, 1, 0.1, 0.3, false});
  };
  tendency("haste", manners.haste, 0.25 + eager, 0.75 + eager);
  tendency("uniformity", manners.uniformity, 0.25 + eager, 0.75 + eager);
  tendency("fresh", manners.fresh, 0.05 + eager, 0.5 + eager);
  tendency("recruits", manners.recruits, 0.05, 0.5);
  add("cover", manners.cover, 0, 100, 0.05, 1.5, true);
  add("money", manners.money, 0.001, 1000, laundering ? 0.4 : 0.3, 2, true);
  add("entry", manners.entry, 0, 1, 0.1, 1, false);
  add("exit", manners.exit, 0, 1, 0.1, 1, false);
}

void list_money(Habits& habits, std::vector<Habit>& result) {
  result.push_back({"money_spread", &habits.money_spread, 0, 4, 0.7, 1.6, false});
  result.push_back({"prices", &habits.prices, 1e-4, 1e4, 0.2, 5, true});
  result.push_back({"spending_usd", &habits.spending_usd, 0.01, 1e6, 15, 150, true});
  result.push_back({"spending_spread", &habits.spending_spread, 0, 4, 0.8, 1.9, false});
  result.push_back({"wealth_spread", &habits.wealth_spread, 0, 4, 0.6, 1.6, false});
  result.push_back({"activity_spread", &habits.activity_spread, 0, 4, 0.7, 1.6, false});
  result.push_back({"rhythm", &habits.rhythm, 0, 1, 0, 1, false});
  result.push_back({"rounding", &habits.rounding, 0, 2, 0, 1.5, false});
}

}  // namespace

std::vector<Habit> list_habits(Habits& habits) {
  std::vector<Habit> result = {
      {"addresses_per_alert", &habits.addresses_per_alert, 1, 1000, 3, 20, true},
      {"flows_per_address", &habits.flows_per_address, 2, 1000, 4, 16, true},
      {"laundering_share", &habits.laundering_share, 0.0001, 0.2, 0.004, 0.03, true},
      {"look_alike_share", &habits.look_alike_share, 0.0001, 0.3, 0.03, 0.2, true},
      {"cast", &habits.cast, 3, 30, 5, 14, true},
      {"cast_spread", &habits.cast_spread, 0, 2, 0.2, 0.8, false},
      {"strictness", &habits.strictness, 0, 100, 2, 12, true},
      {"least_strength", &habits.least_strength, 0, 1, 0.01, 0.15, true},
      {"confidence_noise", &habits.confidence_noise, 0, 1, 0.05, 0.3, true},
  };
  list_money(habits, result);
  list_manners("launderers", habits.launderers, true, result);
  list_manners("innocent", habits.innocent, false, result);
  for (std::size_t i = 0; i < kTypologyCount; ++i) {
    const Typology& row = typologies()[i];
    result.push_back(
        {fmt::format("typologies.{}", row.name), &habits.typologies[i], 0, 1000, 0.15, 4, true});
    result.push_back({fmt::format("look_alikes.{}", row.look_alike), &habits.look_alikes[i], 0,
                      1000, 0.15, 4, true});
  }
  for (std::size_t i = 0; i < kPastimeCount; ++i) {
    result.push_back(
        {fmt::format("pastimes.{}", kPastimes[i]), &habits.pastimes[i], 0, 1000, 0.25, 4, true});
  }
  for (std::size_t i = 0; i < kRuleCount; ++i) {
    result.push_back({fmt::format("rules.{}", alert_rules()[i].typology), &habits.rules[i], 0, 1000,
                      0.2, 4, true});
  }
  return result;
}

Habits random_habits(std::uint64_t seed) {
  Habits habits;
  Random network({seed, kHabitStream});
  habits.network = kNetworks[network.below(std::size(kNetworks))];
  habits.window_days =
      static_cast<int>(std::lround(std::exp(network.uniform() * std::log(kLongestRandomWindow))));
  // A stream for each, so that a habit more or less leaves the others as they are.
  for (const Habit& habit : list_habits(habits)) {
    std::uint64_t key = mix({seed, kHabitStream});
    for (const char c : habit.name) key = mix({key, static_cast<std::uint64_t>(c)});
    const double where = unit_of(key);
    *habit.value =
        habit.by_ratio
            ? habit.random_least * std::pow(habit.random_most / habit.random_least, where)
            : habit.random_least + where * (habit.random_most - habit.random_least);
  }
  return habits;
}

}  // namespace aml::simulation
