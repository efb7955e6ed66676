#include "economy_long.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "metrics/correlation.h"
#include "metrics/odds.h"
#include "validation/contribution.h"
#include "validation/evidence.h"
#include "validation/ground_truth.h"
#include "validation/own_information.h"
#include "validation/public_columns.h"

using namespace aml::validation;
using namespace aml::validation::market;

namespace {

constexpr std::size_t kHotkeys = 64;  // of the subnet
constexpr std::size_t kTruths = 20;   // after which weights are held against skill
constexpr double kSeenWith = 0.5;     // noise with which honest miners see their factor
constexpr std::uint64_t kNextSeed = 1'000'000;
constexpr std::size_t kNoises = 2;  // identities of each noise in a market
const std::vector<std::string> kNoiseNames{"noise", "noise by address"};

struct Mean {
  double value = 0;
  double error = 0;  // standard error
};

Mean mean_of(std::span<const double> values) {
  Mean mean;
  const auto count = static_cast<double>(values.size());
  for (const double value : values) mean.value += value / count;
  for (const double value : values) mean.error += (value - mean.value) * (value - mean.value);
  mean.error = count > 1 ? std::sqrt(mean.error / (count - 1) / count) : 0;
  return mean;
}

std::string shown(const Mean& mean, int digits) {
  constexpr double kInterval = 1.96;
  return fmt::format("{:.{}f} ({:.{}f} to {:.{}f})", mean.value, digits,
                     mean.value - kInterval * mean.error, digits,
                     mean.value + kInterval * mean.error, digits);
}

std::vector<std::string> names_of_honest(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t f = 0; f < count; ++f) names.push_back(fmt::format("honest {}", f + 1));
  return names;
}

std::vector<std::span<const double>> spans_of(const std::vector<std::vector<double>>& columns) {
  return {columns.begin(), columns.end()};
}

// Points that others than the ensemble have, on the days after kTruths.
struct Beside {
  std::vector<double> ensemble;  // by market: the mean of a day
  std::vector<double> reference;
  std::vector<double> best_answer;  // of the honest miners, the one that is best on these days
  std::vector<double> equal_weights;

  // `late` is the outcome of all days, `early` that of the first kTruths.
  void add(const Market& market, const std::vector<std::string>& names, const Outcome& late,
           const Outcome& early) {
    const auto count = static_cast<double>(market.options().days - kTruths);
    // Means begin with the first day that has a truth before it.
    const auto all = static_cast<double>(market.options().days - market.options().truth_after);
    const auto of_late = [&](double late_mean, double early_mean) {
      return (late_mean * all - early_mean * (all - count)) / count;
    };
    ensemble.push_back(of_late(late.blended_points, early.blended_points));
    reference.push_back(of_late(late.reference_points, early.reference_points));
    std::vector<double> answers(names.size());
    double equal = 0;
    for (std::size_t d = kTruths; d < market.options().days; ++d) {
      const Day& day = market.days()[d];
      std::vector<double> sum(day.labels.size());
      for (std::size_t f = 0; f < names.size(); ++f) {
        Dice dice(1000 * d + f);
        const std::vector<double> scores = honest(f, 1, kSeenWith)(day, dice);
        answers[f] += check_ground_truth(scores, day.labels)->score / count;
        const std::vector<double> ranks = gaussian_ranks(scores);
        for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += ranks[i];
      }
      equal += check_ground_truth(sum, day.labels)->score / count;
    }
    best_answer.push_back(*std::max_element(answers.begin(), answers.end()));
    equal_weights.push_back(equal);
  }

  void print() const {
    const auto beside = [&](const char* name, const std::vector<double>& other) {
      std::vector<double> less;
      for (std::size_t i = 0; i < other.size(); ++i) less.push_back(ensemble[i] - other[i]);
      fmt::print("| {} | {} | {} |\n", name, shown(mean_of(other), 4), shown(mean_of(less), 4));
    };
    fmt::print("\n| after {} truths | points a day | the ensemble has more |\n|---|---|---|\n",
               kTruths);
    beside("the ensemble", ensemble);
    beside("q", reference);
    beside("the best honest answer by itself", best_answer);
    beside("the mean of all honest answers' ranks", equal_weights);
  }
};

// How far from their truth, in standard errors, those are found who know nothing.
struct Coverage {
  std::vector<std::vector<double>> sigmas{kNoiseNames.size()};
  std::vector<int> trusted{std::vector<int>(kNoiseNames.size())};

  void add(const Market& market) {
    for (std::size_t n = 0; n < kNoiseNames.size(); ++n) {
      std::vector<DayEvidence> days;
      std::vector<std::string> identities;
      for (std::size_t i = 0; i < kNoises; ++i) identities.push_back(std::to_string(i));
      for (const Day& day : market.days()) {
        std::vector<std::span<const double>> own;
        for (const OwnInformation* one : market.own_of(kNoiseNames[n], day.number)) {
          own.emplace_back(one->values);
        }
        days.push_back(evidence_of(identities, own, day.appraised.log_odds, day.labels,
                                   day.appraised.codes, market.options().threads));
      }
      std::vector<const DayEvidence*> earlier;
      for (const DayEvidence& day : days) earlier.push_back(&day);
      for (const Trust& trust : aml::validation::trusted(identities, earlier, kHotkeys)) {
        sigmas[n].push_back(trust.sigmas);
        trusted[n] += trust.trust > 0 ? 1 : 0;
      }
    }
  }

  void print(std::size_t truths) const {
    fmt::print(
        "\n| after {} truths | identities | root mean square of standard errors found | beyond "
        "1.96 | beyond 3 | highest | believed |\n|---|---|---|---|---|---|---|\n",
        truths);
    for (std::size_t n = 0; n < kNoiseNames.size(); ++n) {
      double squares = 0;
      int beyond_two = 0;
      int beyond_three = 0;
      for (const double sigma : sigmas[n]) {
        squares += sigma * sigma / static_cast<double>(sigmas[n].size());
        beyond_two += std::abs(sigma) > 1.96 ? 1 : 0;
        beyond_three += std::abs(sigma) > 3 ? 1 : 0;
      }
      fmt::print("| {} | {} | {:.3f} | {} | {} | {:.2f} | {} |\n", kNoiseNames[n], sigmas[n].size(),
                 std::sqrt(squares), beyond_two, beyond_three,
                 *std::max_element(sigmas[n].begin(), sigmas[n].end()), trusted[n]);
    }
  }
};

// What is public of a day, best said: slope · best + intercept, by Newton's method.
struct Calibrated {
  double slope = 1;
  double intercept = 0;

  explicit Calibrated(const Market& market) {
    constexpr int kSteps = 12;
    for (int step = 0; step < kSteps; ++step) {
      double gain[2] = {0, 0};
      double spread[3] = {0, 0, 0};  // of slope, both, intercept
      for (const Day& day : market.days()) {
        for (std::size_t i = 0; i < day.labels.size(); ++i) {
          const double x = day.best_public[i];
          const double p = aml::metrics::chance(slope * x + intercept);
          gain[0] += x * (day.labels[i] - p);
          gain[1] += day.labels[i] - p;
          spread[0] += x * x * p * (1 - p);
          spread[1] += x * p * (1 - p);
          spread[2] += p * (1 - p);
        }
      }
      const double determinant = spread[0] * spread[2] - spread[1] * spread[1];
      slope += (spread[2] * gain[0] - spread[1] * gain[1]) / determinant;
      intercept += (spread[0] * gain[1] - spread[1] * gain[0]) / determinant;
    }
  }
};

// A day as it is where everything is known exactly: q, and of each honest miner what it has of its
// own, which no public model says anything of.
struct TrueDay {
  std::vector<double> log_odds;
  std::vector<std::vector<double>> own;
  std::vector<std::uint64_t> codes;
  std::span<const int> labels;

  TrueDay(const Day& day, const Calibrated& q, Dice& dice) : labels(day.labels) {
    for (const double best : day.best_public) log_odds.push_back(q.slope * best + q.intercept);
    for (const std::vector<double>& factor : day.factors) {
      std::vector<double>& known = own.emplace_back();
      for (const double value : factor) known.push_back(value + kSeenWith * dice.normal());
      known = gaussian_ranks(known);
    }
    codes = address_codes(day.facts.address);
  }
};

// By honest miner, its mean share of a day in each of the markets that the days come from.
class TrueShares {
 public:
  TrueShares(Options options, std::vector<std::string> names)
      : options_(std::move(options)), names_(std::move(names)), dice_(options_.seed) {
    options_.appraised = false;
    options_.days = kDays;
    std::vector<DayEvidence> days;
    const Market market = next();
    q_ = std::make_unique<Calibrated>(market);
    learn(market, days);
    while (days.size() < kKnown) learn(next(), days);
    std::vector<const DayEvidence*> all;
    for (const DayEvidence& day : days) all.push_back(&day);
    for (const Trust& trust : trusted(names_, all, kHotkeys)) {
      blend_.push_back(trust.blend);
      alone_.push_back(trust.alone);
    }
  }

  std::vector<std::vector<double>> over(std::size_t days) {
    std::vector<std::vector<double>> points(names_.size());
    for (std::size_t done = 0; done < days; done += kDays) {
      const Market market = next();
      for (std::vector<double>& of_miner : points) of_miner.push_back(0);
      for (const Day& one : market.days()) {
        const TrueDay day(one, *q_, dice_);
        const auto shared = contribution_of(day.log_odds, spans_of(day.own), blend_, alone_,
                                            day.labels, day.codes, options_.threads);
        for (std::size_t f = 0; f < names_.size(); ++f) {
          points[f].back() += shared.shares[f].points / static_cast<double>(kDays);
        }
      }
    }
    return points;
  }

 private:
  static constexpr std::size_t kDays = 20;    // of one market
  static constexpr std::size_t kKnown = 200;  // days that tell b

  Market next() {
    options_.seed += kNextSeed;
    return Market(options_);
  }
  void learn(const Market& market, std::vector<DayEvidence>& days) {
    for (const Day& one : market.days()) {
      const TrueDay day(one, *q_, dice_);
      days.push_back(evidence_of(names_, spans_of(day.own), day.log_odds, day.labels, day.codes,
                                 options_.threads));
    }
  }

  Options options_;
  std::vector<std::string> names_;
  Dice dice_;
  std::unique_ptr<Calibrated> q_;
  std::vector<double> blend_;
  std::vector<double> alone_;
};

void print_order(const std::vector<std::vector<double>>& points,
                 const std::vector<std::vector<double>>& after_20,
                 const std::vector<std::vector<double>>& after_all, const Options& options) {
  std::vector<double> truth;
  for (const auto& of_miner : points) truth.push_back(mean_of(of_miner).value);
  fmt::print(
      "| honest miner knows | true points a day | weight after {} truths | without weight after "
      "{} |\n|---|---|---|---|\n",
      kTruths, options.days);
  for (std::size_t f = 0; f < truth.size(); ++f) {
    std::vector<double> weights;
    std::size_t zeros = 0;
    for (std::size_t m = 0; m < after_20.size(); ++m) {
      weights.push_back(after_20[m][f]);
      zeros += after_all[m][f] > 0 ? 0 : 1;
    }
    fmt::print("| {:.2f} | {} | {} | {} of {} |\n", options.skills[f], shown(mean_of(points[f]), 5),
               shown(mean_of(weights), 4), zeros, after_all.size());
  }
  std::vector<double> order;
  for (const std::vector<double>& weights : after_20) {
    order.push_back(aml::metrics::spearman(weights, truth).value_or(0));
  }
  const auto enough =
      std::count_if(order.begin(), order.end(), [](double rho) { return rho >= 0.9; });
  fmt::print(
      "\nSpearman's correlation of weights after {} truths with true points: mean {}, least "
      "{:.3f}, "
      "at least 0.9 in {} of {} markets; of what is known with true points {:.3f}\n",
      kTruths, shown(mean_of(order), 3), *std::min_element(order.begin(), order.end()), enough,
      order.size(), aml::metrics::spearman(options.skills, truth).value_or(0));
}

}  // namespace

void play_long(const Options& options, std::size_t true_days, std::size_t markets) {
  const auto begin = std::chrono::steady_clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  const std::vector<std::string> names = names_of_honest(options.skills.size());
  const auto points = TrueShares(options, names).over(true_days);
  fmt::print(stderr, "true shares after {:.0f} s\n", seconds());
  std::vector<std::vector<double>> after_20;
  std::vector<std::vector<double>> after_all;
  Beside beside;
  Coverage coverage;
  double filed = 0;
  for (std::size_t m = 0; m < markets; ++m) {
    Options one = options;
    one.seed = options.seed * 1000 + m;
    Market market(one);
    for (std::size_t f = 0; f < names.size(); ++f) market.add(names[f], honest(f, 1, kSeenWith));
    for (const auto& [name, strategy] : public_strategies()) {
      if (std::ranges::count(kNoiseNames, name) > 0) market.add(name, strategy, kNoises);
    }
    const auto weights = [&](const Outcome& outcome) {
      std::vector<double> all;
      for (const std::string& name : names) all.push_back(outcome.weights.at(name));
      return all;
    };
    const Outcome late = market.play(names, kHotkeys);
    const Outcome early = market.play(names, kHotkeys, {}, kTruths);
    after_20.push_back(weights(early));
    after_all.push_back(weights(late));
    beside.add(market, names, late, early);
    coverage.add(market);
    for (const Day& day : market.days()) {
      filed += static_cast<double>(std::count(day.labels.begin(), day.labels.end(), 1));
    }
    fmt::print(stderr, "{} markets after {:.0f} s\n", m + 1, seconds());
  }
  fmt::print("{} true days; {} markets of {} days, {} alerts and {:.0f} filed a day\n\n", true_days,
             markets, options.days, options.alerts,
             filed / static_cast<double>(markets * options.days));
  print_order(points, after_20, after_all, options);
  beside.print();
  coverage.print(options.days);
  fmt::print("\n{:.0f} s\n\n", seconds());
}
