#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace aml::results {

// Writes explanations as the JSON of the column explain_json:
//   {"base_value":b,"top_features":[names, most important first],
//    "feature_contributions":{name:φ},"feature_values":{name:v},"families":{family:sum of φ}}
// with the `top` features of the largest |φ| that are not zero (equal ones in the order of
// `names`). Contributions have eleven digits, the sums of families six decimals, which add up to
// the sum of all contributions to half of the sixth; other numbers are the shortest that read back
// as the same double; a value that is missing is null. The same input gives the same bytes.
class ExplainJson {
 public:
  // `families`: of each feature; empty: the explanations have no families.
  ExplainJson(const std::vector<std::string>& names, std::size_t top,
              const std::vector<std::string>& families = {});

  // REQUIRES: contributions has one entry per name and then the base value; values one per name.
  std::string text(std::span<const double> contributions, std::span<const double> values) const;

  // Likewise, with as many more features, in "other_contributions" and "other_values" of the same
  // form, as leave at most a tenth of what all contribute unnamed, in all and in each family;
  // kMostNamed at most.
  std::string full_text(std::span<const double> contributions,
                        std::span<const double> values) const;

  static constexpr std::size_t kMostNamed = 128;

 private:
  std::string write(std::span<const double> contributions, std::span<const double> values,
                    std::span<const std::size_t> named) const;
  // Features by size of their contribution, the largest first; so many are in order.
  std::vector<std::size_t> by_size(std::span<const double> contributions, std::size_t many) const;
  std::vector<double> sums_of_families(std::span<const double> contributions) const;

  std::vector<std::string> quoted_;  // names as JSON strings
  std::size_t top_;
  std::vector<std::string> quoted_families_{};  // each once, in the order of the features
  std::vector<std::size_t> family_of_{};        // of each feature; empty without families
};

}  // namespace aml::results
