#include "market_schemes.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <span>

#include "metrics/odds.h"
#include "validation/least_squares.h"
#include "validation/public_columns.h"

namespace aml::validation::market {

namespace {

using Columns = std::vector<std::vector<double>>;

// Weights x with columns · x nearest to y; a little ridge keeps equal columns apart.
std::vector<double> fitted(const Columns& columns, std::span<const double> y) {
  std::vector<std::span<const double>> all(columns.begin(), columns.end());
  all.emplace_back(y);
  std::vector<std::size_t> rows(y.size());
  std::iota(rows.begin(), rows.end(), 0);
  const std::vector<double> ones(y.size(), 1);
  std::vector<double> products(all.size() * all.size());
  add_products(all, rows, ones, products);
  const std::size_t size = columns.size();
  std::vector<double> gram(size * size);
  std::vector<double> right(size);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < size; ++j) gram[i * size + j] = products[i * all.size() + j];
    gram[i * size + i] += 1;
    right[i] = products[i * all.size() + size];
  }
  return Cholesky(std::move(gram), size).solve(right);
}

std::vector<double> sum_of(const Columns& columns, std::span<const double> weights) {
  std::vector<double> sum(columns[0].size());
  for (std::size_t c = 0; c < columns.size(); ++c) {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += weights[c] * columns[c][i];
  }
  return sum;
}

Columns public_ranks(const Day& day) {
  Columns columns{std::vector<double>(day.labels.size(), 1), gaussian_ranks(day.best_public)};
  for (const std::vector<double>& model : day.models) columns.push_back(gaussian_ranks(model));
  return columns;
}

// All products of degree two of the features, and these themselves.
Columns monomials(const Day& day) {
  Columns columns{std::vector<double>(day.labels.size(), 1)};
  for (std::size_t a = 0; a < day.features.size(); ++a) {
    columns.push_back(day.features[a]);
    for (std::size_t b = 0; b <= a; ++b) {
      std::vector<double>& product = columns.emplace_back();
      for (std::size_t i = 0; i < day.labels.size(); ++i) {
        product.push_back(day.features[a][i] * day.features[b][i]);
      }
    }
  }
  return columns;
}

std::vector<double> known_of(const Day& day, std::size_t factor) {
  Dice common(1000 * day.number + factor);
  std::vector<double> known;
  for (const double value : day.factors[factor]) known.push_back(value + 0.5 * common.normal());
  return known;
}

std::vector<double> published(const Market& market, const Day& day, const Lesson& lesson) {
  std::vector<double> scores = day.best_public;
  if (lesson.of) {
    Dice none(0);
    scores = noisy_copy(*lesson.of, 0)(day, none);
  } else {
    for (std::size_t f = 0; f < day.factors.size(); ++f) {
      const std::vector<double> known = known_of(day, f);
      for (std::size_t i = 0; i < scores.size(); ++i) {
        scores[i] += market.options().skills[f] * known[i];
      }
    }
  }
  std::vector<double> ranks = gaussian_ranks(scores);
  if (!lesson.in_bands) return ranks;
  constexpr double kBands = 20;
  for (double& rank : ranks) rank = std::floor(kBands * 0.5 * std::erfc(-rank / std::sqrt(2.0)));
  return gaussian_ranks(ranks);
}

// What a day's truth says beyond q.
std::vector<double> surprise(const Day& day) {
  std::vector<double> own;
  for (std::size_t i = 0; i < day.labels.size(); ++i) {
    own.push_back(day.labels[i] - metrics::chance(day.appraised.log_odds[i]));
  }
  return own;
}

// What a lesson's day holds beyond the public.
std::vector<double> own_part(const Market& market, const Day& day, const Lesson& lesson) {
  if (lesson.of_truths) return surprise(day);
  std::vector<double> own = published(market, day, lesson);
  const Columns known = public_ranks(day);
  const std::vector<double> explained = sum_of(known, fitted(known, own));
  for (std::size_t i = 0; i < own.size(); ++i) own[i] -= explained[i];
  return own;
}

std::vector<double> distilled(const Market& market, const Day& day, const Lesson& lesson) {
  const std::size_t end = day.number + 1 > lesson.after ? day.number + 1 - lesson.after : 0;
  if (end == 0) return std::vector<double>(day.labels.size(), 0);
  Columns features;
  std::vector<double> taught;
  std::map<std::size_t, Columns> own;
  for (std::size_t t = 0; t < end; ++t) own[t] = {own_part(market, market.days()[t], lesson)};
  for (std::size_t t = end > lesson.lessons ? end - lesson.lessons : 0; t < end; ++t) {
    const Columns more = monomials(market.days()[t]);
    features.resize(more.size());
    for (std::size_t c = 0; c < more.size(); ++c) {
      features[c].insert(features[c].end(), more[c].begin(), more[c].end());
    }
    taught.insert(taught.end(), own[t][0].begin(), own[t][0].end());
  }
  std::vector<double> weights = fitted(features, taught);
  if (lesson.learned == Learned::addresses) weights.assign(weights.size(), 0);
  std::map<std::size_t, std::pair<double, double>> of_address;  // sum and count
  for (std::size_t t = 0; t < end; ++t) {
    const std::vector<double> learned = sum_of(monomials(market.days()[t]), weights);
    for (std::size_t i = 0; i < learned.size(); ++i) {
      auto& [sum, count] = of_address[market.days()[t].address[i]];
      sum += own[t][0][i] - learned[i];
      count += 1;
    }
  }
  // An alert's own deviation over its address's, squared; a label says less than a score.
  const double shrunk = lesson.of_truths ? 25 : 2.5;
  std::vector<double> says = sum_of(monomials(day), weights);
  if (lesson.learned == Learned::features) return says;
  for (std::size_t i = 0; i < says.size(); ++i) {
    const auto found = of_address.find(day.address[i]);
    if (found != of_address.end()) says[i] += found->second.first / (found->second.second + shrunk);
  }
  return says;
}

std::vector<double> noise(const Day& day, Dice& dice) {
  std::vector<double> scores;
  for (std::size_t i = 0; i < day.labels.size(); ++i) scores.push_back(dice.normal());
  return scores;
}

constexpr std::uint64_t kHidingSeed = 90'001;

}  // namespace

Strategy distiller(const Market& market, const Lesson& lesson) {
  return [&market, lesson](const Day& day, Dice&) { return distilled(market, day, lesson); };
}

Strategy inverted_distiller(const Market& market, const Lesson& lesson) {
  return [&market, lesson](const Day& day, Dice& dice) {
    std::vector<double> says = distilled(market, day, lesson);
    for (double& one : says) one = -one + 0.1 * dice.normal();
    return says;
  };
}

Strategy present(std::size_t factor, bool (*is_present)(std::size_t day), bool noise_else) {
  return [=](const Day& day, Dice& dice) {
    if (is_present(day.number)) return noisy_copy(factor, 0)(day, dice);
    return noise_else ? noise(day, dice) : std::vector<double>(day.labels.size(), 0);
  };
}

Strategy shared_noise() {
  return [](const Day& day, Dice& dice) {
    Dice common(kHidingSeed + day.number);
    std::vector<double> scores = noise(day, common);
    for (double& score : scores) score += 0.1 * dice.normal();
    return scores;
  };
}

Strategy hidden(std::optional<std::size_t> factor) {
  return [=](const Day& day, Dice&) {
    Dice common(2 * kHidingSeed + day.number);
    std::vector<double> scores = factor ? known_of(day, *factor) : gaussian_ranks(day.models[1]);
    for (double& score : scores) score += 2 * common.normal();
    return scores;
  };
}

Strategy key_of_hidden() {
  return [](const Day& day, Dice&) {
    Dice common(2 * kHidingSeed + day.number);
    std::vector<double> scores = noise(day, common);
    for (double& score : scores) score = -score;
    return scores;
  };
}

Strategy shuffled_top(const Strategy& inner) {
  return [inner](const Day& day, Dice& dice) {
    std::vector<double> scores = gaussian_ranks(inner(day, dice));
    constexpr double kTop = 1.645;
    for (double& score : scores) {
      if (score > kTop) score = kTop + dice.uniform();
    }
    return scores;
  };
}

}  // namespace aml::validation::market
