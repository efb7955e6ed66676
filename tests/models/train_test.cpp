#include "models/train.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "base/error.h"
#include "base/threads.h"
#include "example.h"
#include "forest/forest_text.h"
#include "forest/model.h"
#include "forest/objective.h"
#include "models/match_features.h"

namespace aml::models {
namespace {

TEST(Train, WritesTheSameBytesEveryTimeAndOnEveryThread) {
  std::vector<std::string> texts(3);
  parallel_blocks(texts.size(), 1, 3,
                  [&](std::size_t begin, std::size_t) { texts[begin] = example_model(); });
  EXPECT_EQ(texts[0], texts[1]);
  EXPECT_EQ(texts[0], texts[2]);
}

TEST(Train, LearnsToRankWithLambdarank) {
  const std::string text = example_model({.objective = "lambdarank", .trees = 10});
  EXPECT_EQ(forest::read_forest(text, "m").objective, "lambdarank");
}

TEST(Train, CutsLongDaysIntoEvenQueries) {
  EXPECT_EQ(query_lengths(0), std::vector<int>{});
  EXPECT_EQ(query_lengths(10000), std::vector<int>{10000});
  EXPECT_EQ(query_lengths(10001), (std::vector<int>{5000, 5001}));
  const std::vector<int> lengths = query_lengths(50000);
  EXPECT_EQ(lengths.size(), 5U);
  EXPECT_EQ(std::accumulate(lengths.begin(), lengths.end(), 0), 50000);
}

TEST(Train, ShiftsEveryRawScoreAndNoContribution) {
  const TemporaryFolder folder;
  const std::string text = example_model();
  const features::FeatureMatrix matrix = example_matrix();
  const auto values = [&](const std::string& model_text) {
    const auto model = forest::load_model(write_text(folder, model_text));
    std::vector<double> contributions(matrix.rows() * 4);
    model->explain(match_features(matrix, *model, "m"), 0, contributions);
    std::vector<double> raw(matrix.rows());
    model->predict_raw(match_features(matrix, *model, "m"), 0, raw);
    return std::pair(raw, contributions);
  };
  const auto [raw, contributions] = values(text);
  const auto [shifted_raw, shifted_contributions] = values(shift_model(text, 1.25));
  for (std::size_t row = 0; row < matrix.rows(); ++row) {
    EXPECT_NEAR(shifted_raw[row], raw[row] + 1.25, 1e-12);
    for (std::size_t f = 0; f < 3; ++f) {
      EXPECT_NEAR(shifted_contributions[row * 4 + f], contributions[row * 4 + f], 1e-12);
    }
    EXPECT_NEAR(shifted_contributions[row * 4 + 3], contributions[row * 4 + 3] + 1.25, 1e-12);
  }
}

TEST(Train, RefusesDaysWithoutLabels) {
  const features::FeatureMatrix matrix = example_matrix();
  const LabelledRows none = labelled_rows(matrix, {});
  EXPECT_THROW(Trainer(std::span(&none, 1)), Error);
}

}  // namespace
}  // namespace aml::models
