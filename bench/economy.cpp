// What bench/economy runs: a market over many days, and what each strategy earns in it.
#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "base/parse_number.h"
#include "market.h"
#include "metrics/correlation.h"

using namespace aml::validation::market;

namespace {

constexpr std::size_t kSame = 16;  // further identities of one model

struct Names {
  std::vector<std::string> honest;
  std::vector<std::string> others;  // who know nothing of their own
  std::vector<std::string> noise;   // of them, those that register again
};

Names fill(Market& market, std::size_t sybils) {
  Names names;
  for (std::size_t f = 0; f < market.options().skills.size(); ++f) {
    names.honest.push_back(fmt::format("honest {}", f + 1));
    market.add(names.honest.back(), honest(f, 1, 0.5));
  }
  for (const auto& [name, strategy] : public_strategies()) {
    const bool is_noise = name.find("noise") != std::string::npos;
    market.add(name, strategy, is_noise ? sybils : 1);
    names.others.push_back(name);
    if (is_noise) names.noise.push_back(name);
  }
  market.add("model", noisy_copy(2, 0));
  market.add_same("same", "model", kSame);
  market.add("noisy", noisy_copy(2, 0.1), 8);
  for (const double share : {0.0, 0.5, 0.8}) {
    market.add(fmt::format("{:.1f} public", share), blended_with_public(2, share));
  }
  return names;
}

void print(const std::string& name, const Outcome& outcome, double honest) {
  fmt::print("| {} | {:.5f} | {:.4f} | {:.3f} |\n", name, outcome.points.at(name),
             outcome.weights.at(name), outcome.weights.at(name) / honest);
}

void play_all(const Market& market, const Names& names) {
  std::vector<std::string> all = names.honest;
  all.insert(all.end(), names.others.begin(), names.others.end());
  const Outcome outcome = market.play(all, 0, names.noise);
  std::vector<double> weights;
  double mean = 0;
  for (const std::string& name : names.honest) {
    weights.push_back(outcome.weights.at(name));
    mean += weights.back() / static_cast<double>(names.honest.size());
  }
  fmt::print("q {:.4f} points a day, ensemble {:.4f}; weights and skill: Spearman {:.3f}\n\n",
             outcome.reference_points, outcome.blended_points,
             aml::metrics::spearman(weights, market.options().skills).value_or(0));
  fmt::print("| strategy | points a day | of all weight | of an honest one |\n|---|---|---|---|\n");
  for (const std::string& name : all) print(name, outcome, mean);
}

void play_copies(const Market& market, const Names& names) {
  const std::vector<std::string> others{names.honest[0], names.honest[1]};
  const auto weight = [&](const std::vector<std::string>& copies) {
    std::vector<std::string> all = others;
    all.insert(all.end(), copies.begin(), copies.end());
    const Outcome outcome = market.play(all, 32);
    double sum = 0;
    for (const std::string& name : copies) sum += outcome.weights.at(name);
    return sum;
  };
  const double one = weight({"model"});
  fmt::print(
      "\n{} equal identities earn {:.3f} of what one earns, 8 noisy ones {:.3f}, both {:.3f}\n",
      kSame + 1, weight({"model", "same"}) / one, weight({"noisy"}) / one,
      weight({"model", "same", "noisy"}) / one);
  const double own = weight({"0.0 public"});
  fmt::print("An answer half public earns {:.3f} of what its own part earns, eight tenths {:.3f}\n",
             weight({"0.5 public"}) / own, weight({"0.8 public"}) / own);
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int at, std::size_t otherwise) {
    return argc > at ? aml::parse_number<std::size_t>(argv[at]).value_or(otherwise) : otherwise;
  };
  Options options;
  options.seed = number(1, 1);
  options.days = number(2, 60);
  options.alerts = number(3, 2500);
  options.truth_after = number(4, 7);
  options.skills = {0.7, 0.6, 0.5, 0.42, 0.35, 0.28, 0.22, 0.18};
  const auto begin = std::chrono::steady_clock::now();
  Market market(options);
  const Names names = fill(market, number(5, 16));
  play_all(market, names);
  play_copies(market, names);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  fmt::print("\n{:.0f} s\n\n", seconds.count());
}
