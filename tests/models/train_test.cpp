#include "models/train.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/error.h"
#include "base/threads.h"
#include "example.h"
#include "forest/forest_text.h"

namespace aml::models {
namespace {

TEST(Train, WritesTheSameBytesEveryTimeAndOnEveryThread) {
  std::vector<std::string> texts(3);
  parallel_blocks(texts.size(), 1, 3,
                  [&](std::size_t begin, std::size_t) { texts[begin] = example_model(); });
  EXPECT_EQ(texts[0], texts[1]);
  EXPECT_EQ(texts[0], texts[2]);
}

TEST(Train, TakesOtherParameters) {
  const std::string text = example_model(few_trees().with({{"num_leaves", "3"}}));
  for (const auto& tree : forest::read_forest(text, "m").trees) {
    EXPECT_LE(tree.leaves.size(), 3U);
  }
}

TEST(Train, RefusesDaysWithoutLabels) {
  const features::FeatureMatrix matrix = example_matrix();
  const LabelledRows none = labelled_rows(matrix, {});
  EXPECT_THROW(Trainer(std::span(&none, 1), {}), Error);
}

}  // namespace
}  // namespace aml::models
