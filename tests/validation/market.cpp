#include "market.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <span>
#include <utility>

#include "metrics/correlation.h"
#include "models/boosting.h"
#include "validation/reference_stack.h"

namespace aml::validation::market {

namespace {

constexpr std::size_t kModels = 4;
constexpr std::size_t kTypologies = 5;
constexpr std::size_t kFeatures = 6;

// The producer's score of an address of its own, and its noise: which model sees how much of it.
double seen(double risk, std::size_t model, std::size_t typology, Dice& dice) {
  const double clear = (model + typology) % 3 == 0 ? 1.3 : 0.7;
  return clear * risk + 0.8 * dice.normal();
}

// Factor f as a function of features: mean 0, variance 1.
double of_features(std::span<const double> x, std::size_t f) {
  const std::size_t a = f % kFeatures;
  const std::size_t b = (f + 1 + f / kFeatures) % kFeatures;
  return (x[a] * x[b] + x[(f + 3) % kFeatures]) / std::sqrt(2.0);
}

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

double Dice::uniform() {
  constexpr double kRange = 9007199254740992.0;  // 2^53
  return (static_cast<double>(engine_() >> 11U) + 0.5) / kRange;
}

double Dice::normal() { return metrics::normal_quantile(uniform()); }

Market::Market(Options options) : options_(std::move(options)) {
  Dice dice(options_.seed);
  address_factor_.resize(options_.skills.size());
  for (std::size_t i = 0; i < options_.alerts; ++i) living_.push_back(i);
  for (std::size_t day = 0; day < options_.days; ++day) make_day(day, dice);
}

Market::Market(Options options, std::vector<Day> days) : options_(std::move(options)) {
  options_.recipe_truths = 0;
  for (Day& day : days) {
    day.number = days_.size();
    days_.push_back(std::move(day));
    appraise_public(days_.back());
  }
}

void Market::make_day(std::size_t number, Dice& dice) {
  constexpr double kOfAddress = 0.6;  // of a factor's deviation; the rest is the alert's
  Day& day = days_.emplace_back();
  day.number = number;
  day.models.resize(kModels);
  day.factors.resize(options_.skills.size());
  if (options_.learnable > 0) day.features.resize(kFeatures);
  for (std::size_t& address : living_) {
    if (number > 0 && dice.uniform() > options_.staying) address = address_risk_.size();
    if (address == address_risk_.size()) {
      address_risk_.push_back(dice.normal());
      for (std::vector<double>& factor : address_factor_) factor.push_back(dice.normal());
    }
    const std::size_t typology = dice.below(kTypologies);
    const double risk = kOfAddress * address_risk_[address] + 0.8 * dice.normal();
    double sum = 0;
    for (std::size_t m = 0; m < kModels; ++m) {
      day.models[m].push_back(seen(risk, m, typology, dice));
      sum += ((m + typology) % 3 == 0 ? 1.3 : 0.7) * day.models[m].back();
    }
    // Curved, and different by typology: what no single public model says.
    const double best = 0.35 * sum + 0.25 * std::max(day.models[0].back(), day.models[1].back()) +
                        (typology == 2 ? 0.5 : 0.0);
    double odds = best + std::log(options_.filed / (1 - options_.filed)) - 0.5;
    std::vector<double> features;
    for (std::size_t x = 0; x < day.features.size(); ++x) {
      features.push_back(dice.normal());
      day.features[x].push_back(features.back());
    }
    for (std::size_t f = 0; f < day.factors.size(); ++f) {
      double own = dice.normal();
      if (options_.learnable > 0) {
        own = std::sqrt(1 - options_.learnable) * own +
              std::sqrt(options_.learnable) * of_features(features, f);
      }
      const double factor = kOfAddress * address_factor_[f][address] + 0.8 * own;
      day.factors[f].push_back(factor);
      odds += options_.skills[f] * factor;
    }
    day.best_public.push_back(best);
    day.labels.push_back(dice.uniform() < logistic(odds) ? 1 : 0);
    day.address.push_back(address);
    day.facts.address.push_back("a" + std::to_string(address));
    day.facts.severity.emplace_back(risk > 1 ? "high" : "low");
    day.facts.typology.push_back("t" + std::to_string(typology));
    day.facts.confidence.push_back(logistic(0.5 * risk + dice.normal()));
  }
  if (options_.appraised) appraise_public(day);
}

void Market::add_history(Day& day) const {
  std::map<std::size_t, std::pair<double, double>> known;
  for (const std::size_t t : public_truths(day, days_.size())) {
    for (std::size_t i = 0; i < days_[t].labels.size(); ++i) {
      auto& [alerts, filed] = known[days_[t].address[i]];
      alerts += 1;
      filed += days_[t].labels[i];
    }
  }
  for (const std::size_t address : day.address) {
    const auto found = known.find(address);
    day.history.alerts.push_back(found == known.end() ? 0 : found->second.first);
    day.history.filed.push_back(found == known.end() ? 0 : found->second.second);
  }
}

// The newest days, oldest first, whose truth is public on a day.
std::vector<std::size_t> Market::public_truths(const Day& day, std::size_t most) const {
  const std::size_t end =
      day.number + 1 > options_.truth_after ? day.number + 1 - options_.truth_after : 0;
  std::vector<std::size_t> truths;
  for (std::size_t t = end > most ? end - most : 0; t < end; ++t) truths.push_back(t);
  return truths;
}

// What the recipe makes of public truths; where there are none, what the stock model says.
std::vector<double> Market::recipe(const Day& day) const {
  const std::vector<std::size_t> truths = public_truths(day, options_.recipe_truths);
  if (truths.empty()) return day.models[0];
  std::vector<std::vector<double>> columns;
  std::vector<float> labels;
  const auto append = [&](const Day& from) {
    std::vector<std::vector<double>> own(from.models.begin(), from.models.begin() + kModels);
    own.push_back(from.facts.confidence);
    own.insert(own.end(), from.features.begin(), from.features.end());
    columns.resize(own.size());
    for (std::size_t c = 0; c < own.size(); ++c) {
      columns[c].insert(columns[c].end(), own[c].begin(), own[c].end());
    }
  };
  for (const std::size_t t : truths) {
    append(days_[t]);
    labels.insert(labels.end(), days_[t].labels.begin(), days_[t].labels.end());
  }
  append(day);
  std::vector<std::size_t> rows(columns[0].size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  const std::span<const std::size_t> all(rows);
  const auto views = views_of(columns);
  // As `train` grows an alert scorer (models/recipe.cpp), in the words that Boosting has.
  const models::Boosting boosted(views, all.first(labels.size()), labels, {},
                                 {.objective = "binary",
                                  .leaves = 30,
                                  .trees = 500,
                                  .learning_rate = 0.024,
                                  .fewest_rows = 14,
                                  .seed = options_.seed});
  return boosted.raw(views, all.subspan(labels.size()));
}

void Market::appraise_public(Day& day) {
  add_history(day);
  if (options_.recipe_truths > 0) day.models.push_back(recipe(day));
  PublicDay shown;
  for (const std::vector<double>& model : day.models) shown.models.emplace_back(model);
  shown.facts = &day.facts;
  shown.history = &day.history;
  columns_.push_back(public_columns(shown));
  std::vector<TaughtDay> taught;
  for (const std::size_t t : public_truths(day, options_.taught_days)) {
    taught.push_back({&columns_[t], days_[t].labels});
  }
  const std::uint64_t seed = options_.seed * 1000 + day.number;
  std::vector<double> stock;
  for (const double odds : day.models[0]) stock.push_back(logistic(odds));
  day.appraised = appraised_day(columns_.back(), taught, stock, day.facts.address, seed);
}

void Market::add(const std::string& name, const Strategy& strategy, std::size_t identities) {
  const std::size_t first = identities_.size();
  std::vector<Dice> dice;
  for (std::size_t i = 0; i < identities; ++i) {
    identities_.push_back({name, {}});
    dice.emplace_back(options_.seed * 7919 + first + i);
  }
  for (const Day& day : days_) {
    std::vector<std::vector<double>> scores;
    std::vector<DayAnswer> answers;
    for (std::size_t i = 0; i < identities; ++i) scores.push_back(strategy(day, dice[i]));
    for (const std::vector<double>& one : scores) answers.push_back({"", one});
    auto own = own_information_of(day.appraised, answers, options_.threads);
    for (std::size_t i = 0; i < identities; ++i) {
      identities_[first + i].own.push_back(std::move(own[i]));
    }
  }
}

void Market::add_same(const std::string& name, const std::string& of, std::size_t identities) {
  const auto first = std::find_if(identities_.begin(), identities_.end(),
                                  [&](const Identity& identity) { return identity.name == of; });
  const std::vector<OwnInformation> own = first->own;
  for (std::size_t i = 0; i < identities; ++i) identities_.push_back({name, own});
}

std::vector<const OwnInformation*> Market::own_of(const std::string& name, std::size_t day) const {
  std::vector<const OwnInformation*> own;
  for (const Identity& identity : identities_) {
    if (identity.name == name) own.push_back(&identity.own[day]);
  }
  return own;
}

Outcome Market::play(const std::vector<std::string>& names, std::size_t hotkeys,
                     const std::vector<std::string>& anew, std::size_t truths) const {
  constexpr std::size_t kPatience = 5;  // truths without anything, before one registers again
  const std::set<std::string> playing(names.begin(), names.end());
  std::vector<const Identity*> in;
  for (const Identity& identity : identities_) {
    if (playing.contains(identity.name)) in.push_back(&identity);
  }
  std::vector<std::size_t> registered(in.size());  // the day
  std::vector<std::vector<double>> earned(in.size());
  std::vector<DayEvidence> evidence;
  Outcome outcome;
  double counted = 0;
  for (const Day& day : days_) {
    if (truths > 0 && day.number == truths) break;
    std::vector<DayAnswer> answers;
    std::vector<OwnInformation> own;
    for (std::size_t i = 0; i < in.size(); ++i) {
      answers.push_back({std::to_string(i) + "@" + std::to_string(registered[i]), {}});
      own.push_back(in[i]->own[day.number]);
    }
    std::vector<const DayEvidence*> earlier;
    for (std::size_t t = 0; t + options_.truth_after <= day.number; ++t) {
      earlier.push_back(&evidence[t]);
    }
    Appraisal appraisal = appraise(day.appraised, answers, own, day.labels, earlier,
                                   hotkeys == 0 ? in.size() : hotkeys, options_.threads);
    evidence.push_back(std::move(appraisal.evidence));
    if (earlier.empty()) continue;
    counted += 1;
    outcome.reference_points += appraisal.contribution.reference_points;
    outcome.blended_points += appraisal.contribution.blended_points;
    for (std::size_t i = 0; i < in.size(); ++i) {
      earned[i].push_back(appraisal.contribution.shares[i].points);
      const bool is_anew = std::find(anew.begin(), anew.end(), in[i]->name) != anew.end();
      if (is_anew && day.number >= registered[i] + kPatience && earned[i].back() <= 0) {
        registered[i] = day.number + 1;
      }
    }
  }
  outcome.reference_points /= counted;
  outcome.blended_points /= counted;
  std::vector<double> smoothed;
  for (std::size_t i = 0; i < in.size(); ++i) {
    smoothed.push_back(smoothed_contribution(earned[i]));
    for (const double points : earned[i]) outcome.points[in[i]->name] += points / counted;
  }
  const std::vector<double> weights = contribution_weights(smoothed);
  for (std::size_t i = 0; i < in.size(); ++i) outcome.weights[in[i]->name] += weights[i];
  return outcome;
}

namespace {

// From all models of a day at once, alert by alert.
Strategy of_models(std::function<double(const Day&, std::size_t)> value) {
  return [value = std::move(value)](const Day& day, Dice&) {
    std::vector<double> scores;
    for (std::size_t i = 0; i < day.labels.size(); ++i) scores.push_back(value(day, i));
    return scores;
  };
}

Strategy with_noise(double share) {
  return [share](const Day& day, Dice& dice) {
    std::vector<double> scores = gaussian_ranks(day.models[0]);
    for (double& score : scores) score = (1 - share) * score + share * dice.normal();
    return scores;
  };
}

// The same noise for an address on all days.
Strategy keyed_noise() {
  return [](const Day& day, Dice& dice) {
    std::vector<double> scores;
    for (const std::size_t address : day.address) {
      scores.push_back(Dice(dice.key() * 1000003 + address).normal());
    }
    return scores;
  };
}

// The same of 64 keys, of which the one is taken that agrees best with the truths that are public.
Strategy chosen_noise() {
  return [](const Day& day, Dice& dice) {
    std::pair<double, std::vector<double>> best{-HUGE_VAL, {}};
    for (std::uint64_t key = 64 * dice.key(); key < 64 * (dice.key() + 1); ++key) {
      std::vector<double> scores;
      double told = 0;
      for (std::size_t i = 0; i < day.address.size(); ++i) {
        std::uint64_t hash = (key * 1000003 + day.address[i] + 1) * 0x9e3779b97f4a7c15;
        hash = (hash ^ (hash >> 29)) * 0xbf58476d1ce4e5b9;
        scores.push_back(static_cast<double>((hash ^ (hash >> 32)) >> 11) * 0x1p-53 - 0.5);
        told += scores[i] * (day.history.filed[i] - 0.12 * day.history.alerts[i]);  // about so many
      }
      if (told > best.first) best = {told, std::move(scores)};
    }
    return best.second;
  };
}

}  // namespace

std::vector<std::pair<std::string, Strategy>> public_strategies() {
  return {
      {"stock", of_models([](const Day& d, std::size_t i) { return d.models[0][i]; })},
      {"confidence", of_models([](const Day& d, std::size_t i) { return d.facts.confidence[i]; })},
      {"blend", of_models([](const Day& d, std::size_t i) {
         return logistic(d.models[0][i]) + 0.7 * logistic(d.models[1][i]);
       })},
      {"mean", of_models([](const Day& d, std::size_t i) {
         return d.models[0][i] + d.models[1][i] + d.models[2][i] + d.models[3][i];
       })},
      {"maximum", of_models([](const Day& d, std::size_t i) {
         return std::max(d.models[0][i], d.models[1][i]);
       })},
      {"product", of_models([](const Day& d, std::size_t i) {
         return logistic(d.models[0][i]) * logistic(d.models[2][i]);
       })},
      {"choice", of_models([](const Day& d, std::size_t i) {
         return d
             .models[d.facts.typology[i] == "t0" ? 0 : (d.facts.typology[i] == "t1" ? 2 : 3)][i];
       })},
      {"quantized", of_models([](const Day& d, std::size_t i) {
         return std::round(3 * (d.models[0][i] + d.models[1][i]));
       })},
      {"inverted", of_models([](const Day& d, std::size_t i) {
         return d.models[1][i] - 0.5 * d.models[0][i];
       })},
      {"taught elsewhere", of_models([](const Day& d, std::size_t i) { return d.best_public[i]; })},
      {"history", of_models([](const Day& d, std::size_t i) {
         return d.models[0][i] + 2 * d.history.filed[i] / (d.history.alerts[i] + 1);
       })},
      {"stock and noise 40 %", with_noise(0.4)},
      {"stock and noise 20 %", with_noise(0.2)},
      {"noise", with_noise(1)},
      {"noise by address", keyed_noise()},
      {"noise by address, chosen", chosen_noise()},
  };
}

Strategy honest(std::size_t factor, double skill, double noise) {
  return [=](const Day& day, Dice& dice) {
    std::vector<double> scores;
    for (std::size_t i = 0; i < day.labels.size(); ++i) {
      const double known = day.factors[factor][i] + noise * dice.normal();
      scores.push_back(day.models[0][i] + day.models[1][i] + skill * known);
    }
    return scores;
  };
}

Strategy blended_with_public(std::size_t factor, double share) {
  return [=](const Day& day, Dice&) {
    std::vector<double> scores = gaussian_ranks(day.factors[factor]);
    const std::vector<double> stock = gaussian_ranks(day.models[0]);
    for (std::size_t i = 0; i < scores.size(); ++i) {
      scores[i] = (1 - share) * scores[i] + share * stock[i];
    }
    return scores;
  };
}

Strategy noisy_copy(std::size_t factor, double noise) {
  return [=](const Day& day, Dice& dice) {
    Dice common(1000 * day.number + factor);
    std::vector<double> scores;
    for (std::size_t i = 0; i < day.labels.size(); ++i) {
      const double known = day.factors[factor][i] + 0.5 * common.normal();
      scores.push_back(day.models[0][i] + day.models[1][i] + known + noise * dice.normal());
    }
    return scores;
  };
}

}  // namespace aml::validation::market
