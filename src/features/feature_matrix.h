#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace aml::features {

// Rows to score, one column of doubles per feature; NaN where a value is missing.
//   ids.size() rows, in ascending order of id; columns[f][row], columns.size() == names.size().
struct FeatureMatrix {
  std::vector<std::string> ids;    // alert_id or cluster_id, unique
  std::vector<std::string> names;  // feature names, unique, in the order the SQL gives them
  std::vector<std::vector<double>> columns;
  std::vector<std::string> left_out{};  // groups of features that were not made: "alert__ranks", …

  std::size_t rows() const { return ids.size(); }
};

}  // namespace aml::features
