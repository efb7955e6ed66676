#include "models/trained_sql.h"

#include <nlohmann/json.hpp>
#include <set>

#include "features/feature_sql.h"
#include "models/card_file.h"

namespace aml::models {

namespace {

using Json = nlohmann::ordered_json;

// The texts of an object; nothing where it is none or holds something else.
std::optional<std::map<std::string, std::string>> texts(const Json& card, const char* key) {
  const auto found = card.find(key);
  if (found == card.end() || !found->is_object()) return std::nullopt;
  std::map<std::string, std::string> by_name;
  for (const auto& [name, text] : found->items()) {
    if (!text.is_string()) return std::nullopt;
    by_name[name] = text;
  }
  return by_name;
}

std::map<std::string, std::string> built_in_meanings(features::RowKind kind,
                                                     const std::vector<std::string>& names) {
  const std::set<std::string> wanted(names.begin(), names.end());
  std::map<std::string, std::string> meanings;
  for (const features::SqlStep& step : features::prepare_sql(features::built_in_sql()).steps) {
    if (step.row_kind != kind) continue;
    for (const features::Feature& feature : step.features) {
      if (wanted.count(feature.name) > 0) meanings[feature.name] = features::describe(feature);
    }
  }
  return meanings;
}

}  // namespace

std::optional<features::SqlIdentity> trained_sql(const std::filesystem::path& model_path,
                                                 const std::string& model_sha256) {
  const Json card = read_card(model_path, model_sha256);
  auto files = texts(card, "feature_sql_sha256");
  if (!files) return std::nullopt;
  const Json whole = card.value("whole_feature_sql_sha256", Json(""));
  return features::SqlIdentity{std::move(*files), whole.is_string() ? whole : ""};
}

std::map<std::string, std::string> feature_meanings(const std::filesystem::path& model_path,
                                                    const std::string& model_sha256,
                                                    const std::vector<std::string>& names) {
  if (auto meanings = texts(read_card(model_path, model_sha256), "feature_meanings")) {
    return std::move(*meanings);
  }
  auto alert = built_in_meanings(features::RowKind::alert, names);
  auto cluster = built_in_meanings(features::RowKind::cluster, names);
  return cluster.size() > alert.size() ? cluster : alert;
}

}  // namespace aml::models
