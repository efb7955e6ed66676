// What bench/economy runs: a market over many days, and what each strategy earns in it.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/parse_number.h"
#include "economy_long.h"
#include "economy_schemes.h"
#include "market.h"
#include "metrics/correlation.h"
#include "validation/ground_truth.h"

using namespace aml::validation::market;

namespace {

constexpr std::size_t kSame = 16;  // further identities of one model
const std::vector<double> kSkills{0.7, 0.6, 0.5, 0.42, 0.35, 0.28, 0.22, 0.18};

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

// A day of independent alerts at q, and an answer whose own information is worth `slope` log-odds
// for each standard deviation.
struct LoneDay {
  std::vector<std::uint64_t> codes;  // of addresses that are seen once
  std::vector<double> log_odds;
  std::vector<double> own;
  std::vector<int> labels;

  LoneDay(Dice& dice, std::size_t alerts, double slope) {
    for (std::size_t i = 0; i < alerts; ++i) {
      codes.push_back(i);
      own.push_back(dice.normal());
      log_odds.push_back(1.5 * dice.normal() - 3.3);  // seven in a hundred are filed
      const double odds = log_odds.back() + slope * own.back();
      labels.push_back(dice.uniform() < 1 / (1 + std::exp(-odds)) ? 1 : 0);
    }
  }
  aml::validation::DayEvidence evidence() const {
    const std::vector<std::string> identity{"one"};
    const std::vector<std::span<const double>> values{own};
    return aml::validation::evidence_of(identity, values, log_odds, labels, codes, 1);
  }
  double gain(double slope) const {
    std::vector<double> moved = log_odds;
    for (std::size_t i = 0; i < moved.size(); ++i) moved[i] += slope * own[i];
    return aml::validation::check_ground_truth(moved, labels)->score -
           aml::validation::check_ground_truth(log_odds, labels)->score;
  }
};

// How often, in so many worlds, an answer of that slope is trusted after some truths.
double power(Dice& dice, std::size_t alerts, double slope, std::size_t truths) {
  constexpr int kWorlds = 20;
  int trusted = 0;
  const std::vector<std::string> identity{"one"};
  for (int world = 0; world < kWorlds; ++world) {
    std::vector<aml::validation::DayEvidence> days;
    for (std::size_t t = 0; t < truths; ++t) {
      days.push_back(LoneDay(dice, alerts, slope).evidence());
    }
    std::vector<const aml::validation::DayEvidence*> earlier;
    for (const auto& day : days) earlier.push_back(&day);
    trusted += aml::validation::trusted(identity, earlier, 64)[0].trust > 0 ? 1 : 0;
  }
  return static_cast<double>(trusted) / kWorlds;
}

// The smallest gain that is paid with power 0.8 among 64 hotkeys: the slope by halving.
void detect(std::size_t seed) {
  fmt::print(
      "| filed a day | truths | points a day | standard deviation of a day |\n|---|---|---|---|\n");
  Dice dice(seed);
  for (const std::size_t alerts : {std::size_t{1400}, std::size_t{4300}, std::size_t{25700}}) {
    for (const std::size_t truths : {std::size_t{5}, std::size_t{20}, std::size_t{30}}) {
      double low = 0.01;
      double high = 1;
      for (int half = 0; half < 6; ++half) {
        const double middle = std::sqrt(low * high);
        (power(dice, alerts, middle, truths) < 0.8 ? low : high) = middle;
      }
      double sum = 0;
      double squares = 0;
      constexpr int kDays = 300;
      for (int day = 0; day < kDays; ++day) {
        const double gain = LoneDay(dice, alerts, high).gain(high);
        sum += gain / kDays;
        squares += gain * gain / kDays;
      }
      fmt::print("| {} | {} | {:.5f} | {:.5f} |\n", alerts * 7 / 100, truths, sum,
                 std::sqrt(squares - sum * sum));
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int at, std::size_t otherwise) {
    return argc > at ? aml::parse_number<std::size_t>(argv[at]).value_or(otherwise) : otherwise;
  };
  if (argc > 2 && std::string(argv[2]) == "detect") {
    detect(number(1, 1));
    return 0;
  }
  if (argc > 2 && std::string(argv[2]) == "schemes") {
    play_schemes(number(1, 1), number(3, 40), number(4, 1500), number(5, 7), number(6, 0));
    return 0;
  }
  if (argc > 2 && std::string(argv[2]) == "long") {
    constexpr std::size_t kDaysOfOne = 30;
    constexpr double kPercent = 100;
    Options options{.seed = number(1, 1), .days = kDaysOfOne, .alerts = number(4, 2500)};
    options.truth_after = number(5, 7);
    options.staying = static_cast<double>(number(6, 90)) / kPercent;
    options.filed = static_cast<double>(number(7, 12)) / kPercent;
    options.skills = kSkills;
    play_long(options, number(3, 1000), std::max<std::size_t>(1, number(8, 10)));
    return 0;
  }
  Options options;
  options.seed = number(1, 1);
  options.days = number(2, 60);
  options.alerts = number(3, 2500);
  options.truth_after = number(4, 7);
  options.skills = kSkills;
  const auto begin = std::chrono::steady_clock::now();
  Market market(options);
  const Names names = fill(market, number(5, 16));
  play_all(market, names);
  play_copies(market, names);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  fmt::print("\n{:.0f} s\n\n", seconds.count());
}
