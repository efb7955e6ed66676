#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace aml::results {

// Writes explanations as the JSON of the column explain_json:
//   {"base_value":b,"top_features":[names, most important first],
//    "feature_contributions":{name:φ},"feature_values":{name:v}}
// with the `top` features of the largest |φ| that are not zero (equal ones in the order of
// `names`). Numbers are the shortest that read back as the same double; a value that is missing is
// null. The same input gives the same bytes.
class ExplainJson {
 public:
  ExplainJson(const std::vector<std::string>& names, std::size_t top);

  // REQUIRES: contributions has one entry per name and then the base value; values one per name.
  std::string text(std::span<const double> contributions, std::span<const double> values) const;

 private:
  std::vector<std::string> quoted_;  // names as JSON strings
  std::size_t top_;
};

}  // namespace aml::results
