#pragma once

#include <filesystem>
#include <string>

#include "features/feature_matrix.h"

namespace aml::results {

// Writes a feature matrix as a Parquet file, for whoever wants to look at it or train elsewhere:
// the column `id_name`, then a DOUBLE per feature; what is missing is NULL. The file appears whole.
void write_matrix(const std::filesystem::path& file, const std::string& id_name,
                  const features::FeatureMatrix& matrix);

// Both of a day into a folder, which is made: alert_matrix.parquet and cluster_matrix.parquet.
void write_matrices(const std::filesystem::path& directory, const features::FeatureMatrix& alerts,
                    const features::FeatureMatrix& clusters);

}  // namespace aml::results
