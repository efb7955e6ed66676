#include "models/match_features.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/error.h"
#include "forest/feature_names.h"

namespace aml::models {

namespace {

// Whether the first of them is of the group that is made only where files are named.
bool is_of_known_files(const std::string& missing) {
  constexpr std::string_view kBeginnings[] = {"known_is_", "known_bad_", "known_good_",
                                              "known_in_", "known_out_", "known_sanctioned_",
                                              "earlier_"};
  return std::any_of(std::begin(kBeginnings), std::end(kBeginnings),
                     [&](std::string_view beginning) { return missing.starts_with(beginning); });
}

}  // namespace

forest::ModelInput match_features(const features::FeatureMatrix& matrix, const forest::Model& model,
                                  const std::filesystem::path& model_path) {
  const forest::FeatureNames names(matrix.names);
  forest::ModelInput input;
  input.rows = matrix.rows();
  std::string missing;
  std::size_t missing_count = 0;
  constexpr std::size_t kNamed = 10;  // a sentence, not a listing
  for (const std::string& name : model.feature_names()) {
    if (const auto found = names.find(name)) {
      input.columns.emplace_back(matrix.columns[*found]);
    } else if (++missing_count <= kNamed) {
      missing += (missing.empty() ? "" : ", ") + name;
    }
  }
  if (missing_count == 0) return input;
  if (missing_count > kNamed) missing += fmt::format(" and {} more", missing_count - kNamed);
  if (is_of_known_files(missing)) {
    throw Error(ErrorKind::usage,
                fmt::format("{} needs features that are not made: {}; it was trained with --labels "
                            "or --history: name them here too",
                            model_path.string(), missing));
  }
  if (!matrix.left_out.empty()) {
    throw Error(ErrorKind::usage,
                fmt::format("{} needs features that are not made: {}; --without leaves out {}, and "
                            "the model was trained with them",
                            model_path.string(), missing, fmt::join(matrix.left_out, ", ")));
  }
  throw Error(
      ErrorKind::bad_input,
      fmt::format("{} needs features that the SQL does not make: {}; train the model on this "
                  "feature SQL or give the SQL it was trained on with --features-dir",
                  model_path.string(), missing));
}

}  // namespace aml::models
