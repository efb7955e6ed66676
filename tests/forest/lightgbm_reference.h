#pragma once

#include <LightGBM/c_api.h>
#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "forest/model_input.h"

// LightGBM's own library, which says what is right.
namespace aml::forest::reference {

inline void check(int status) {
  if (status != 0) throw std::runtime_error(LGBM_GetLastError());
}

inline void keep_quiet() {
  LGBM_RegisterLogCallback([](const char*) {});
}

// Rows × features, a row after the other, and what is known of the rows.
struct Data {
  std::size_t rows = 0;
  std::size_t features = 0;
  std::vector<double> values;
  std::vector<float> labels;
  std::vector<std::int32_t> queries;  // their lengths; for ranking alone

  double& at(std::size_t row, std::size_t feature) { return values[row * features + feature]; }
};

// The columns of a matrix that lies row after row.
struct Columns {
  std::vector<std::vector<double>> columns;
  ModelInput input;

  explicit Columns(const Data& data) : columns(data.features) {
    input.rows = data.rows;
    for (std::size_t f = 0; f < data.features; ++f) {
      for (std::size_t row = 0; row < data.rows; ++row) {
        columns[f].push_back(data.values[row * data.features + f]);
      }
      input.columns.emplace_back(columns[f]);
    }
  }
};

// The text of a model of `trees` trees, grown with LightGBM's `parameters`.
inline std::string train(const Data& data, int trees, const std::string& parameters) {
  keep_quiet();
  DatasetHandle dataset = nullptr;
  check(LGBM_DatasetCreateFromMat(
      data.values.data(), C_API_DTYPE_FLOAT64, static_cast<std::int32_t>(data.rows),
      static_cast<std::int32_t>(data.features), 1, parameters.c_str(), nullptr, &dataset));
  check(LGBM_DatasetSetField(dataset, "label", data.labels.data(),
                             static_cast<int>(data.labels.size()), C_API_DTYPE_FLOAT32));
  if (!data.queries.empty()) {
    check(LGBM_DatasetSetField(dataset, "group", data.queries.data(),
                               static_cast<int>(data.queries.size()), C_API_DTYPE_INT32));
  }
  BoosterHandle booster = nullptr;
  check(LGBM_BoosterCreate(dataset, parameters.c_str(), &booster));
  for (int tree = 0, finished = 0; tree < trees && finished == 0; ++tree) {
    check(LGBM_BoosterUpdateOneIter(booster, &finished));
  }
  std::int64_t length = 0;
  std::string text(1, '\0');
  check(LGBM_BoosterSaveModelToString(booster, 0, -1, 0, 1, &length, text.data()));
  text.resize(static_cast<std::size_t>(length));
  check(LGBM_BoosterSaveModelToString(booster, 0, -1, 0, length, &length, text.data()));
  text.resize(static_cast<std::size_t>(length) - 1);  // it counts the final zero
  LGBM_BoosterFree(booster);
  LGBM_DatasetFree(dataset);
  return text;
}

// A model read by LightGBM.
class Booster {
 public:
  explicit Booster(const std::string& text) {
    keep_quiet();
    int trees = 0;
    check(LGBM_BoosterLoadModelFromString(text.c_str(), &trees, &handle_));
  }
  ~Booster() { LGBM_BoosterFree(handle_); }
  Booster(const Booster&) = delete;
  Booster& operator=(const Booster&) = delete;

  // `kind` is C_API_PREDICT_NORMAL, _RAW_SCORE or _CONTRIB.
  std::vector<double> predict(int kind, const Data& data, int threads = 1) const {
    const std::size_t width = kind == C_API_PREDICT_CONTRIB ? data.features + 1 : 1;
    std::vector<double> out(data.rows * width);
    std::int64_t written = 0;
    check(LGBM_BoosterPredictForMat(
        handle_, data.values.data(), C_API_DTYPE_FLOAT64, static_cast<std::int32_t>(data.rows),
        static_cast<std::int32_t>(data.features), 1, kind, 0, -1,
        fmt::format("num_threads={} verbosity=-1", threads).c_str(), &written, out.data()));
    return out;
  }

 private:
  BoosterHandle handle_ = nullptr;
};

}  // namespace aml::forest::reference
