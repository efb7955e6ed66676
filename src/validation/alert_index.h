#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aml::validation {

// The alerts of a snapshot, numbered in ascending order of alert_id: what every submission,
// shortcut and label is lined up with.
class AlertIndex {
 public:
  // REQUIRES: ids are unique.
  explicit AlertIndex(std::vector<std::string> ids);
  // Others point into the ids.
  AlertIndex(const AlertIndex&) = delete;
  AlertIndex& operator=(const AlertIndex&) = delete;

  std::size_t size() const { return ids_.size(); }
  const std::vector<std::string>& ids() const { return ids_; }
  // The number of an alert, or nothing where the snapshot has no such alert. `guess` is tried
  // first: submissions are usually in order.
  std::optional<std::size_t> find(std::string_view id, std::size_t guess = 0) const;

 private:
  std::vector<std::string> ids_;
  std::unordered_map<std::string_view, std::size_t> number_of_;
};

// What the snapshot says of each alert, by alert number: what a shortcut could be made of.
struct AlertFacts {
  std::vector<std::string> address;
  std::vector<std::string> severity;
  std::vector<std::string> typology;
  std::vector<double> confidence;  // NaN where the producer gave none
};

}  // namespace aml::validation
