#include "models/train.h"

#include <LightGBM/c_api.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/threads.h"
#include "example.h"
#include "forest/forest_text.h"
#include "forest/model.h"
#include "metrics/ranking.h"
#include "models/cross_fit.h"

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

// A review that took all alerts that an earlier model ranked first, and a twentieth of the others.
// What that model saw is no feature here. Among the first, one feature tells what is reported;
// among the others, of which there are nine times as many, the other one does.
class BiasedReview {
 public:
  BiasedReview() {
    matrix_.names = {"first", "other"};
    matrix_.columns.resize(2);
    std::mt19937_64 random(7);
    const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
    for (std::size_t row = 0; row < kRows; ++row) {
      const bool is_first = uniform() < 0.1;
      const double first = uniform();
      const double other = uniform();
      const std::string id = std::to_string(row);
      matrix_.ids.push_back(id);
      matrix_.columns[0].push_back(first);
      matrix_.columns[1].push_back(other);
      truth_[id] = static_cast<int>(uniform() < (is_first ? first : other));
      if (!is_first && uniform() >= kShare) continue;
      reviewed_[id] = truth_[id];
      weights_[id] = is_first ? 1 : 1 / kShare;
    }
  }
  // Of all alerts, by a model of what was reviewed.
  double auc(const LabelWeights& weights) const {
    const LabelledRows rows = labelled_rows(matrix_, reviewed_, weights);
    const std::string text = Trainer(std::span(&rows, 1), few_trees()).train();
    const forest::Model model(forest::read_forest(text, "m"), "m");
    const LabelledRows all = labelled_rows(matrix_, truth_);
    return metrics::auc_roc(raw_scores(model, matrix_, "m"), all.labels);
  }
  const LabelWeights& weights() const { return weights_; }

 private:
  static constexpr std::size_t kRows = 20'000;
  static constexpr double kShare = 0.05;
  features::FeatureMatrix matrix_;
  Labels truth_;
  Labels reviewed_;
  LabelWeights weights_;
};

TEST(Train, OnABiasedReviewIsWorseWithoutTheWeightsOfItsSample) {
  const BiasedReview review;
  const double weighted = review.auc(review.weights());
  const double unweighted = review.auc({});
  EXPECT_GT(weighted, unweighted + 0.02) << weighted << " " << unweighted;
  EXPECT_GT(weighted, 0.7);
}

TEST(Train, WeightsOfOneChangeNothing) {
  const features::FeatureMatrix matrix = example_matrix();
  LabelledRows rows = example_rows(matrix);
  const std::string plain = Trainer(std::span(&rows, 1), few_trees()).train();
  rows.weights.assign(rows.rows.size(), 1.0F);
  const auto trees = [](const std::string& text) {
    std::vector<std::size_t> leaves;
    for (const auto& tree : forest::read_forest(text, "m").trees)
      leaves.push_back(tree.leaves.size());
    return leaves;
  };
  EXPECT_EQ(trees(Trainer(std::span(&rows, 1), few_trees()).train()), trees(plain));
}

// Rows of two features, one after the other.
TrainingRows training_rows(std::vector<double> values, std::vector<float> labels) {
  return {.names = {"first", "second"},
          .labels = std::move(labels),
          .read = [values = std::move(values)](std::span<const std::int32_t> rows, double* read) {
            for (const std::int32_t row : rows) {
              const std::size_t at = static_cast<std::size_t>(row) * 2;
              *read++ = values[at];
              *read++ = values[at + 1];
            }
          }};
}

TEST(Train, APartOfBinnedRowsGrowsWhatItGrowsAlone) {
  // Few values, so that the bins are the same whichever rows they are made of.
  std::array<std::vector<double>, 2> values;  // of all and of the part
  std::array<std::vector<float>, 2> labels;
  std::vector<std::int32_t> numbers;
  std::mt19937 random(3);
  for (std::int32_t row = 0; row < 3000; ++row) {
    const bool is_in_part = random() % 3 != 0;
    const auto first = static_cast<double>(random() % 10);
    const auto second = static_cast<double>(random() % 10);
    // Whoever saw the other rows learned the contrary.
    const bool label = (first > second) == is_in_part;
    for (std::size_t i = 0; i < (is_in_part ? 2 : 1); ++i) {
      values[i].insert(values[i].end(), {first, second});
      labels[i].push_back(label ? 1.0F : 0.0F);
    }
    if (is_in_part) numbers.push_back(row);
  }
  const Trainer whole(training_rows(values[0], labels[0]), few_trees());
  const std::string alone = Trainer(training_rows(values[1], labels[1]), few_trees()).train();
  EXPECT_EQ(Trainer(whole, numbers).train(), alone);
  EXPECT_NE(whole.train(), alone);
}

std::string dump_of(DatasetHandle dataset, const std::filesystem::path& file) {
  EXPECT_EQ(LGBM_DatasetDumpText(dataset, file.c_str()), 0);
  LGBM_DatasetFree(dataset);
  return read_file(file);
}

TEST(Train, RowsThatAreReadInBlocksAreBinnedAsLightGbmBinsOneMatrix) {
  constexpr std::int32_t kRows = 5000;  // more than are read at once, and than are sampled
  const std::string parameters =
      "bin_construct_sample_cnt=700 data_random_seed=7 max_bin=31 num_threads=1 verbosity=-1";
  std::mt19937 random(5);
  std::vector<double> values;
  std::vector<float> labels;
  for (std::int32_t row = 0; row < kRows; ++row) {
    const std::array<double, 3> firsts{0, std::nan(""), std::sqrt(static_cast<double>(random()))};
    values.insert(values.end(), {firsts[random() % 3], static_cast<double>(random() % 4000) - 1e3});
    labels.push_back(static_cast<float>(random() % 2));
  }
  const TemporaryFolder folder;
  DatasetHandle matrix = nullptr;
  ASSERT_EQ(LGBM_DatasetCreateFromMat(values.data(), C_API_DTYPE_FLOAT64, kRows, 2, 1,
                                      parameters.c_str(), nullptr, &matrix),
            0);
  std::array<const char*, 2> names{"first", "second"};
  ASSERT_EQ(LGBM_DatasetSetFeatureNames(matrix, names.data(), 2), 0);
  ASSERT_EQ(LGBM_DatasetSetField(matrix, "label", labels.data(), kRows, C_API_DTYPE_FLOAT32), 0);
  EXPECT_EQ(dump_of(bin_rows(training_rows(values, labels), parameters), folder.path() / "ours"),
            dump_of(matrix, folder.path() / "lightgbm"));
}

}  // namespace
}  // namespace aml::models
