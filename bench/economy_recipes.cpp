// economy_recipes FILE SEED TRUTH_AFTER: what a market pays for answers that real models give.
//
// FILE, which bench/economy-recipes makes, has a line of JSON for each day: address, severity,
// typology and confidence (null where there is none) of its alerts, labels, the public models'
// log-odds, and answers by name. Beside them eight miners each know a private factor of falling
// worth. Prints a line of JSON: by name, points a day and share of all weight where that name
// stands alone beside the eight, the share of its answer that is public, and its weight where all
// play.
#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <iostream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/parse_number.h"
#include "market.h"
#include "metrics/odds.h"

using namespace aml::validation::market;

namespace {

using nlohmann::json;
using Answers = std::vector<std::map<std::string, std::vector<double>>>;

constexpr std::size_t kHotkeys = 64;
const std::vector<double> kSkills{0.7, 0.6, 0.5, 0.42, 0.35, 0.28, 0.22, 0.18};

Day day_of(const json& line, std::map<std::string, std::size_t>& addresses) {
  Day day;
  line.at("address").get_to(day.facts.address);
  line.at("severity").get_to(day.facts.severity);
  line.at("typology").get_to(day.facts.typology);
  line.at("models").get_to(day.models);
  line.at("labels").get_to(day.labels);
  for (const json& confidence : line.at("confidence")) {
    day.facts.confidence.push_back(confidence.is_null() ? std::numeric_limits<double>::quiet_NaN()
                                                        : confidence.get<double>());
  }
  for (const std::string& address : day.facts.address) {
    day.address.push_back(addresses.try_emplace(address, addresses.size()).first->second);
  }
  return day;
}

// What anyone has, and a factor that is worth `skill` log-odds for a standard deviation: given the
// label it is normal, and that far apart.
Strategy knowing(double skill) {
  return [=](const Day& day, Dice& dice) {
    std::vector<double> scores;
    for (std::size_t i = 0; i < day.labels.size(); ++i) {
      const double odds = day.appraised.log_odds[i];
      const double factor = skill * (day.labels[i] - aml::metrics::chance(odds)) + dice.normal();
      scores.push_back(odds + skill * factor);
    }
    return scores;
  };
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  std::ifstream file(argv[1]);
  std::map<std::string, std::size_t> addresses;
  std::vector<Day> days;
  Answers answers;
  for (std::string text; std::getline(file, text);) {
    const json line = json::parse(text);
    days.push_back(day_of(line, addresses));
    line.at("answers").get_to(answers.emplace_back());
  }
  if (days.empty()) return 3;
  Options options;
  options.seed = aml::parse_number<std::size_t>(argv[2]).value_or(1);
  options.truth_after = aml::parse_number<std::size_t>(argv[3]).value_or(1);
  options.taught_days = 10;  // the validator's
  Market market(options, std::move(days));

  std::vector<std::string> honest;
  for (const double skill : kSkills) {
    honest.push_back(fmt::format("knows {:.2f}", skill));
    market.add(honest.back(), knowing(skill));
  }
  json report;
  const auto tell = [&](const std::string& name, const Outcome& outcome) {
    report[name] = {{"points", outcome.points.at(name)}, {"weight", outcome.weights.at(name)}};
    double explained = 0;
    for (const Day& day : market.days()) explained += market.own_of(name, day.number)[0]->explained;
    report[name]["explained"] = explained / static_cast<double>(market.days().size());
  };
  const Outcome alone = market.play(honest, kHotkeys);
  for (const std::string& name : honest) tell(name, alone);
  for (const auto& [name, scores] : answers.front()) {
    market.add(name, [&, of = name](const Day& day, Dice&) { return answers[day.number].at(of); });
    std::vector<std::string> playing = honest;
    playing.push_back(name);
    tell(name, market.play(playing, kHotkeys));
  }
  std::vector<std::string> all = honest;
  for (const auto& [name, scores] : answers.front()) all.push_back(name);
  const Outcome together = market.play(all, kHotkeys);
  for (const std::string& name : all) report[name]["together"] = together.weights.at(name);
  report["q"] = {{"points", alone.reference_points}};
  std::cout << report << '\n';
}
