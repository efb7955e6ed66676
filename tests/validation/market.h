#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "validation/appraisal.h"

// A made-up market of miners over many days, from a seed: addresses that persist, public models,
// private factors that a miner may know, and what each answer then earns. For tests of what is paid
// and for bench/economy.
namespace aml::validation::market {

struct Options {
  std::uint64_t seed = 1;
  std::size_t days = 24;
  std::size_t alerts = 1500;
  double filed = 0.12;           // share of alerts, about
  double staying = 0.9;          // of addresses, from one day to the next
  std::size_t truth_after = 2;   // days until a truth is public
  std::size_t taught_days = 12;  // newest public truths that q learns from
  std::vector<double> skills{0.7, 0.6, 0.5, 0.42, 0.35, 0.28};  // log-odds of each private factor
  // Of a factor's part that is the alert's: the share that is a function of the alert's features,
  // which everyone sees. 0: there are no features.
  double learnable = 0;
  // Newest public truths from which one more public model learns what features and public models
  // say, as the recipe of `train` does; 0: no public model sees features.
  std::size_t recipe_truths = 0;
  bool appraised = true;  // false: days are made, and nothing can be added or played
  int threads = 2;
};

// Uniform and normal numbers that do not differ between standard libraries.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : key_(seed), engine_(seed) {}
  std::uint64_t key() const { return key_; }
  double uniform();
  double normal();
  std::size_t below(std::size_t end) { return engine_() % end; }

 private:
  std::uint64_t key_;
  std::mt19937_64 engine_;
};

// A day as everyone sees it, and what only some know.
struct Day {
  std::size_t number = 0;
  AlertFacts facts;
  std::vector<std::size_t> address;           // as a number, for what is keyed to it
  std::vector<std::vector<double>> models;    // public ones, log-odds; the recipe's last
  std::vector<double> best_public;            // what the best function of all that is public says
  std::vector<std::vector<double>> factors;   // private ones
  std::vector<std::vector<double>> features;  // of Options::learnable
  std::vector<int> labels;
  AddressHistory history;  // of truths public on that day
  AppraisedDay appraised;
};

// What a miner answers: any numbers, of which their order counts.
using Strategy = std::function<std::vector<double>(const Day& day, Dice& dice)>;

struct Outcome {
  std::map<std::string, double> points;   // mean of a day, over the days on which b could be known
  std::map<std::string, double> weights;  // after the last day
  double reference_points = 0;            // means over the same days
  double blended_points = 0;
};

class Market {
 public:
  explicit Market(Options options);
  // Of days that are given, in their order: facts, address, models (log-odds, as many on each day,
  // the stock model first) and labels. Options::alerts, filed, staying, skills and recipe_truths
  // mean nothing.
  Market(Options options, std::vector<Day> days);

  const Options& options() const { return options_; }
  const std::vector<Day>& days() const { return days_; }
  // Adds identities of one strategy: own dice for each, so that what is drawn differs.
  void add(const std::string& name, const Strategy& strategy, std::size_t identities = 1);
  // Further identities that answer exactly what the first one named `of` does.
  void add_same(const std::string& name, const std::string& of, std::size_t identities);
  // What those with these names earn when no others are there, among `hotkeys` of the subnet (0: as
  // many as there are). Several identities of a name are added up. `anew` names strategies whose
  // identities register again whenever they have earned nothing for five truths.
  // `truths` other than 0: of the first so many days alone, whose weights are those after as many
  // truths.
  Outcome play(const std::vector<std::string>& names, std::size_t hotkeys = 0,
               const std::vector<std::string>& anew = {}, std::size_t truths = 0) const;
  // What the identities of a name have of their own on a day.
  std::vector<const OwnInformation*> own_of(const std::string& name, std::size_t day) const;

 private:
  struct Identity {
    std::string name;
    std::vector<OwnInformation> own;  // by day
  };

  void make_day(std::size_t number, Dice& dice);
  void add_history(Day& day) const;
  std::vector<std::size_t> public_truths(const Day& day, std::size_t most) const;
  std::vector<double> recipe(const Day& day) const;
  void appraise_public(Day& day);

  Options options_;
  std::vector<double> address_risk_;
  std::vector<std::vector<double>> address_factor_;  // [factor][address]
  std::vector<std::size_t> living_;
  std::vector<Day> days_;
  std::vector<PublicColumns> columns_;  // of each day, without q
  std::vector<Identity> identities_;
};

// The strategies that have no information of their own.
std::vector<std::pair<std::string, Strategy>> public_strategies();
// Whoever knows a private factor: its best public guess and the factor, seen with so much noise.
Strategy honest(std::size_t factor, double skill, double noise);
// The factor itself, `share` of it replaced by the stock model, on the scale of ranks.
Strategy blended_with_public(std::size_t factor, double share);
// One model, known to all who have this strategy, with so much noise of their own on it.
Strategy noisy_copy(std::size_t factor, double noise);

}  // namespace aml::validation::market
