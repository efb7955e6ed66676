// Inference by LightGBM's own library. Each call works on its caller's thread alone
// (num_threads=1): rows are spread over threads by the caller, so that LightGBM's OpenMP never
// starts workers that would wait by spinning, and no result depends on how many threads there are.
#include <LightGBM/c_api.h>
#include <fmt/format.h>

#include <limits>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "models/forest_text.h"
#include "models/model.h"

namespace aml::models {

namespace {

constexpr const char* kPredictParameters = "num_threads=1 verbosity=-1";

void ignore_log(const char*) {}  // what goes wrong comes back as an error

void check(int status, const std::string& what) {
  if (status != 0) {
    throw Error(ErrorKind::bad_input, fmt::format("{}: LightGBM: {}", what, LGBM_GetLastError()));
  }
}

class LightGbmModel final : public Model {
 public:
  LightGbmModel(const std::string& text, Forest forest, const std::filesystem::path& path)
      : name_(path.string()),
        feature_names_(std::move(forest.feature_names)),
        divisor_(forest.average_output ? static_cast<double>(forest.trees.size()) : 1),
        explainable_(forest.explainable) {
    LGBM_RegisterLogCallback(ignore_log);
    int trees = 0;
    check(LGBM_BoosterLoadModelFromString(text.c_str(), &trees, &booster_), "cannot load " + name_);
    if (static_cast<std::size_t>(trees) != forest.trees.size()) {
      LGBM_BoosterFree(booster_);
      throw Error(ErrorKind::bad_input, fmt::format("{} has {} trees and LightGBM reads {}", name_,
                                                    forest.trees.size(), trees));
    }
  }
  ~LightGbmModel() override { LGBM_BoosterFree(booster_); }
  LightGbmModel(const LightGbmModel&) = delete;
  LightGbmModel& operator=(const LightGbmModel&) = delete;

  const std::vector<std::string>& feature_names() const override { return feature_names_; }

  void predict_raw(const ModelInput& input, std::size_t begin,
                   std::span<double> raw) const override {
    predict(C_API_PREDICT_RAW_SCORE, input, begin, raw.size(), raw);
  }

  void explain(const ModelInput& input, std::size_t begin,
               std::span<double> contributions) const override {
    const std::size_t width = feature_names_.size() + 1;
    if (contributions.size() % width != 0) {
      throw Error(ErrorKind::internal, "explain: the space is not a whole number of rows");
    }
    if (!explainable_) {
      throw Error(ErrorKind::bad_input,
                  name_ + " cannot be explained: it has nodes without training rows");
    }
    predict(C_API_PREDICT_CONTRIB, input, begin, contributions.size() / width, contributions);
  }

 private:
  void predict(int kind, const ModelInput& input, std::size_t begin, std::size_t rows,
               std::span<double> out) const {
    const std::size_t features = feature_names_.size();
    if (input.columns.size() != features || begin + rows > input.rows) {
      throw Error(ErrorKind::internal, "predict: the input does not fit the model");
    }
    if (rows == 0) return;
    std::vector<double> block(rows * features);
    for (std::size_t f = 0; f < features; ++f) {
      const std::span<const double> column = input.columns[f].subspan(begin, rows);
      for (std::size_t row = 0; row < rows; ++row) block[row * features + f] = column[row];
    }
    std::int64_t written = 0;
    check(LGBM_BoosterPredictForMat(booster_, block.data(), C_API_DTYPE_FLOAT64,
                                    static_cast<std::int32_t>(rows),
                                    static_cast<std::int32_t>(features), 1, kind, 0, -1,
                                    kPredictParameters, &written, out.data()),
          "cannot score with " + name_);
    if (written != std::ssize(out)) {
      throw Error(ErrorKind::internal, name_ + ": LightGBM wrote another number of values");
    }
    for (double& value : out) value /= divisor_;
  }

  std::string name_;
  std::vector<std::string> feature_names_;
  double divisor_;
  bool explainable_;
  BoosterHandle booster_ = nullptr;
};

}  // namespace

std::unique_ptr<Model> load_model(const std::filesystem::path& path) {
  const std::string text = read_file(path);
  return std::make_unique<LightGbmModel>(text, read_forest(text, path), path);
}

}  // namespace aml::models
