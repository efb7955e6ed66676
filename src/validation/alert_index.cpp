#include "validation/alert_index.h"

#include <algorithm>
#include <utility>

namespace aml::validation {

AlertIndex::AlertIndex(std::vector<std::string> ids) : ids_(std::move(ids)) {
  std::sort(ids_.begin(), ids_.end());
  number_of_.reserve(ids_.size());
  for (std::size_t i = 0; i < ids_.size(); ++i) number_of_.emplace(ids_[i], i);
}

std::optional<std::size_t> AlertIndex::find(std::string_view id, std::size_t guess) const {
  if (guess < ids_.size() && ids_[guess] == id) return guess;
  const auto found = number_of_.find(id);
  if (found == number_of_.end()) return std::nullopt;
  return found->second;
}

}  // namespace aml::validation
