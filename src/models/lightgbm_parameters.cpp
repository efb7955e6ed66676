#include "models/lightgbm_parameters.h"

#include <LightGBM/c_api.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "base/error.h"
#include "base/nearest.h"
#include "base/quiet_standard_error.h"
#include "models/lightgbm_call.h"
#include "models/model_file.h"
#include "models/recipe.h"

namespace aml::models {

namespace {

// How a tree is grown, and no more: nothing that names files, machines or devices, that makes
// models of another kind, or on which equal bytes from equal input depend.
const std::set<std::string_view>& taken() {
  static const std::set<std::string_view> names{"bagging_fraction",
                                                "bagging_freq",
                                                "bagging_seed",
                                                "bin_construct_sample_cnt",
                                                "boost_from_average",
                                                "boosting",
                                                "data_random_seed",
                                                "data_sample_strategy",
                                                "drop_rate",
                                                "drop_seed",
                                                "enable_bundle",
                                                "extra_seed",
                                                "extra_trees",
                                                "feature_fraction",
                                                "feature_fraction_bynode",
                                                "feature_fraction_seed",
                                                "is_unbalance",
                                                "lambda_l1",
                                                "lambda_l2",
                                                "learning_rate",
                                                "max_bin",
                                                "max_delta_step",
                                                "max_depth",
                                                "max_drop",
                                                "min_data_in_bin",
                                                "min_data_in_leaf",
                                                "min_gain_to_split",
                                                "min_sum_hessian_in_leaf",
                                                "neg_bagging_fraction",
                                                "num_grad_quant_bins",
                                                "num_iterations",
                                                "num_leaves",
                                                "other_rate",
                                                "path_smooth",
                                                "pos_bagging_fraction",
                                                "quant_train_renew_leaf",
                                                "scale_pos_weight",
                                                "seed",
                                                "skip_drop",
                                                "stochastic_rounding",
                                                "top_rate",
                                                "uniform_drop",
                                                "use_missing",
                                                "use_quantized_grad",
                                                "xgboost_dart_mode",
                                                "zero_as_missing"};
  return names;
}

// Those that `train` sets itself.
constexpr std::array<std::string_view, 9> kFixed{
    "objective",   "num_threads", "deterministic", "force_row_wise", "force_col_wise",
    "device_type", "verbosity",   "linear_tree",   "num_class"};

// Every name that LightGBM knows, proper or alias, with the proper one.
std::map<std::string, std::string> known_names() {
  std::string text(1 << 16, '\0');
  std::int64_t length = 0;
  if (LGBM_DumpParamAliases(std::ssize(text), &length, text.data()) != 0) {
    throw Error(ErrorKind::internal, "LightGBM does not tell its parameters");
  }
  if (length > std::ssize(text)) {
    text.resize(static_cast<std::size_t>(length));
    LGBM_DumpParamAliases(std::ssize(text), &length, text.data());
  }
  const auto json = nlohmann::json::parse(text.c_str());
  std::map<std::string, std::string> names;
  for (const auto& [name, aliases] : json.items()) {
    names[name] = name;
    for (const auto& alias : aliases) names[alias.get<std::string>()] = name;
  }
  return names;
}

Error unknown_key(const std::string& key, const std::map<std::string, std::string>& names) {
  std::vector<std::string> known;
  for (const auto& [name, proper] : names) known.push_back(name);
  return Error(ErrorKind::usage, fmt::format("--param {}: LightGBM has no such parameter{}", key,
                                             did_you_mean(key, known)));
}

void refuse_what_is_not_taken(const std::string& key, const std::string& proper) {
  if (taken().contains(proper)) return;
  if (std::find(kFixed.begin(), kFixed.end(), proper) != kFixed.end()) {
    throw Error(ErrorKind::usage,
                fmt::format("--param {}: train sets {} itself, so that models can be read and the "
                            "same input gives the same bytes",
                            key, proper));
  }
  throw Error(ErrorKind::usage,
              fmt::format("--param {}: train has no use for LightGBM's {}; it takes the parameters "
                          "by which trees are grown (docs/models.md)",
                          key, proper));
}

void check_trees(const LightGbmParameters& parameters) {
  const auto found = parameters.find("num_iterations");
  if (found == parameters.end()) return;
  const std::string& text = found->second;
  int trees = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), trees);
  if (error == std::errc() && end == text.data() + text.size() && trees >= 1 &&
      trees <= kMaxTrees) {
    return;
  }
  throw Error(ErrorKind::usage,
              fmt::format("--param num_iterations={}: give a number of trees from "
                          "1 to {}",
                          text, kMaxTrees));
}

// LightGBM knows which values it takes, and which do not go together: it is asked to begin a
// training of two rows. Returns what it says against that; nothing: it would.
std::string complaint_about(const TrainParameters& parameters) {
  silence_lightgbm();
  const QuietStandardError quiet;  // it prints there, too, whatever its log callback is
  const std::string text = parameters.text() + " num_threads=1 verbosity=-1";
  const std::array<double, 2> rows{0, 1};
  const std::array<float, 2> labels{0, 1};
  DatasetHandle data = nullptr;
  BoosterHandle booster = nullptr;
  const bool is_taken =
      LGBM_DatasetCreateFromMat(rows.data(), C_API_DTYPE_FLOAT64, 2, 1, 1, text.c_str(), nullptr,
                                &data) == 0 &&
      LGBM_DatasetSetField(data, "label", labels.data(), 2, C_API_DTYPE_FLOAT32) == 0 &&
      LGBM_BoosterCreate(data, text.c_str(), &booster) == 0;
  const std::string why = is_taken ? "" : lightgbm_complaint();
  if (booster != nullptr) LGBM_BoosterFree(booster);
  if (data != nullptr) LGBM_DatasetFree(data);
  return why;
}

// Each model is grown by its recipe with these in it.
void check_values(const LightGbmParameters& parameters) {
  check_trees(parameters);
  for (const char* task : {kAlertScorer, kClusterScorer}) {
    const std::string why = complaint_about(recipe_of(task).with(parameters));
    if (why.empty()) continue;
    const bool is_goss = why.find("bagging in GOSS") != std::string::npos;
    throw Error(ErrorKind::usage,
                fmt::format("--param, with the recipe of {}: LightGBM says: {}{}", task, why,
                            is_goss ? "; add --param bagging_freq=0" : ""));
  }
}

}  // namespace

LightGbmParameters parse_parameters(const std::vector<std::string>& texts) {
  LightGbmParameters parameters;
  if (texts.empty()) return parameters;
  const auto names = known_names();
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    const bool has_space = text.find_first_of(" \t\r\n") != std::string::npos;
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size() || has_space) {
      throw Error(ErrorKind::usage,
                  fmt::format("--param \"{}\": give it as key=value, such as num_leaves=31", text));
    }
    const std::string key = text.substr(0, equals);
    const auto found = names.find(key);
    if (found == names.end()) throw unknown_key(key, names);
    refuse_what_is_not_taken(key, found->second);
    if (!parameters.emplace(found->second, text.substr(equals + 1)).second) {
      throw Error(ErrorKind::usage,
                  fmt::format("--param {}: {} is given twice", key, found->second));
    }
  }
  check_values(parameters);
  return parameters;
}

}  // namespace aml::models
