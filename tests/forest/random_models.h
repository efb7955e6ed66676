#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "forest/forest.h"
#include "lightgbm_reference.h"

// Random models of every kind the reader takes, grown by LightGBM, and rows that are hard on them.
namespace aml::forest::reference {

using Random = std::mt19937_64;

inline int whole(Random& random, int low, int high) {
  return std::uniform_int_distribution<int>(low, high)(random);
}
inline bool chance(Random& random, double p) { return std::bernoulli_distribution(p)(random); }

template <typename T>
const T& one_of(Random& random, const std::vector<T>& options) {
  return options[static_cast<std::size_t>(whole(random, 0, static_cast<int>(options.size()) - 1))];
}

// How a column's values look.
enum class ColumnKind { normal, skewed, few_values, mostly_zero, tiny, constant, category };

struct RandomModel {
  std::string parameters;
  Data data;  // what it was trained on
  std::string text;
};

inline double random_value(Random& random, ColumnKind kind) {
  const double normal = std::normal_distribution<double>()(random);
  switch (kind) {
    case ColumnKind::normal:
      return normal;
    case ColumnKind::skewed:
      return std::exp(5 * normal);
    case ColumnKind::few_values:
      return whole(random, -3, 3);
    case ColumnKind::mostly_zero:
      return chance(random, 0.7) ? 0 : normal;
    case ColumnKind::tiny:  // around LightGBM's zero, 1e-35
      return normal * 1e-35;
    case ColumnKind::constant:
      return 1;
    case ColumnKind::category:
      return std::floor(std::exp(std::abs(normal) * 2)) - 1;
  }
  return 0;
}

inline std::string random_objective(Random& random) {
  static const std::vector<std::string> objectives = {"binary",
                                                      "binary sigmoid=0.7",
                                                      "binary is_unbalance=true",
                                                      "binary boost_from_average=false",
                                                      "regression",
                                                      "regression reg_sqrt=true",
                                                      "regression boost_from_average=false",
                                                      "regression_l1",
                                                      "huber",
                                                      "fair",
                                                      "quantile alpha=0.3",
                                                      "mape",
                                                      "poisson",
                                                      "gamma",
                                                      "tweedie",
                                                      "cross_entropy",
                                                      "cross_entropy_lambda",
                                                      "lambdarank",
                                                      "rank_xendcg"};
  return one_of(random, objectives);
}

inline void add_labels(Random& random, const std::string& objective, Data& data) {
  const bool ranks = objective.starts_with("lambdarank") || objective.starts_with("rank_xendcg");
  const bool both = objective.starts_with("binary") || objective.starts_with("cross");
  for (std::size_t row = 0; row < data.rows; ++row) {
    double signal = std::normal_distribution<double>()(random) * 0.3;
    for (std::size_t f = 0; f < data.features; ++f) {
      const double value = data.at(row, f);
      const double bounded = std::isnan(value) ? 0.8 : std::atan(value);
      signal += std::sin(bounded * static_cast<double>(3 + f)) / static_cast<double>(1 + f);
    }
    double label = std::exp(signal);  // positive, as poisson, gamma and tweedie want it
    if (ranks) label = std::clamp(std::floor(signal * 2), 0.0, 4.0);
    if (both) label = signal > 0 ? 1 : 0;
    if (objective.starts_with("regression")) label = signal;
    data.labels.push_back(static_cast<float>(label));
  }
  if (!ranks) return;
  for (std::size_t left = data.rows; left > 0;) {
    const auto length = std::min<std::size_t>(left, static_cast<std::size_t>(whole(random, 1, 40)));
    data.queries.push_back(static_cast<std::int32_t>(length));
    left -= length;
  }
}

inline std::string random_parameters(Random& random, int leaves) {
  std::string text = "objective=" + random_objective(random);
  text += one_of<std::string>(
      random, {" boosting=gbdt", " boosting=gbdt bagging_fraction=0.7 bagging_freq=1",
               " boosting=dart drop_rate=0.5", " boosting=gbdt data_sample_strategy=goss",
               " boosting=rf bagging_fraction=0.6 bagging_freq=1 feature_fraction=0.8"});
  text += fmt::format(
      " num_leaves={} min_data_in_leaf={} min_sum_hessian_in_leaf=1e-3 learning_rate={} max_bin={}",
      leaves, whole(random, 1, 5), one_of<double>(random, {0.02, 0.3, 1}),
      one_of<int>(random, {7, 63, 255}));
  text +=
      fmt::format(" use_missing={} zero_as_missing={}", chance(random, 0.8), chance(random, 0.3));
  text += fmt::format(" max_cat_to_onehot={} min_data_per_group=1 cat_smooth=1 cat_l2=1",
                      one_of<int>(random, {1, 4, 20}));
  if (chance(random, 0.1)) text += " min_gain_to_split=1e9";  // constant trees
  if (chance(random, 0.1)) text += " extra_trees=true";
  if (chance(random, 0.1)) text += " path_smooth=2";
  return text + fmt::format(" seed={} num_threads=1 verbosity=-1", whole(random, 1, 1000000));
}

inline Data random_data(Random& random, std::size_t rows, std::string& parameters) {
  Data data;
  data.rows = rows;
  data.features = static_cast<std::size_t>(whole(random, 2, 14));
  data.values.resize(data.rows * data.features);
  std::string categorical;
  for (std::size_t f = 0; f < data.features; ++f) {
    const auto kind = static_cast<ColumnKind>(whole(random, 0, 6));
    const double missing = chance(random, 0.4) ? 0.2 : 0;
    if (kind == ColumnKind::category)
      categorical += fmt::format("{}{}", categorical.empty() ? "" : ",", f);
    for (std::size_t row = 0; row < data.rows; ++row) {
      data.at(row, f) = chance(random, missing) ? std::numeric_limits<double>::quiet_NaN()
                                                : random_value(random, kind);
    }
  }
  if (!categorical.empty()) parameters += " categorical_feature=" + categorical;
  return data;
}

// The seed says all; every fiftieth has thousands of leaves.
inline RandomModel random_model(std::uint64_t seed) {
  Random random(seed);
  const bool is_large = seed % 50 == 0;
  RandomModel model;
  const int leaves =
      is_large ? whole(random, 1000, 4000) : one_of<int>(random, {2, 3, 5, 8, 16, 31, 64, 200});
  model.parameters = random_parameters(random, leaves);
  const auto rows = static_cast<std::size_t>(is_large ? 5000 : whole(random, 60, 500));
  model.data = random_data(random, rows, model.parameters);
  add_labels(random, model.parameters.substr(std::string("objective=").size()), model.data);
  model.text = train(model.data, is_large ? 2 : whole(random, 1, 8), model.parameters);
  return model;
}

// Rows to compare on: some of the training rows, and rows made of each column's own values, the
// forest's thresholds and their neighbours, and everything else a double can be.
inline Data hard_rows(Random& random, const Data& trained, const Forest& forest, std::size_t rows) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const std::vector<double> odd = {std::numeric_limits<double>::quiet_NaN(),
                                   kInfinity,
                                   -kInfinity,
                                   0.0,
                                   -0.0,
                                   5e-324,
                                   -5e-324,
                                   1e-310,
                                   1e-36,
                                   -1e-36,
                                   static_cast<double>(1e-35F),
                                   std::nextafter(static_cast<double>(1e-35F), 1.0),
                                   -static_cast<double>(1e-35F),
                                   1.5e-35,
                                   1.0,
                                   -1.0,
                                   -0.5,
                                   0.999,
                                   1.7,
                                   31,
                                   32,
                                   33,
                                   255,
                                   1e5,
                                   2147483647.0,
                                   2147483648.0,
                                   4294967297.0,
                                   -2147483649.0,
                                   1e18,
                                   1e300,
                                   -1e300,
                                   std::numeric_limits<double>::max()};
  std::vector<std::vector<double>> special(trained.features, odd);
  for (const Tree& tree : forest.trees) {
    for (const Node& node : tree.nodes) {
      auto& values = special[static_cast<std::size_t>(node.feature)];
      if (node.categorical || values.size() > 200) continue;
      values.insert(values.end(), {node.threshold, std::nextafter(node.threshold, kInfinity),
                                   std::nextafter(node.threshold, -kInfinity)});
    }
  }
  Data data;
  data.rows = rows;
  data.features = trained.features;
  data.values.resize(rows * trained.features);
  for (std::size_t row = 0; row < rows; ++row) {
    const double oddness = one_of<double>(random, {0, 0.2, 0.7, 1});
    const auto from =
        static_cast<std::size_t>(whole(random, 0, static_cast<int>(trained.rows) - 1));
    const double same = one_of(random, odd);  // in every eighth row for all features
    for (std::size_t f = 0; f < trained.features; ++f) {
      data.at(row, f) = row % 8 == 7              ? same
                        : chance(random, oddness) ? one_of(random, special[f])
                                                  : trained.values[from * trained.features + f];
    }
  }
  return data;
}

}  // namespace aml::forest::reference
