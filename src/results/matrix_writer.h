#pragma once

#include <filesystem>
#include <string>

#include "features/feature_matrix.h"

namespace aml::results {

// Writes a feature matrix as a Parquet file, for whoever wants to look at it or train elsewhere:
// the column `id_name`, then a DOUBLE per feature; what is missing is NULL. The file appears whole.
void write_matrix(const std::filesystem::path& file, const std::string& id_name,
                  const features::FeatureMatrix& matrix);

}  // namespace aml::results
