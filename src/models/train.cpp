// With boosting.cpp, lightgbm_call.cpp and lightgbm_parameters.cpp the only files that know
// LightGBM's C interface.
#include "models/train.h"

#include <LightGBM/c_api.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/threads.h"
#include "models/lightgbm_call.h"

namespace aml::models {

namespace {

// One thread, because LightGBM's second one would wait by spinning whenever it has nothing to do,
// and because sums over several threads differ in their last digits. By columns, because by rows
// LightGBM copies those that a tree was drawn for: the same trees for a quarter more.
constexpr const char* kCommonParameters =
    "num_threads=1 deterministic=true force_col_wise=true verbosity=-1";

// A booster that is freed when it goes.
class Booster {
 public:
  Booster(DatasetHandle data, const std::string& parameters) {
    check_lightgbm(LGBM_BoosterCreate(data, parameters.c_str(), &handle_), "start training");
  }
  ~Booster() { LGBM_BoosterFree(handle_); }
  Booster(const Booster&) = delete;
  Booster& operator=(const Booster&) = delete;

  // Grows one more tree; false where no further split helps.
  bool grow() {
    int is_finished = 0;
    check_lightgbm(LGBM_BoosterUpdateOneIter(handle_, &is_finished), "grow a tree");
    return is_finished == 0;
  }

  std::string text() const {
    constexpr std::size_t kUsualSize = 1048576;
    std::string text(kUsualSize, '\0');
    std::int64_t length = 0;
    const auto save = [&] {
      check_lightgbm(LGBM_BoosterSaveModelToString(handle_, 0, -1, C_API_FEATURE_IMPORTANCE_SPLIT,
                                                   std::ssize(text), &length, text.data()),
                     "save the model");
    };
    save();
    if (length > std::ssize(text)) {
      text.resize(static_cast<std::size_t>(length));
      save();
    }
    text.resize(static_cast<std::size_t>(length - 1));  // without the closing zero
    return text;
  }

 private:
  BoosterHandle handle_ = nullptr;
};

// The labelled rows of one day, row by row as LightGBM takes them.
std::vector<double> row_major(const LabelledRows& day) {
  const std::size_t features = day.matrix->columns.size();
  std::vector<double> rows(day.rows.size() * features);
  for (std::size_t f = 0; f < features; ++f) {
    const std::vector<double>& column = day.matrix->columns[f];
    for (std::size_t i = 0; i < day.rows.size(); ++i) rows[i * features + f] = column[day.rows[i]];
  }
  return rows;
}

// One weight for each row of the days; none where all count once, which LightGBM adds up faster.
std::vector<float> weights_of(const std::vector<const LabelledRows*>& days) {
  std::vector<float> weights;
  bool differ = false;
  for (const LabelledRows* day : days) {
    differ |= !day->weights.empty();
    if (day->weights.empty()) weights.insert(weights.end(), day->rows.size(), 1.0F);
    weights.insert(weights.end(), day->weights.begin(), day->weights.end());
  }
  if (!differ) weights.clear();
  return weights;
}

// Parts of rows, each row by row.
struct Parts {
  std::vector<const void*> pointers;
  std::vector<std::int32_t> rows;
  int type = C_API_DTYPE_FLOAT64;
};

DatasetHandle make_dataset(const Parts& parts, const std::vector<std::string>& names,
                           const std::vector<float>& labels, const std::vector<float>& weights,
                           const std::string& parameters) {
  std::vector<const void*> pointers = parts.pointers;
  std::vector<std::int32_t> rows = parts.rows;
  std::vector<int> is_row_major(rows.size(), 1);
  DatasetHandle dataset = nullptr;
  check_lightgbm(
      LGBM_DatasetCreateFromMats(static_cast<std::int32_t>(rows.size()), pointers.data(),
                                 parts.type, rows.data(), static_cast<std::int32_t>(names.size()),
                                 is_row_major.data(), parameters.c_str(), nullptr, &dataset),
      "read the training rows");
  std::vector<const char*> texts;
  texts.reserve(names.size());
  for (const std::string& name : names) texts.push_back(name.c_str());
  check_lightgbm(LGBM_DatasetSetFeatureNames(dataset, texts.data(), static_cast<int>(texts.size())),
                 "name the features");
  check_lightgbm(LGBM_DatasetSetField(dataset, "label", labels.data(),
                                      static_cast<int>(labels.size()), C_API_DTYPE_FLOAT32),
                 "set the labels");
  if (!weights.empty()) {
    check_lightgbm(LGBM_DatasetSetField(dataset, "weight", weights.data(),
                                        static_cast<int>(weights.size()), C_API_DTYPE_FLOAT32),
                   "set the weights");
  }
  return dataset;
}

}  // namespace

TrainParameters TrainParameters::with(const LightGbmParameters& others) const {
  TrainParameters changed = *this;
  for (const auto& [key, value] : others) changed.values[key] = value;
  return changed;
}

int TrainParameters::trees() const { return std::stoi(values.at("num_iterations")); }

std::string TrainParameters::text() const {
  std::string text = "objective=" + objective;
  for (const auto& [key, value] : values) text += fmt::format(" {}={}", key, value);
  return text;
}

struct Trainer::State {
  TrainParameters parameters;
  DatasetHandle dataset = nullptr;
  ~State() { LGBM_DatasetFree(dataset); }
  std::string text() const { return fmt::format("{} {}", kCommonParameters, parameters.text()); }
};

Trainer::Trainer(std::span<const LabelledRows> days, TrainParameters parameters)
    : state_(std::make_unique<State>()) {
  state_->parameters = std::move(parameters);
  silence_lightgbm();
  std::vector<const LabelledRows*> used;
  std::vector<float> labels;
  for (const LabelledRows& day : days) {
    if (day.rows.empty()) continue;
    if (!used.empty() && day.matrix->names != used.front()->matrix->names) {
      throw Error(ErrorKind::internal, "train: the days do not have the same features");
    }
    used.push_back(&day);
    labels.insert(labels.end(), day.labels.begin(), day.labels.end());
  }
  if (used.empty()) throw Error(ErrorKind::bad_input, "there is no row with a label to train on");

  std::vector<std::vector<double>> matrices;
  Parts parts;
  for (const LabelledRows* day : used) {
    matrices.push_back(row_major(*day));
    parts.pointers.push_back(matrices.back().data());
    parts.rows.push_back(static_cast<std::int32_t>(day->rows.size()));
  }
  state_->dataset =
      make_dataset(parts, used.front()->matrix->names, labels, weights_of(used), state_->text());
}

Trainer::Trainer(std::span<const FloatRows> rows, const std::vector<std::string>& names,
                 TrainParameters parameters)
    : state_(std::make_unique<State>()) {
  state_->parameters = std::move(parameters);
  silence_lightgbm();
  std::vector<float> labels;
  Parts parts{.pointers = {}, .rows = {}, .type = C_API_DTYPE_FLOAT32};
  for (const FloatRows& part : rows) {
    parts.pointers.push_back(part.values.data());
    parts.rows.push_back(static_cast<std::int32_t>(part.labels.size()));
    labels.insert(labels.end(), part.labels.begin(), part.labels.end());
  }
  state_->dataset = make_dataset(parts, names, labels, {}, state_->text());
}

Trainer::Trainer(const Trainer& all, std::span<const std::int32_t> rows)
    : state_(std::make_unique<State>()) {
  state_->parameters = all.state_->parameters;
  silence_lightgbm();
  check_lightgbm(LGBM_DatasetGetSubset(all.state_->dataset, rows.data(),
                                       static_cast<std::int32_t>(rows.size()),
                                       state_->text().c_str(), &state_->dataset),
                 "take a part of the training rows");
}

Trainer::~Trainer() = default;

std::string Trainer::train() const {
  const int trees = state_->parameters.trees();
  return train(std::span(&trees, 1)).front();
}

std::vector<std::string> Trainer::train(std::span<const int> stages) const {
  silence_lightgbm();  // once per thread, and the constructor's may be another one
  Booster booster(state_->dataset, state_->text());
  std::vector<std::string> texts;
  int trees = 0;
  bool can_grow = true;
  for (const int stage : stages) {
    for (; trees < stage && can_grow; ++trees) {
      throw_if_stop_requested();
      can_grow = booster.grow();
    }
    texts.push_back(booster.text());
  }
  return texts;
}

}  // namespace aml::models
