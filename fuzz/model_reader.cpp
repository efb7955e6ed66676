// Whatever text a stranger sends as a model: read_forest() refuses it with a bad_input Error, or
// LightGBM reads it too, and the engine gives the same raw scores and contributions that add up.
#include <LightGBM/c_api.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "forest/forest_text.h"
#include "forest/model.h"

namespace aml::forest {
namespace {

void expect(bool holds, const char* claim) {
  if (holds) return;
  std::fprintf(stderr, "model_reader: %s; LightGBM says: %s\n", claim, LGBM_GetLastError());
  std::abort();
}

// Values around every threshold, and those that a double can hold besides numbers.
std::vector<double> telling_values(const Forest& forest) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr std::size_t kEnough = 24;
  std::vector<double> values{std::numeric_limits<double>::quiet_NaN(),
                             kInfinity,
                             -kInfinity,
                             0,
                             -0.0,
                             1e-36,
                             -0.5,
                             33,
                             3e9};
  for (const Tree& tree : forest.trees) {
    for (const Node& node : tree.nodes) {
      if (values.size() >= kEnough) return values;
      values.push_back(node.threshold);
      values.push_back(std::nextafter(node.threshold, kInfinity));
    }
  }
  return values;
}

// A row per telling value, which stands in another place of each column.
std::vector<std::vector<double>> telling_columns(const Forest& forest) {
  const std::vector<double> values = telling_values(forest);
  std::vector<std::vector<double>> columns(forest.feature_names.size());
  for (std::size_t f = 0; f < columns.size(); ++f) {
    for (std::size_t row = 0; row < values.size(); ++row) {
      columns[f].push_back(values[(row + f * 7) % values.size()]);
    }
  }
  return columns;
}

bool same(double ours, double theirs) {
  return std::bit_cast<std::uint64_t>(ours) == std::bit_cast<std::uint64_t>(theirs) ||
         (std::isnan(ours) && std::isnan(theirs));
}

void compare_scores(const Model& model, const ModelInput& input, BoosterHandle booster) {
  const std::size_t features = input.columns.size();
  std::vector<double> ours(input.rows);
  model.predict_raw(input, 0, ours);
  std::vector<double> row(features);
  for (std::size_t i = 0; i < input.rows; ++i) {
    for (std::size_t f = 0; f < features; ++f) row[f] = input.columns[f][i];
    double theirs = 0;
    std::int64_t written = 0;
    const int status = LGBM_BoosterPredictForMatSingleRow(
        booster, row.data(), C_API_DTYPE_FLOAT64, static_cast<int>(features), 1,
        C_API_PREDICT_RAW_SCORE, 0, -1, "num_threads=1 verbosity=-1", &written, &theirs);
    expect(status == 0 && written == 1, "LightGBM does not score a row");
    expect(same(ours[i], theirs), "LightGBM scores a row otherwise");
  }
}

// Of leaves that are so large that sums of them overflow nothing can be said.
bool has_usual_leaves(const Forest& forest) {
  constexpr double kUsual = 1e100;
  for (const Tree& tree : forest.trees) {
    for (const Leaf& leaf : tree.leaves) {
      if (std::abs(leaf.value) > kUsual) return false;
    }
  }
  return true;
}

void check_explanations(const Model& model, const ModelInput& input) {
  const std::size_t width = input.columns.size() + 1;
  std::vector<double> raw(input.rows);
  std::vector<double> contributions(input.rows * width);
  model.predict_raw(input, 0, raw);
  model.explain(input, 0, contributions);
  // Sums of large contributions that cancel are as exact as the largest leaf is.
  double size = 0;
  for (const Tree& tree : model.forest().trees) {
    double largest = 0;
    for (const Leaf& leaf : tree.leaves) largest = std::max(largest, std::abs(leaf.value));
    size += largest;
  }
  for (std::size_t row = 0; row < input.rows; ++row) {
    double sum = 0;
    for (std::size_t i = 0; i < width; ++i) sum += contributions[row * width + i];
    expect(std::abs(sum - raw[row]) <= 1e-9 * size, "contributions do not add up to the raw score");
  }
}

// LightGBM loses the '=' at the end of the last feature name.
bool has_odd_name(const Forest& forest) {
  return std::any_of(forest.feature_names.begin(), forest.feature_names.end(),
                     [](const std::string& name) { return name.find('=') != std::string::npos; });
}

void ignore_log(const char*) {}

void run(std::string_view text) {
  Forest forest;
  try {
    forest = read_forest(text, "fuzzed.txt");
  } catch (const Error& e) {
    expect(e.kind() == ErrorKind::bad_input, "a refusal is of another kind than bad_input");
    return;
  }
  // LightGBM finds no tree by tree_sizes where lines end in CRLF.
  std::string unix_text(text);
  std::erase(unix_text, '\r');
  BoosterHandle booster = nullptr;
  int trees = 0;
  const int status = LGBM_BoosterLoadModelFromString(unix_text.c_str(), &trees, &booster);
  if (status != 0 && has_odd_name(forest)) return;
  expect(status == 0, "LightGBM refuses a model that is accepted");
  expect(static_cast<std::size_t>(trees) == forest.trees.size(), "LightGBM reads other trees");

  const std::vector<std::vector<double>> columns = telling_columns(forest);
  ModelInput input;
  input.rows = columns[0].size();
  for (const std::vector<double>& column : columns) input.columns.emplace_back(column);
  for (const InstructionSet set :
       {InstructionSet::plain, InstructionSet::avx2, InstructionSet::avx512}) {
    if (!is_supported(set)) continue;
    const Model model(forest, "fuzzed.txt", set);
    compare_scores(model, input, booster);
    if (forest.explainable && has_usual_leaves(forest)) check_explanations(model, input);
  }
  LGBM_BoosterFree(booster);
}

}  // namespace
}  // namespace aml::forest

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  LGBM_RegisterLogCallback(aml::forest::ignore_log);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  aml::forest::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
