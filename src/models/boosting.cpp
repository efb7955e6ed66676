// With train.cpp the only file that knows LightGBM's C interface.
#include "models/boosting.h"

#include <LightGBM/c_api.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "base/threads.h"
#include "models/lightgbm_call.h"

namespace aml::models {

namespace {

// One thread, as in train.cpp. Bins as fine as the default would cost four times the time.
constexpr const char* kCommonParameters =
    "num_threads=1 deterministic=true force_row_wise=true verbosity=-1 max_bin=63 "
    "feature_pre_filter=false";
constexpr std::uint64_t kSeeds = 1'000'000'007;  // LightGBM's are of 32 bits

std::vector<double> row_major(Columns columns, std::span<const std::size_t> rows) {
  std::vector<double> values(rows.size() * columns.size());
  for (std::size_t c = 0; c < columns.size(); ++c) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      values[i * columns.size() + c] = columns[c][rows[i]];
    }
  }
  return values;
}

}  // namespace

struct Boosting::State {
  DatasetHandle dataset = nullptr;
  BoosterHandle booster = nullptr;
  ~State() {
    if (booster != nullptr) LGBM_BoosterFree(booster);
    if (dataset != nullptr) LGBM_DatasetFree(dataset);
  }
};

Boosting::Boosting(Columns columns, std::span<const std::size_t> rows,
                   std::span<const float> targets, std::span<const double> start,
                   const BoostingParameters& parameters)
    : state_(std::make_unique<State>()) {
  silence_lightgbm();
  const std::size_t fewest = std::max(
      parameters.fewest_rows,
      static_cast<std::size_t>(parameters.fewest_share * static_cast<double>(rows.size())));
  const std::uint64_t seed = parameters.seed % kSeeds;
  const std::string text = fmt::format(
      "{} objective={} num_leaves={} learning_rate={} min_data_in_leaf={} seed={} "
      "data_random_seed={}",
      kCommonParameters, parameters.objective, parameters.leaves, parameters.learning_rate, fewest,
      seed, seed);
  const std::vector<double> values = row_major(columns, rows);
  check_lightgbm(LGBM_DatasetCreateFromMat(values.data(), C_API_DTYPE_FLOAT64,
                                           static_cast<std::int32_t>(rows.size()),
                                           static_cast<std::int32_t>(columns.size()), 1,
                                           text.c_str(), nullptr, &state_->dataset),
                 "read the rows to learn from");
  check_lightgbm(LGBM_DatasetSetField(state_->dataset, "label", targets.data(),
                                      static_cast<int>(targets.size()), C_API_DTYPE_FLOAT32),
                 "set the targets");
  if (!start.empty()) {
    check_lightgbm(LGBM_DatasetSetField(state_->dataset, "init_score", start.data(),
                                        static_cast<int>(start.size()), C_API_DTYPE_FLOAT64),
                   "set what the trees begin from");
  }
  check_lightgbm(LGBM_BoosterCreate(state_->dataset, text.c_str(), &state_->booster),
                 "start training");
  for (int tree = 0; tree < parameters.trees; ++tree) {
    throw_if_stop_requested();
    int is_finished = 0;
    check_lightgbm(LGBM_BoosterUpdateOneIter(state_->booster, &is_finished), "grow a tree");
    if (is_finished != 0) break;
  }
}

Boosting::~Boosting() = default;

std::vector<double> Boosting::raw(Columns columns, std::span<const std::size_t> rows) const {
  std::vector<double> raw(rows.size());
  if (rows.empty()) return raw;
  const std::vector<double> values = row_major(columns, rows);
  std::int64_t length = 0;
  check_lightgbm(LGBM_BoosterPredictForMat(state_->booster, values.data(), C_API_DTYPE_FLOAT64,
                                           static_cast<std::int32_t>(rows.size()),
                                           static_cast<std::int32_t>(columns.size()), 1,
                                           C_API_PREDICT_RAW_SCORE, 0, -1, "num_threads=1", &length,
                                           raw.data()),
                 "predict");
  return raw;
}

}  // namespace aml::models
