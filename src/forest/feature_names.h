#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace aml::forest {

// A feature's name as LightGBM stores it in a model: spaces become underscores.
std::string stored_name(std::string_view name);

// The columns of a table by the name that a model has for them: its own, or else the one that
// LightGBM would store for it.
class FeatureNames {
 public:
  explicit FeatureNames(std::span<const std::string> columns);
  // The place of the column; nothing where there is none, or several that LightGBM stores alike.
  std::optional<std::size_t> find(const std::string& model_name) const;

 private:
  std::unordered_map<std::string, std::size_t> exact_;
  std::unordered_map<std::string, std::optional<std::size_t>> stored_;  // nothing: several
};

}  // namespace aml::forest
