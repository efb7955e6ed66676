#pragma once

#include <filesystem>

#include "features/feature_matrix.h"
#include "forest/model.h"

namespace aml::models {

// The matrix's columns in the model's order, by the name that LightGBM stores for them. Throws
// Error{bad_input} that names the model file and the features that the SQL does not make.
forest::ModelInput match_features(const features::FeatureMatrix& matrix, const forest::Model& model,
                                  const std::filesystem::path& model_path);

}  // namespace aml::models
