#pragma once

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>

#include "base/files.h"
#include "features/feature_matrix.h"
#include "models/ground_truth.h"
#include "models/train.h"

// A small day with something to learn in it, and a folder for its files.
namespace aml::models {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "aml-models-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// 600 rows of three features; every ninth value of the second is missing.
inline features::FeatureMatrix example_matrix() {
  features::FeatureMatrix matrix;
  matrix.names = {"volume", "degree", "entropy"};
  matrix.columns.resize(3);
  for (int i = 0; i < 600; ++i) {
    matrix.ids.push_back("alert_" + std::to_string(1000 + i));
    matrix.columns[0].push_back(std::sin(i * 0.7) * 100);
    matrix.columns[1].push_back(i % 9 == 0 ? std::numeric_limits<double>::quiet_NaN() : i % 23);
    matrix.columns[2].push_back(std::cos(i * 1.3));
  }
  return matrix;
}

// About a tenth of the rows is positive, by a rule on all three features.
inline LabelledRows example_rows(const features::FeatureMatrix& matrix) {
  Labels labels;
  for (std::size_t i = 0; i < matrix.rows(); ++i) {
    const bool is_odd = matrix.columns[0][i] > 40 && !(matrix.columns[1][i] < 14);
    labels[matrix.ids[i]] = is_odd || matrix.columns[2][i] > 0.995 ? 1 : 0;
  }
  return labelled_rows(matrix, labels);
}

// As LightGBM grows trees by default, a few of them.
inline TrainParameters few_trees(const char* trees = "10") {
  return {.values = {{"num_leaves", "31"}, {"num_iterations", trees}, {"learning_rate", "0.05"}}};
}

inline std::string example_model(const TrainParameters& parameters = few_trees()) {
  const features::FeatureMatrix matrix = example_matrix();
  const LabelledRows rows = example_rows(matrix);
  return Trainer(std::span(&rows, 1), parameters).train();
}

inline std::filesystem::path write_text(const TemporaryFolder& folder, const std::string& text) {
  const std::filesystem::path path = folder.path() / "alert_scorer_v1.0.0.txt";
  write_file_atomically(path, text);
  return path;
}

}  // namespace aml::models
