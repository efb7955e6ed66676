#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "features/feature_matrix.h"

namespace aml::models {

// Feature columns in the order a model names them: columns[f] has rows() doubles, NaN = missing.
// A view: the FeatureMatrix must outlive it.
struct ModelInput {
  std::vector<std::span<const double>> columns;
  std::size_t rows = 0;
};

// A trained tree ensemble for one of the three tasks. Thread-compatible: const calls may run at
// once.
class Model {
 public:
  virtual ~Model() = default;

  virtual const std::vector<std::string>& feature_names() const = 0;

  // raw[i]: the sum of the trees for row begin+i, in the model's raw units (log-odds for binary);
  // divided by their number where the forest is averaged.
  // REQUIRES: raw.size() rows from `begin` on exist in `input`.
  virtual void predict_raw(const ModelInput& input, std::size_t begin,
                           std::span<double> raw) const = 0;

  // Exact TreeSHAP: contributions[i * (features + 1) + f], the last of each row the base value;
  // each row sums to its raw score. contributions.size() must be a multiple of features + 1.
  virtual void explain(const ModelInput& input, std::size_t begin,
                       std::span<double> contributions) const = 0;
};

// Loads a LightGBM text model. Throws Error{not_found} or Error{bad_input} that name the file.
std::unique_ptr<Model> load_model(const std::filesystem::path& path);

// The matrix's columns in the model's order, by name. Throws Error{bad_input} that names the model
// file and the features that the SQL does not make.
ModelInput match_features(const features::FeatureMatrix& matrix, const Model& model,
                          const std::filesystem::path& model_path);

// 1 / (1 + e^-raw): the published score of every model, in [0, 1].
double published_score(double raw);

}  // namespace aml::models
