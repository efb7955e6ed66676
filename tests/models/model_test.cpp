#include "forest/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "base/error.h"
#include "base/threads.h"
#include "example.h"
#include "forest/objective.h"
#include "models/match_features.h"

namespace aml::models {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Model, ContributionsSumToTheRawScoreOfEachRow) {
  const TemporaryFolder folder;
  const auto model = forest::load_model(write_text(folder, example_model()));
  const features::FeatureMatrix matrix = example_matrix();
  const forest::ModelInput input = match_features(matrix, *model, "m");
  std::vector<double> raw(matrix.rows());
  model->predict_raw(input, 0, raw);
  std::vector<double> contributions(matrix.rows() * 4);
  model->explain(input, 0, contributions);
  for (std::size_t row = 0; row < matrix.rows(); ++row) {
    const auto begin = contributions.begin() + static_cast<std::ptrdiff_t>(row * 4);
    EXPECT_NEAR(std::accumulate(begin, begin + 4, 0.0), raw[row], 1e-10);
  }
}

TEST(Model, GivesARowTheSameBitsInAnyBlockAndThread) {
  const TemporaryFolder folder;
  const auto model = forest::load_model(write_text(folder, example_model()));
  const features::FeatureMatrix matrix = example_matrix();
  const forest::ModelInput input = match_features(matrix, *model, "m");
  std::vector<double> whole(matrix.rows() * 4);
  model->explain(input, 0, whole);
  std::vector<double> in_blocks(whole.size());
  parallel_blocks(matrix.rows(), 7, 4, [&](std::size_t begin, std::size_t end) {
    model->explain(input, begin, std::span(in_blocks).subspan(begin * 4, (end - begin) * 4));
  });
  EXPECT_EQ(whole, in_blocks);
}

TEST(Model, FindsItsFeaturesByNameInAnyOrder) {
  const TemporaryFolder folder;
  const auto model = forest::load_model(write_text(folder, example_model()));
  const features::FeatureMatrix matrix = example_matrix();
  features::FeatureMatrix shuffled = matrix;
  shuffled.names = {"unused", "entropy", "volume", "degree"};
  shuffled.columns = {matrix.columns[2], matrix.columns[2], matrix.columns[0], matrix.columns[1]};
  std::vector<double> expected(matrix.rows());
  std::vector<double> found(matrix.rows());
  model->predict_raw(match_features(matrix, *model, "m"), 0, expected);
  model->predict_raw(match_features(shuffled, *model, "m"), 0, found);
  EXPECT_EQ(expected, found);
}

TEST(Model, NamesTheFeaturesThatTheSqlDoesNotMake) {
  const TemporaryFolder folder;
  const auto model = forest::load_model(write_text(folder, example_model()));
  features::FeatureMatrix matrix = example_matrix();
  matrix.names[1] = "renamed";
  try {
    match_features(matrix, *model, "models/alert_scorer_v1.0.0.txt");
    FAIL() << "the model was matched";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::bad_input);
    EXPECT_THAT(e.what(), AllOf(HasSubstr("alert_scorer_v1.0.0.txt"), HasSubstr("degree"),
                                Not(HasSubstr("entropy"))));
  }
}

TEST(Model, ScoresNoRowsAtAll) {
  const TemporaryFolder folder;
  const auto model = forest::load_model(write_text(folder, example_model()));
  features::FeatureMatrix matrix;
  matrix.names = {"volume", "degree", "entropy"};
  matrix.columns.resize(3);
  std::vector<double> none;
  EXPECT_NO_THROW(model->predict_raw(match_features(matrix, *model, "m"), 0, none));
}

// Flipped bytes are either noticed or harmless; none may crash the program.
TEST(Model, SurvivesDamagedFiles) {
  const TemporaryFolder folder;
  const std::string intact = example_model(few_trees("2"));
  const features::FeatureMatrix matrix = example_matrix();
  const std::size_t end = intact.find("end of trees");
  for (std::size_t i = 0; i < end; i += 13) {
    std::string text = intact;
    text[i] = static_cast<char>('0' + (static_cast<int>(i) + text[i]) % 70);
    try {
      const auto model = forest::load_model(write_text(folder, text));
      std::vector<double> raw(matrix.rows());
      model->predict_raw(match_features(matrix, *model, "m"), 0, raw);
      std::vector<double> contributions(matrix.rows() * 4);
      model->explain(match_features(matrix, *model, "m"), 0, contributions);
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::bad_input) << e.what();
    }
  }
}

TEST(PublishedScore, StaysWithinZeroAndOne) {
  EXPECT_EQ(forest::published_score(0), 0.5);
  EXPECT_EQ(forest::published_score(-1e6), 0);
  EXPECT_EQ(forest::published_score(1e6), 1);
}

}  // namespace
}  // namespace aml::models
