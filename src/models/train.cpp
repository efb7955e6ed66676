// With training_rows.cpp, boosting.cpp, lightgbm_call.cpp and lightgbm_parameters.cpp the only
// files that know LightGBM's C interface.
#include "models/train.h"

#include <LightGBM/c_api.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

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
    : Trainer(rows_of(days), std::move(parameters)) {}

Trainer::Trainer(const TrainingRows& rows, TrainParameters parameters)
    : state_(std::make_unique<State>()) {
  state_->parameters = std::move(parameters);
  silence_lightgbm();
  state_->dataset = bin_rows(rows, state_->text());
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
