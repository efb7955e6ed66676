// Whatever text a stranger sends as a model: read_forest() refuses it with a bad_input Error, or
// LightGBM reads the same trees out of it and gives the same raw scores.
#include <LightGBM/c_api.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "models/forest_text.h"

namespace aml::models {
namespace {

void expect(bool holds, const char* claim) {
  if (holds) return;
  std::fprintf(stderr, "model_reader: %s; LightGBM says: %s\n", claim, LGBM_GetLastError());
  std::abort();
}

bool goes_left(const Tree& tree, const Node& node, double value) {
  if (node.categorical) {
    if (!(value > -1 && value < std::numeric_limits<std::int32_t>::max())) return false;
    const auto category = static_cast<std::uint32_t>(value);
    return category / 32 < node.words &&
           (tree.categories[node.first_word + category / 32] >> category % 32 & 1) != 0;
  }
  if (std::isnan(value) && node.missing != Missing::nan) value = 0;
  const bool is_missing = (node.missing == Missing::zero && value == 0) ||
                          (node.missing == Missing::nan && std::isnan(value));
  return is_missing ? node.default_left : value <= node.threshold;
}

// What LightGBM makes of a value before a tree sees it.
double without_tiny(double value) { return std::abs(value) <= 1e-35f ? 0 : value; }

// The sum of the trees, as plainly as can be.
double plain_sum(const Forest& forest, const std::vector<double>& row) {
  double sum = 0;
  for (const Tree& tree : forest.trees) {
    std::int32_t place = tree.nodes.empty() ? -1 : 0;
    while (place >= 0) {
      const Node& node = tree.nodes[static_cast<std::size_t>(place)];
      const double value = without_tiny(row[static_cast<std::size_t>(node.feature)]);
      place = goes_left(tree, node, value) ? node.left : node.right;
    }
    sum += tree.leaves[static_cast<std::size_t>(-1 - place)].value;
  }
  return sum;
}

// Values around every threshold, and those that a double can hold besides numbers.
std::vector<double> telling_values(const Forest& forest) {
  std::vector<double> values{std::numeric_limits<double>::quiet_NaN(),
                             std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity(),
                             0.0,
                             -0.0,
                             1e-36,
                             -0.5,
                             33.0,
                             3e9};
  constexpr std::size_t kEnough = 24;
  for (const Tree& tree : forest.trees) {
    for (const Node& node : tree.nodes) {
      if (values.size() >= kEnough) return values;
      values.push_back(node.threshold);
      values.push_back(std::nextafter(node.threshold, std::numeric_limits<double>::infinity()));
    }
  }
  return values;
}

void compare(const Forest& forest, BoosterHandle booster) {
  const std::vector<double> values = telling_values(forest);
  const std::size_t features = forest.feature_names.size();
  std::vector<double> row(features);
  for (std::size_t first = 0; first < values.size(); ++first) {
    for (std::size_t f = 0; f < features; ++f) row[f] = values[(first + f * 7) % values.size()];
    double theirs = 0;
    std::int64_t written = 0;
    const int status = LGBM_BoosterPredictForMatSingleRow(
        booster, row.data(), C_API_DTYPE_FLOAT64, static_cast<int>(features), 1,
        C_API_PREDICT_RAW_SCORE, 0, -1, "num_threads=1 verbosity=-1", &written, &theirs);
    expect(status == 0 && written == 1, "LightGBM does not score a row");
    const double ours = plain_sum(forest, row);
    expect(std::bit_cast<std::uint64_t>(ours) == std::bit_cast<std::uint64_t>(theirs) ||
               (std::isnan(ours) && std::isnan(theirs)),
           "LightGBM scores a row otherwise");
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
  compare(forest, booster);
  LGBM_BoosterFree(booster);
}

}  // namespace
}  // namespace aml::models

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  LGBM_RegisterLogCallback(aml::models::ignore_log);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  aml::models::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
