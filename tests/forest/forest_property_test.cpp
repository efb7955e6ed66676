// What must hold of every model: random ones, grown by LightGBM, compared with LightGBM row by row.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "base/threads.h"
#include "forest/forest_text.h"
#include "forest/model.h"
#include "forest/objective.h"
#include "random_models.h"

namespace aml::forest {
namespace {

using reference::Booster;
using reference::Columns;
using reference::Data;

std::uint64_t bits(double value) { return std::bit_cast<std::uint64_t>(value); }

// AML_MODELS=5000 tries more of them.
std::uint64_t model_count() {
  const char* wanted = std::getenv("AML_MODELS");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 240;
}

constexpr std::size_t kRows = 130;  // two tiles and a bit

std::vector<double> raw_scores(const Model& model, const ModelInput& input) {
  std::vector<double> raw(input.rows);
  model.predict_raw(input, 0, raw);
  return raw;
}

std::vector<double> explanations(const Model& model, const ModelInput& input) {
  std::vector<double> contributions(input.rows * (model.feature_names().size() + 1));
  model.explain(input, 0, contributions);
  return contributions;
}

void expect_same_bits(const std::vector<double>& found, const std::vector<double>& expected,
                      const char* what) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(bits(found[i]), bits(expected[i]))
        << what << " " << i << ": " << found[i] << " and not " << expected[i];
  }
}

void expect_close(const std::vector<double>& found, const std::vector<double>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_NEAR(found[i], expected[i], std::max(1e-12, 1e-9 * std::abs(expected[i])))
        << "contribution " << i;
  }
}

void expect_sums(const std::vector<double>& contributions, const std::vector<double>& raw) {
  const std::size_t width = contributions.size() / raw.size();
  for (std::size_t row = 0; row < raw.size(); ++row) {
    const auto begin = contributions.begin() + static_cast<std::ptrdiff_t>(row * width);
    const double sum = std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(width), 0.0);
    ASSERT_NEAR(sum, raw[row], std::max(1e-12, 1e-9 * std::abs(raw[row]))) << "row " << row;
  }
}

// As who asks for one row at a time.
std::vector<double> one_by_one(const Model& model, const ModelInput& input) {
  std::vector<double> raw(input.rows);
  for (std::size_t row = 0; row < raw.size(); ++row) {
    model.predict_raw(input, row, std::span(raw).subspan(row, 1));
  }
  return raw;
}

void compare_with_lightgbm(std::uint64_t seed) {
  const reference::RandomModel random = reference::random_model(seed);
  SCOPED_TRACE(fmt::format("seed {}: {}", seed, random.parameters));
  const Forest forest = read_forest(random.text, "model");
  const Booster booster(random.text);
  reference::Random row_random(seed);
  const Data data = reference::hard_rows(row_random, random.data, forest, kRows);
  const Columns columns(data);

  const Model model(forest, "model");
  const std::vector<double> raw = raw_scores(model, columns.input);
  expect_same_bits(raw, booster.predict(C_API_PREDICT_RAW_SCORE, data), "raw score");
  expect_same_bits(one_by_one(model, columns.input), raw, "raw score of one row");
  std::vector<double> scores;
  for (const double score : raw) scores.push_back(output_score(forest, score));
  expect_same_bits(scores, booster.predict(C_API_PREDICT_NORMAL, data), "score");
  const std::vector<double> contributions = explanations(model, columns.input);
  expect_close(contributions, booster.predict(C_API_PREDICT_CONTRIB, data));
  expect_sums(contributions, raw);

  for (const InstructionSet set : {InstructionSet::plain, InstructionSet::avx2}) {
    if (!is_supported(set)) continue;
    const Model other(forest, "model", set);
    expect_same_bits(raw_scores(other, columns.input), raw, "raw score by other instructions");
    expect_same_bits(explanations(other, columns.input), contributions,
                     "contribution by other instructions");
  }
}

TEST(ForestProperty, EqualsLightGbmOnRandomModels) {
  for (std::uint64_t seed = 1; seed <= model_count() && !HasFatalFailure(); ++seed) {
    compare_with_lightgbm(seed);
  }
}

// Blocks of odd lengths, in any order, from several threads.
TEST(ForestProperty, GivesTheSameBitsForAnyNumberOfThreads) {
  for (const std::uint64_t seed : {2U, 11U, 47U, 100U}) {
    const reference::RandomModel random = reference::random_model(seed);
    SCOPED_TRACE(fmt::format("seed {}: {}", seed, random.parameters));
    const Model model(read_forest(random.text, "model"), "model");
    reference::Random row_random(seed);
    const Data data = reference::hard_rows(row_random, random.data, model.forest(), 1000);
    const Columns columns(data);
    const std::vector<double> raw = raw_scores(model, columns.input);
    const std::vector<double> contributions = explanations(model, columns.input);
    for (const int threads : {1, 2, 4}) {
      std::vector<double> raw_found(raw.size());
      std::vector<double> found(contributions.size());
      const std::size_t width = data.features + 1;
      parallel_blocks(data.rows, 77, threads, [&](std::size_t begin, std::size_t end) {
        const std::size_t rows = end - begin;
        model.predict_raw(columns.input, begin, std::span(raw_found).subspan(begin, rows));
        model.explain(columns.input, begin, std::span(found).subspan(begin * width, rows * width));
      });
      expect_same_bits(raw_found, raw, "raw score");
      expect_same_bits(found, contributions, "contribution");
    }
  }
}

}  // namespace
}  // namespace aml::forest
