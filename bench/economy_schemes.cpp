#include "economy_schemes.h"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "market_schemes.h"

using namespace aml::validation::market;

namespace {

constexpr std::size_t kVictim = 2;
constexpr std::size_t kTogether = 8;

using Named = std::vector<std::pair<std::string, Lesson>>;

Named lessons(std::size_t truth_after, std::size_t days) {
  return {{"a miner's bodies, the next day", {kVictim, 1}},
          {"a miner's bodies, after their truth", {kVictim, truth_after}},
          {"the ensemble, the next day", {std::nullopt, 1}},
          {"the ensemble in bands of 5 %, the next day", {std::nullopt, 1, true}},
          {"the ensemble, after its truth", {std::nullopt, truth_after}},
          {"five ensembles, after their truth", {std::nullopt, truth_after, false, 5}},
          {"ten truths and no scores", {std::nullopt, truth_after, false, 10, true}},
          {"all truths and no scores", {std::nullopt, truth_after, false, days, true}},
          {"all truths, of features alone",
           {std::nullopt, truth_after, false, days, true, Learned::features}},
          {"all truths, of addresses alone",
           {std::nullopt, truth_after, false, days, true, Learned::addresses}},
          {"a miner's bodies, of features alone",
           {kVictim, truth_after, false, 10, false, Learned::features}},
          {"a miner's bodies, of addresses alone",
           {kVictim, truth_after, false, 10, false, Learned::addresses}}};
}

std::vector<std::string> with(std::vector<std::string> names, const std::string& more) {
  names.push_back(more);
  return names;
}

double sum_of(const Outcome& outcome, const std::vector<std::string>& names) {
  double sum = 0;
  for (const std::string& name : names) sum += outcome.points.at(name);
  return sum;
}

void play_distillers(Market& market, const std::vector<std::string>& honest) {
  const Named all = lessons(market.options().truth_after, market.options().days);
  for (const auto& [name, lesson] : all) market.add(name, distiller(market, lesson));
  const Outcome before = market.play(honest, 32);
  const std::string& victim = honest[kVictim];
  const double mean = sum_of(before, honest) / static_cast<double>(honest.size());
  fmt::print(
      "| taught by | points a day | of the victim's | of the mean honest one | the victim keeps | "
      "all honest keep | where no honest miner is, of the same mean "
      "|\n|---|---|---|---|---|---|---|\n");
  for (const auto& [name, lesson] : all) {
    const Outcome after = market.play(with(honest, name), 32);
    const Outcome alone = market.play({name}, 32);
    fmt::print("| {} | {:.5f} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {:.2f} |\n", name,
               after.points.at(name), after.points.at(name) / before.points.at(victim),
               after.points.at(name) / mean, after.points.at(victim) / before.points.at(victim),
               sum_of(after, honest) / sum_of(before, honest), alone.points.at(name) / mean);
    std::fflush(stdout);
  }
}

struct Scheme {
  std::string name;
  std::vector<std::pair<Strategy, std::size_t>> members{};
};

std::vector<Scheme> schemes(const Market& market) {
  const Lesson lesson{std::nullopt, market.options().truth_after};
  const Strategy stack = [](const Day& day, Dice&) { return day.best_public; };
  return {
      {"noise copied from each other with noise", {{shared_noise(), kTogether}}},
      {"a public model hidden behind noise, and its key",
       {{hidden(std::nullopt), 1}, {key_of_hidden(), 1}}},
      {"four learn from the ensembles, four say the contrary",
       {{distiller(market, lesson), 4}, {inverted_distiller(market, lesson), 4}}},
      {"the best public stack with its top shuffled", {{shuffled_top(stack), 1}}},
      {"one honest model",
       {{present(
             kVictim, [](std::size_t) { return true; }, false),
         1}}},
      {"the same copied from each other with noise", {{noisy_copy(kVictim, 0.1), kTogether}}},
      {"the same hidden behind noise, and its key", {{hidden(kVictim), 1}, {key_of_hidden(), 1}}},
      {"the same, another body to this validator every other day",
       {{present(
             kVictim, [](std::size_t day) { return day % 2 == 0; }, true),
         1}}},
      {"the same on two days of three, absent on the third",
       {{present(
             kVictim, [](std::size_t day) { return day % 3 != 2; }, false),
         1}}},
      {"the same for 20 days, then noise",
       {{present(
             kVictim, [](std::size_t day) { return day < 20; }, true),
         1}}},
      {"the same with its top shuffled", {{shuffled_top(noisy_copy(kVictim, 0)), 1}}}};
}

// The victim's factor is the schemes' own here: no honest miner has it.
void play_together(Market& market, std::vector<std::string> honest) {
  honest.erase(honest.begin() + kVictim);
  const std::vector<Scheme> all = schemes(market);
  for (const Scheme& scheme : all) {
    for (const auto& [strategy, identities] : scheme.members) {
      market.add(scheme.name, strategy, identities);
    }
  }
  const Outcome before = market.play(honest, 32);
  const double mean = sum_of(before, honest) / static_cast<double>(honest.size());
  fmt::print(
      "\n| scheme | hotkeys | points a day | of the mean honest one | of all weight | the others "
      "keep |\n|---|---|---|---|---|---|\n");
  for (const Scheme& scheme : all) {
    std::size_t hotkeys = 0;
    for (const auto& member : scheme.members) hotkeys += member.second;
    const Outcome after = market.play(with(honest, scheme.name), 32);
    fmt::print("| {} | {} | {:.5f} | {:.3f} | {:.4f} | {:.3f} |\n", scheme.name, hotkeys,
               after.points.at(scheme.name), after.points.at(scheme.name) / mean,
               after.weights.at(scheme.name), sum_of(after, honest) / sum_of(before, honest));
    std::fflush(stdout);
  }
}

}  // namespace

void play_schemes(std::size_t seed, std::size_t days, std::size_t alerts, std::size_t truth_after,
                  std::size_t recipe_truths) {
  Options options;
  options.seed = seed;
  options.days = days;
  options.alerts = alerts;
  options.truth_after = truth_after;
  options.skills = {0.7, 0.6, 0.5, 0.42, 0.35, 0.28, 0.22, 0.18};
  options.learnable = 0.5;
  options.recipe_truths = recipe_truths;
  const auto begin = std::chrono::steady_clock::now();
  Market market(options);
  std::vector<std::string> honest;
  for (std::size_t f = 0; f < options.skills.size(); ++f) {
    honest.push_back(fmt::format("honest {}", f + 1));
    market.add(honest.back(), noisy_copy(f, 0));
  }
  play_distillers(market, honest);
  play_together(market, honest);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  fmt::print("\n{:.0f} s\n\n", seconds.count());
}
