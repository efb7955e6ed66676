#include "models/match_features.h"

#include <fmt/format.h>

#include <unordered_map>

#include "base/error.h"

namespace aml::models {

forest::ModelInput match_features(const features::FeatureMatrix& matrix, const forest::Model& model,
                                  const std::filesystem::path& model_path) {
  std::unordered_map<std::string_view, std::size_t> column_of;
  for (std::size_t i = 0; i < matrix.names.size(); ++i) column_of.emplace(matrix.names[i], i);

  forest::ModelInput input;
  input.rows = matrix.rows();
  std::string missing;
  std::size_t missing_count = 0;
  constexpr std::size_t kNamed = 10;  // a sentence, not a listing
  for (const std::string& name : model.feature_names()) {
    const auto found = column_of.find(name);
    if (found != column_of.end()) {
      input.columns.emplace_back(matrix.columns[found->second]);
    } else if (++missing_count <= kNamed) {
      missing += (missing.empty() ? "" : ", ") + name;
    }
  }
  if (missing_count == 0) return input;
  if (missing_count > kNamed) missing += fmt::format(" and {} more", missing_count - kNamed);
  throw Error(
      ErrorKind::bad_input,
      fmt::format("{} needs features that the SQL does not make: {}; train the model on this "
                  "feature SQL or give the SQL it was trained on with --features-dir",
                  model_path.string(), missing));
}

}  // namespace aml::models
