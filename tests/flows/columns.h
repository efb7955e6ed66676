#pragma once

#include <gtest/gtest.h>

#include <numeric>
#include <string_view>

#include "flows/feature.h"

namespace aml::flows {

inline const FeatureSet& set_named(std::string_view name) {
  for (const FeatureSet& set : transfer_sets()) {
    if (set.name == name) return set;
  }
  throw std::logic_error("no such set");
}

inline std::vector<Address> all_addresses(const Graph& graph) {
  std::vector<Address> all(graph.addresses());
  std::iota(all.begin(), all.end(), Address{0});
  return all;
}

inline const Column& column(const Columns& columns, std::string_view name) {
  for (const Column& one : columns) {
    if (one.definition->name == name) return one;
  }
  throw std::logic_error("no column " + std::string(name));
}

// Features of every address of a graph, by name.
class Features {
 public:
  Features(std::string_view set, const Question& question)
      : columns_(compute(set_named(set), question, all_addresses(question.graph))) {}

  std::int64_t integer(std::string_view name, Address address) const {
    return column(columns_, name).integers[address];
  }
  double number(std::string_view name, Address address) const {
    return column(columns_, name).numbers[address];
  }
  const Columns& columns() const { return columns_; }

 private:
  Columns columns_;
};

// Equal bit by bit, missing values too.
inline void expect_same(const Columns& a, const Columns& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].integers, b[i].integers) << a[i].definition->name;
    ASSERT_EQ(a[i].numbers.size(), b[i].numbers.size());
    for (std::size_t row = 0; row < a[i].numbers.size(); ++row) {
      const bool both_missing = std::isnan(a[i].numbers[row]) && std::isnan(b[i].numbers[row]);
      EXPECT_TRUE(both_missing || a[i].numbers[row] == b[i].numbers[row])
          << a[i].definition->name << ' ' << a[i].numbers[row] << ' ' << b[i].numbers[row];
    }
  }
}

}  // namespace aml::flows
