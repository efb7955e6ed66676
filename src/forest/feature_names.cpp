#include "forest/feature_names.h"

#include <algorithm>

namespace aml::forest {

std::string stored_name(std::string_view name) {
  std::string stored(name);
  std::replace(stored.begin(), stored.end(), ' ', '_');
  return stored;
}

FeatureNames::FeatureNames(std::span<const std::string> columns) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    exact_.emplace(columns[i], i);
    const auto [found, is_new] = stored_.emplace(stored_name(columns[i]), i);
    if (!is_new) found->second = std::nullopt;
  }
}

std::optional<std::size_t> FeatureNames::find(const std::string& model_name) const {
  const auto same = exact_.find(model_name);
  if (same != exact_.end()) return same->second;
  const auto alike = stored_.find(model_name);
  return alike == stored_.end() ? std::nullopt : alike->second;
}

}  // namespace aml::forest
