#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "features/sql_identity.h"

namespace aml::models {

// The feature SQL that a model was trained with, as the card beside it says: trained_models/
// alert_scorer_v1.0.0.json of …/alert_scorer_v1.0.0.txt. Nothing where there is no card, one that
// cannot be read, or one of another model than `model_sha256`.
std::optional<features::SqlIdentity> trained_sql(const std::filesystem::path& model_path,
                                                 const std::string& model_sha256);

// What each feature of a model means, "meaning; unit; range" by name: as its card says, which must
// be one of `model_sha256`; without such a card as the built-in SQL says of features of those
// names.
std::map<std::string, std::string> feature_meanings(const std::filesystem::path& model_path,
                                                    const std::string& model_sha256,
                                                    const std::vector<std::string>& names);

}  // namespace aml::models
