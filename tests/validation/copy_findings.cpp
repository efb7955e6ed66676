// Reads a matrix of scores as numpy.tofile writes it and says who copied whom:
// bench/validate-copies and test_copying.py make the scores and count the mistakes.
//
// copy_findings FILE alerts features references submissions [suspects]: FILE holds doubles, one
// column after the other: features, baseline, references, submissions in the order of their
// arrival, and labels. The last `suspects` submissions (0) are each judged beside all but the other
// suspects, and the answer is on them alone.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "validation/copying.h"

namespace {

using namespace aml::validation;

nlohmann::json describe(const CopyCheck& check, std::size_t submission,
                        const std::optional<CopyFinding>& finding) {
  nlohmann::json answer{{"baseline", check.is_baseline(submission)},
                        {"baseline_likeness", check.baseline_likeness(submission).correlation}};
  if (finding) {
    answer["copy_of"] = finding->original;
    answer["rule"] = finding->rule;
    answer["view"] = view_name(finding->view);
    answer["figures"] = {finding->likeness, finding->likeness_given_crowd, finding->grain,
                         finding->original_grain};
  }
  return answer;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6 && argc != 7) return 2;
  const std::vector<std::string> arguments(argv, argv + argc);
  const std::size_t alerts = std::stoul(arguments[2]);
  const std::size_t features = std::stoul(arguments[3]);
  const std::size_t references = std::stoul(arguments[4]);
  const std::size_t submissions = std::stoul(arguments[5]);
  const std::size_t suspects = argc == 7 ? std::stoul(arguments[6]) : 0;
  const std::size_t columns = features + 1 + references + submissions + 1;
  std::vector<double> data(alerts * columns);
  std::ifstream file(arguments[1], std::ios::binary);
  file.read(reinterpret_cast<char*>(data.data()),
            static_cast<std::streamsize>(data.size() * sizeof(double)));
  if (!file || suspects > submissions) return 3;
  const auto column = [&](std::size_t c) {
    return std::span<const double>(data).subspan(c * alerts, alerts);
  };
  std::vector<std::span<const double>> feature_columns;
  for (std::size_t f = 0; f < features; ++f) feature_columns.push_back(column(f));
  std::vector<std::size_t> sample(alerts);
  std::iota(sample.begin(), sample.end(), std::size_t{0});
  std::vector<int> labels;
  for (const double label : column(columns - 1)) labels.push_back(static_cast<int>(label));
  if (labels.front() < 0) labels.clear();
  constexpr std::size_t kQueries = 4096;
  CopyCheck all(column(features), nearest_neighbors(feature_columns, sample, kQueries, 17, 2), 2);
  for (std::size_t r = 0; r < references; ++r) all.add_reference(column(features + 1 + r));
  const std::size_t first = features + 1 + references;
  const std::size_t crowd = submissions - suspects;
  for (std::size_t s = 0; s < crowd; ++s) all.add(column(first + s));
  nlohmann::json answers = nlohmann::json::array();
  if (suspects == 0) {
    const auto findings = all.find(labels);
    for (std::size_t s = 0; s < crowd; ++s) answers.push_back(describe(all, s, findings[s]));
  }
  for (std::size_t s = crowd; s < submissions; ++s) {
    CopyCheck check = all;
    check.add(column(first + s));
    answers.push_back(describe(check, crowd, check.find(labels)[crowd]));
  }
  std::cout << answers;
}
