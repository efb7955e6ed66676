#include "models/search_space.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/hash.h"

namespace aml::models {

namespace {

// A number in [0, 1) that belongs to seed, trial and name.
double unit(const std::string& seed, std::size_t trial, const char* name) {
  constexpr std::size_t kHexDigits = 12;
  return static_cast<double>(
             hash_number(fmt::format("search {} {} {}", seed, trial, name), kHexDigits)) *
         0x1p-48;
}

double between(double low, double high, double unit) { return low + (high - low) * unit; }

// Evenly by its logarithm.
double by_logarithm(double low, double high, double unit) {
  return std::exp(between(std::log(low), std::log(high), unit));
}

}  // namespace

LightGbmParameters draw_parameters(std::size_t trial, const TrainParameters& recipe,
                                   const LightGbmParameters& given) {
  if (trial == 0) return {};
  const std::string& seed = recipe.values.at("seed");
  const auto draw = [&](const char* name) { return unit(seed, trial, name); };
  const auto rows = [&](const char* name, double low, double high) {
    return fmt::format("{:.0f}", by_logarithm(low, high, draw(name)));
  };
  // Two digits are enough, and the last ones of a logarithm are a machine's own.
  const auto share = [&](const char* name, double low, double high) {
    return fmt::format("{:.2f}", between(low, high, draw(name)));
  };
  LightGbmParameters drawn{
      {"num_leaves", rows("num_leaves", 8, 128)},
      {"learning_rate", fmt::format("{:.3f}", by_logarithm(0.02, 0.1, draw("learning_rate")))},
      {"feature_fraction", share("feature_fraction", 0.1, 0.8)},
      {"bagging_fraction", share("bagging_fraction", 0.5, 1)},
      {"min_data_in_leaf", rows("min_data_in_leaf", 10, 160)},
      {"lambda_l2", fmt::format("{:.2f}", by_logarithm(0.1, 50, draw("lambda_l2")))},
      {"extra_trees", draw("extra_trees") < 0.5 ? "true" : "false"},
  };
  for (const auto& [name, value] : given) drawn.erase(name);
  return drawn;
}

std::vector<int> search_stages(const TrainParameters& recipe, const LightGbmParameters& given) {
  if (given.contains("num_iterations")) return {recipe.trees()};
  std::vector<int> stages{50, 100, 150, 200, 300, 400, 500, 600};
  const auto place = std::lower_bound(stages.begin(), stages.end(), recipe.trees());
  if (place == stages.end() || *place != recipe.trees()) stages.insert(place, recipe.trees());
  return stages;
}

}  // namespace aml::models
