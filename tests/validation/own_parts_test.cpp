#include "validation/own_parts.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <optional>
#include <vector>

#include "example.h"
#include "validation/views.h"

namespace aml::validation {
namespace {

constexpr auto kRank = static_cast<std::size_t>(View::rank);

// Two models of their own, a reference, and copies of the first, given to OwnParts as a round does.
class OwnPart : public testing::Test {
 protected:
  OwnPart() : views(day.baseline) {
    std::vector<std::size_t> all(day.index.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    neighbors = nearest_neighbors(day.features(), all, 2000, 3, 1);
    reference = day.model(9, 0.4);
  }

  std::size_t add(const std::vector<double>& scores, std::optional<std::size_t> nearest) {
    residuals.push_back(views.residuals(scores)[kRank]);
    nearest_references.push_back(nearest);
    return residuals.size() - 1;
  }

  OwnParts parts() {
    OwnParts result(views.baseline_normal_scores(),
                    {views.normal_scores(views.residuals(reference)[kRank])}, neighbors);
    std::vector<OwnParts::Submission> submissions;
    for (std::size_t i = 0; i < residuals.size(); ++i) {
      submissions.push_back(
          {views.normal_scores(residuals[i]), residuals[i].values, nearest_references[i]});
    }
    result.add_all(std::move(submissions), 1);
    return result;
  }

  Explanations explanation(std::size_t original, std::size_t copy) {
    return parts().explain(original, std::vector<std::size_t>{copy})[0];
  }

  std::vector<double> blend(const std::vector<double>& a, const std::vector<double>& b) const {
    std::vector<double> blended = a;
    for (std::size_t i = 0; i < a.size(); ++i) blended[i] = (a[i] + b[i]) / 2;
    return blended;
  }

  example::Day day{2000};
  Views views;
  Neighbors neighbors;
  std::vector<double> reference;
  std::vector<Views::Residual> residuals;
  std::vector<std::optional<std::size_t>> nearest_references;
};

TEST_F(OwnPart, OfABlendWithAReferenceIsExplainedByBothAlone) {
  const std::vector<double> original = day.model(2, 0.4);
  const std::size_t first = add(original, std::nullopt);
  const std::size_t blended = add(blend(original, reference), 0);
  const Explanations found = explanation(first, blended);
  EXPECT_LT(found[0].explained, 0.9);
  EXPECT_EQ(found[0].reference_helps, 1);
  EXPECT_GT(found[1].explained, 0.9);
  EXPECT_GT(found[1].reference_helps, 4);
  EXPECT_FALSE(found[0].is_random);
}

TEST_F(OwnPart, SaysNothingOfAReferenceThatIsNotThere) {
  const std::size_t first = add(day.model(2, 0.4), std::nullopt);
  const std::size_t noisy = add(example::with_noise(day.model(2, 0.4), 0.4, 5), std::nullopt);
  const Explanations found = explanation(first, noisy);
  EXPECT_TRUE(found[0].is_random);
  EXPECT_NEAR(found[0].grain, 0, 0.15);  // of noise
  EXPECT_GT(found[0].original_grain, 0.5);
  EXPECT_FALSE(found[1].is_random);
  EXPECT_EQ(found[1].explained, 0);
  EXPECT_EQ(found[1].reference_helps, 1);
  EXPECT_EQ(found[1].grain, 0);
}

TEST_F(OwnPart, OfAnHonestModelIsNoNoiseAndNotExplained) {
  const std::size_t first = add(day.model(2, 0.4), 0);
  const std::size_t other = add(day.model(7, 0.4), 0);
  for (const Explanation& found : explanation(first, other)) {
    EXPECT_FALSE(found.is_random);
    EXPECT_LT(found.explained, 0.5);
    EXPECT_GT(found.grain, 0.5);
  }
}

TEST_F(OwnPart, OfWhoHasNoneIsExplainedByNobody) {
  const std::size_t first = add(day.model(2, 0.4), 0);
  const std::size_t constant = add(std::vector<double>(day.index.size(), 0.5), 0);
  for (const Explanation& found : explanation(first, constant)) {
    EXPECT_EQ(found.explained, 0);
    EXPECT_FALSE(found.is_random);
  }
}

TEST_F(OwnPart, LeavesOfACopyTheNoiseThatWasAdded) {
  const std::vector<double> original = day.model(2, 0.4);
  const std::size_t first = add(original, std::nullopt);
  const std::size_t noisy = add(example::with_noise(original, 0.4, 5), std::nullopt);
  const std::vector<float> left = parts().departure(noisy, first, 0);
  ASSERT_EQ(left.size(), day.index.size());
  example::Noise noise(5);
  double product = 0;
  double ours = 0;
  double theirs = 0;
  for (const float value : left) {
    const double added = noise.normal();
    product += value * added;
    ours += static_cast<double>(value) * value;
    theirs += added * added;
  }
  EXPECT_GT(product / std::sqrt(ours * theirs), 0.8);
}

}  // namespace
}  // namespace aml::validation
