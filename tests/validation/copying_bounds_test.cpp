// Where the rules that look at the views begin, against correlations that the test takes itself.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <optional>
#include <vector>

#include "example.h"
#include "validation/copying.h"

namespace aml::validation {
namespace {

using Scores = std::vector<double>;
using Values = std::vector<double>;

Values own_part(const Scores& baseline, const Scores& scores, std::size_t view) {
  const auto residuals = Views(baseline).residuals(scores);
  return {residuals[view].values.begin(), residuals[view].values.end()};
}

double product(const Values& a, const Values& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double cosine(const Values& a, const Values& b) {
  return product(a, b) / std::sqrt(product(a, a) * product(b, b));
}

double highest_likeness(const Scores& baseline, const Scores& a, const Scores& b) {
  double highest = 0;
  for (std::size_t v = 0; v < kViews.size(); ++v) {
    highest = std::max(highest, cosine(own_part(baseline, a, v), own_part(baseline, b, v)));
  }
  return highest;
}

// A few alerts stand apart, and the rest get noise: what a copy changes shows in the scores a
// little, and in the ranks much, so that its likeness is that of the scores, and moves steadily.
class CopyBounds : public testing::Test {
 protected:
  CopyBounds() {
    for (std::size_t i = 0; i < kAlerts; ++i) {
      baseline.push_back(0.1 + 0.8 * noise.uniform());
      original.push_back((i % 10 == 0 ? 0.3 + 0.6 * noise.uniform() : 0.3) +
                         0.005 * noise.normal());
      change.push_back(noise.normal());
    }
  }
  Scores copy(double size) const {
    Scores scores = original;
    for (std::size_t i = 0; i < scores.size(); ++i) scores[i] += size * change[i];
    return scores;
  }
  // How much is changed where the likeness is that.
  double size_of(double likeness) const {
    double low = 0;
    double high = 0.1;
    for (int step = 0; step < 50; ++step) {
      const double middle = (low + high) / 2;
      (highest_likeness(baseline, original, copy(middle)) > likeness ? low : high) = middle;
    }
    return low;
  }
  std::string rule_of(const Scores& scores) const {
    CopyCheck check(baseline, {}, 1);
    check.add(original);
    check.add(scores);
    const auto found = check.find();
    EXPECT_FALSE(found[0]);
    return found[1] ? found[1]->rule : "";
  }

  static constexpr std::size_t kAlerts = 100;
  example::Noise noise{21};
  Scores baseline;
  Scores original;
  Scores change;
};

// Fisher's z of a correlation of n alerts with k controls has the standard error 1 / √(n − k − 3);
// the controls are the level and the square of the baseline in each of two submissions.
TEST_F(CopyBounds, IdenticalBeginsFourStandardErrorsAboveItsThreshold) {
  const double z =
      0.5 * std::log((1 + kIdentical) / (1 - kIdentical)) + 4 / std::sqrt(kAlerts - 4 - 3.0);
  const double bound = (std::exp(2 * z) - 1) / (std::exp(2 * z) + 1);
  const double size = size_of(bound);
  EXPECT_NEAR((1 - highest_likeness(baseline, original, copy(size))) / (1 - bound), 1, 1e-3);
  EXPECT_EQ(rule_of(copy(size * 0.9995)), "identical");
  EXPECT_EQ(rule_of(copy(size * 1.0005)), "");
}

// Of a copy with noise among honest models, with what each of the others adds to the crowd taken
// off both: a regression on the sum of the others, without that of the two.
TEST(CopyCheck, TellsTheLikenessGivenTheCrowd) {
  const example::Day day{3000};
  std::vector<Scores> submissions;
  for (int number = 1; number <= 6; ++number) submissions.push_back(day.model(number, 0.4));
  submissions.push_back(example::with_noise(submissions[1], 0.03, 5));
  CopyCheck check(day.baseline, {}, 1);
  check.add_all(submissions);
  const auto found = check.find()[6];
  ASSERT_TRUE(found);
  EXPECT_EQ(found->original, 1);
  EXPECT_EQ(found->rule, "close");
  const auto view = static_cast<std::size_t>(found->view);
  Values first = own_part(day.baseline, submissions[1], view);
  Values second = own_part(day.baseline, submissions[6], view);
  EXPECT_NEAR(found->likeness, cosine(first, second), 1e-6);
  Values crowd(day.index.size());
  for (const std::size_t other : {0, 2, 3, 4, 5}) {
    const Values values = own_part(day.baseline, submissions[other], view);
    for (std::size_t i = 0; i < crowd.size(); ++i) crowd[i] += values[i];
  }
  for (Values* values : {&first, &second}) {
    const double slope = product(*values, crowd) / product(crowd, crowd);
    for (std::size_t i = 0; i < crowd.size(); ++i) (*values)[i] -= slope * crowd[i];
  }
  EXPECT_NEAR(found->likeness_given_crowd, cosine(first, second), 1e-6);
  EXPECT_GT(std::abs(found->likeness_given_crowd - found->likeness), 1e-4) << "the crowd matters";
}

// A noisy copy, and labels that know its noise as well as one wants.
class ClearedCopy : public testing::Test {
 protected:
  ClearedCopy() : original(day.model(2, 0.4)), noisy(example::with_noise(original, 0.4, 5)) {
    std::vector<std::size_t> all(day.index.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    neighbors = nearest_neighbors(day.features(), all, 4096, 3, 1);
    constexpr auto kRank = static_cast<std::size_t>(View::rank);
    const Views views(day.baseline);
    const Views::Residual of_original = views.residuals(original)[kRank];
    const Views::Residual of_noisy = views.residuals(noisy)[kRank];
    OwnParts parts(views.baseline_normal_scores(), {}, neighbors);
    parts.add_all({{views.normal_scores(of_original), of_original.values, std::nullopt},
                   {views.normal_scores(of_noisy), of_noisy.values, std::nullopt}},
                  1);
    for (const float value : parts.departure(1, 0, 0)) left.push_back(value);
  }

  // Labels of so many positives whose correlation with what is left of the copy is so many standard
  // errors (1 / √n) and a hair more or less: pairs are exchanged until that is so.
  std::vector<int> labels_at(double sigmas, std::size_t positives) const {
    const auto n = static_cast<double>(left.size());
    const double share = static_cast<double>(positives) / n;
    std::vector<int> labels(left.size());
    double sum = 0;
    for (std::size_t i = 0; i < positives; ++i) {
      labels[i] = 1;
      sum += left[i];
    }
    const double wanted = sigmas * std::sqrt(product(left, left) * share * (1 - share)) +
                          share * std::accumulate(left.begin(), left.end(), 0.0);
    while (std::abs(wanted - sum) > 1e-3) {
      std::size_t in = 0;
      std::size_t out = 0;
      double best = std::abs(wanted - sum);
      for (std::size_t i = 0; i < labels.size(); ++i) {
        for (std::size_t j = 0; labels[i] == 1 && j < labels.size(); ++j) {
          const double off = std::abs(wanted - sum - left[j] + left[i]);
          if (labels[j] == 1 || off >= best) continue;
          best = off;
          out = i;
          in = j;
        }
      }
      if (in == out) break;
      labels[out] = 0;
      labels[in] = 1;
      sum += left[in] - left[out];
    }
    EXPECT_LT(std::abs(wanted - sum), 1e-2);
    return labels;
  }
  std::string rule_given(const std::vector<int>& labels) const {
    CopyCheck check(day.baseline, neighbors, 1);
    check.add(original);
    check.add(noisy);
    const auto found = check.find(labels);
    return found[1] ? found[1]->rule : "";
  }

  example::Day day{2400};
  Scores original;
  Scores noisy;
  Neighbors neighbors;
  Values left;
};

TEST_F(ClearedCopy, KnowsTheTruthByFourStandardErrors) {
  EXPECT_EQ(rule_given(labels_at(3.99, 300)), "grainy");
  EXPECT_EQ(rule_given(labels_at(4.01, 300)), "");
}

}  // namespace
}  // namespace aml::validation
