// Reads a matrix of scores as numpy.tofile writes it and says who copied whom:
// bench/validate-copies and test_copying.py make the scores and count the mistakes.
//
// copy_findings FILE alerts features references submissions: FILE holds doubles, one column after
// the other: features, baseline, references, submissions in the order of their arrival, and labels.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "validation/copying.h"

int main(int argc, char** argv) {
  using namespace aml::validation;
  if (argc != 6) return 2;
  const std::vector<std::string> arguments(argv, argv + argc);
  const std::size_t alerts = std::stoul(arguments[2]);
  const std::size_t features = std::stoul(arguments[3]);
  const std::size_t references = std::stoul(arguments[4]);
  const std::size_t submissions = std::stoul(arguments[5]);
  const std::size_t columns = features + 1 + references + submissions + 1;
  std::vector<double> data(alerts * columns);
  std::ifstream file(arguments[1], std::ios::binary);
  file.read(reinterpret_cast<char*>(data.data()),
            static_cast<std::streamsize>(data.size() * sizeof(double)));
  if (!file) return 3;
  const auto column = [&](std::size_t c) {
    return std::span<const double>(data).subspan(c * alerts, alerts);
  };
  std::vector<std::span<const double>> feature_columns;
  for (std::size_t f = 0; f < features; ++f) feature_columns.push_back(column(f));
  std::vector<std::size_t> sample(alerts);
  std::iota(sample.begin(), sample.end(), std::size_t{0});
  constexpr std::size_t kQueries = 4096;
  CopyCheck check(column(features), nearest_neighbors(feature_columns, sample, kQueries, 17, 2), 2);
  for (std::size_t r = 0; r < references; ++r) check.add_reference(column(features + 1 + r));
  for (std::size_t s = 0; s < submissions; ++s) check.add(column(features + 1 + references + s));
  std::vector<int> labels;
  for (const double label : column(columns - 1)) labels.push_back(static_cast<int>(label));
  const bool has_truth = labels.front() >= 0;
  const auto findings = check.find(has_truth ? labels : std::vector<int>{});
  nlohmann::json answers = nlohmann::json::array();
  for (std::size_t s = 0; s < submissions; ++s) {
    nlohmann::json answer{{"baseline", check.is_baseline(s)},
                          {"baseline_likeness", check.baseline_likeness(s).correlation}};
    if (findings[s]) {
      const CopyFinding& f = *findings[s];
      answer["copy_of"] = f.original;
      answer["rule"] = f.rule;
      answer["view"] = view_name(f.view);
      answer["figures"] = {f.likeness, f.likeness_given_crowd, f.grain, f.original_grain};
    }
    answers.push_back(answer);
  }
  std::cout << answers;
}
