#include "validation/copying.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "example.h"
#include "metrics/correlation.h"
#include "validation/gram.h"

namespace aml::validation {
namespace {

using Scores = std::vector<double>;

class Copying : public testing::Test {
 protected:
  // "original rule" by submission, in the order given; empty for originals, "baseline" for those.
  std::vector<std::string> findings(const std::vector<Scores>& submissions,
                                    const std::vector<int>& labels = {}, int threads = 1) {
    std::vector<std::size_t> all(day.index.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    CopyCheck check(day.baseline, nearest_neighbors(day.features(), all, 4096, 3, 2), threads);
    for (const Scores& reference : references) check.add_reference(reference);
    check.add_all(submissions);
    std::vector<std::string> texts;
    const auto found = check.find(labels);
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (check.is_baseline(i)) {
        texts.emplace_back("baseline");
      } else {
        texts.push_back(found[i] ? std::to_string(found[i]->original) + " " + found[i]->rule : "");
      }
    }
    return texts;
  }

  // Honest models: each has a part of its own.
  std::vector<Scores> honest(int count) {
    std::vector<Scores> models;
    for (int number = 1; number <= count; ++number) models.push_back(day.model(number, 0.4));
    return models;
  }

  std::string verdict_on(const Scores& scores) {
    auto submissions = honest(6);
    submissions.push_back(scores);
    const auto found = findings(submissions);
    EXPECT_EQ(std::count(found.begin(), found.end(), ""), found.back().empty() ? 7 : 6);
    return found.back();
  }

  static Scores each(Scores scores, double (*transform)(double)) {
    std::transform(scores.begin(), scores.end(), scores.begin(), transform);
    return scores;
  }
  Scores blend(const Scores& scores, double share) { return blend(scores, share, day.baseline); }
  static Scores blend(const Scores& scores, double share, const Scores& other) {
    Scores blended = scores;
    for (std::size_t i = 0; i < scores.size(); ++i) {
      blended[i] = share * scores[i] + (1 - share) * other[i];
    }
    return blended;
  }
  static double cubed(double s) { return s * s * s; }

  example::Day day{3000};
  std::vector<Scores> references;
};

TEST_F(Copying, AccusesNoHonestModel) {
  for (const std::string& text : findings(honest(12))) EXPECT_EQ(text, "");
}

TEST_F(Copying, FindsThePlainCopyWhicheverArrivesLater) {
  EXPECT_EQ(verdict_on(day.model(2, 0.4)), "1 identical");
  auto submissions = honest(6);
  submissions.insert(submissions.begin(), day.model(2, 0.4));
  EXPECT_EQ(findings(submissions)[2], "0 identical");
}

TEST_F(Copying, FindsMonotoneTransformations) {
  EXPECT_EQ(verdict_on(each(day.model(2, 0.4), [](double s) { return s * s * s; })), "1 identical");
  EXPECT_EQ(verdict_on(each(day.model(2, 0.4), [](double s) { return std::sqrt(s); })),
            "1 identical");
}

TEST_F(Copying, FindsBlendsWithTheBaseline) {
  EXPECT_EQ(verdict_on(blend(day.model(2, 0.4), 0.7)), "1 identical");
  EXPECT_EQ(verdict_on(blend(day.model(2, 0.4), 0.4)), "1 identical");
}

TEST_F(Copying, FindsMonotoneTransformationsOfBlends) {
  const auto steepened = [](double s) { return example::logistic(4 * example::log_odds(s) + 2); };
  for (const double share : {0.7, 0.5, 0.3}) {
    EXPECT_EQ(verdict_on(each(blend(day.model(2, 0.4), share), cubed)).substr(0, 1), "1");
    EXPECT_EQ(verdict_on(each(blend(day.model(2, 0.4), share), steepened)).substr(0, 1), "1");
  }
}

TEST_F(Copying, FindsNoisyCopies) {
  EXPECT_EQ(verdict_on(example::with_noise(day.model(2, 0.4), 0.03, 5)), "1 close");
  EXPECT_EQ(verdict_on(example::with_noise(day.model(2, 0.4), 0.1, 5)), "1 grainy");
  EXPECT_EQ(verdict_on(example::with_noise(day.model(2, 0.4), 0.4, 5)), "1 grainy");
}

TEST_F(Copying, FindsNoiseOnTransformedBlends) {
  for (const double share : {0.7, 0.5, 0.3}) {
    const Scores noisy = example::with_noise(blend(day.model(2, 0.4), share), 0.2, 5);
    EXPECT_EQ(verdict_on(noisy), "1 grainy");
    EXPECT_EQ(verdict_on(each(noisy, cubed)), "1 grainy");
  }
}

TEST_F(Copying, FindsBlendsWithAReference) {
  references = {day.model(9, 0.4), day.model(10, 0.4)};
  for (const Scores& reference : references) {
    const Scores blended = blend(day.model(2, 0.4), 0.5, reference);
    EXPECT_EQ(verdict_on(blended).substr(0, 1), "1");
    EXPECT_EQ(verdict_on(each(blended, cubed)).substr(0, 1), "1");
    EXPECT_EQ(verdict_on(example::with_noise(blended, 0.1, 5)), "1 grainy");
  }
}

TEST_F(Copying, TakesNoNearRelativeForACopy) {
  // The same model a little further trained: nearly equal, and where it differs it is smooth.
  const Scores relative = blend(day.model(2, 0.4), 0.85, day.model(7, 0.4));
  EXPECT_GT(metrics::pearson(relative, day.model(2, 0.4)), 0.99);
  EXPECT_EQ(verdict_on(relative), "");
}

TEST_F(Copying, TakesNoisyBaselinesForNobodysCopy) {
  EXPECT_EQ(verdict_on(example::with_noise(day.baseline, 0.5, 5)), "");
}

TEST_F(Copying, KnowsTheNoisyOneEvenWhereItAnswersFirst) {
  auto submissions = honest(6);
  submissions.insert(submissions.begin(), example::with_noise(day.model(2, 0.4), 0.4, 5));
  const auto found = findings(submissions);
  EXPECT_EQ(found[0], "2 grainy");
  EXPECT_EQ(found[2], "");
}

TEST_F(Copying, CallsTheStockModelBaselineAndNobodysCopy) {
  auto submissions = honest(4);
  submissions.push_back(day.baseline);
  submissions.push_back(each(day.baseline, [](double s) { return s * s; }));
  const auto found = findings(submissions);
  EXPECT_EQ(found[4], "baseline");
  EXPECT_EQ(found[5], "baseline");
}

TEST_F(Copying, ClearsADepartureThatKnowsTheTruth) {
  // The second has the first's model, and knows something about each alert that no feature shows.
  example::Noise noise(11);
  std::vector<int> labels;
  Scores informed = day.model(2, 0.4);
  for (double& score : informed) {
    const double knowledge = noise.normal();
    labels.push_back(knowledge > 1 ? 1 : 0);
    score = example::logistic(example::log_odds(score) + 0.4 * knowledge);
  }
  auto submissions = honest(6);
  submissions.push_back(informed);
  EXPECT_EQ(findings(submissions).back(), "1 grainy");
  EXPECT_EQ(findings(submissions, labels).back(), "");
}

TEST_F(Copying, SaysTheSameWhateverTheThreads) {
  auto submissions = honest(9);
  submissions.push_back(example::with_noise(day.model(4, 0.4), 0.3, 2));
  EXPECT_EQ(findings(submissions, {}, 1), findings(submissions, {}, 3));
}

TEST_F(Copying, TakesConstantsAmongACrowdForNobodysCopy) {
  auto submissions = honest(6);
  submissions.emplace_back(day.index.size(), 0.5);
  submissions.emplace_back(day.index.size(), 0.25);
  for (const std::string& text : findings(submissions)) EXPECT_EQ(text, "");
}

TEST_F(Copying, IsClearedByNoTruthOfOneClass) {
  auto submissions = honest(6);
  submissions.push_back(example::with_noise(day.model(2, 0.4), 0.4, 5));
  for (const int label : {-1, 0, 1}) {
    EXPECT_EQ(findings(submissions, std::vector<int>(day.index.size(), label)).back(), "1 grainy");
  }
}

TEST(CopyCheck, ProvesNothingOnFewAlerts) {
  const Scores baseline{0.1, 0.2, 0.3, 0.4, 0.5};
  const Scores scores{0.3, 0.1, 0.5, 0.2, 0.9};
  CopyCheck check(baseline, {}, 1);
  check.add(scores);
  check.add(scores);
  for (const auto& finding : check.find()) EXPECT_FALSE(finding);
}

TEST(CopyCheck, TakesConstantsForNobodysCopy) {
  Scores baseline(100);
  std::iota(baseline.begin(), baseline.end(), 1.0);
  for (double& score : baseline) score /= 200;
  CopyCheck check(baseline, {}, 1);
  check.add(Scores(100, 0.5));
  check.add(Scores(100, 0.7));
  for (const auto& finding : check.find()) EXPECT_FALSE(finding);
  EXPECT_FALSE(check.is_baseline(0));
}

TEST(Gram, EqualsTheProductsOneByOne) {
  example::Noise noise(1);
  for (const std::size_t count : {1U, 2U, 5U, 9U}) {
    std::vector<std::vector<float>> rows(count, std::vector<float>(1030));
    for (auto& row : rows) {
      for (float& value : row) value = static_cast<float>(noise.normal());
    }
    std::vector<std::span<const float>> spans(rows.begin(), rows.end());
    const auto gram = gram_matrix(spans, 2);
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t j = 0; j < count; ++j) {
        double sum = 0;
        for (std::size_t k = 0; k < 1030; ++k) sum += static_cast<double>(rows[i][k]) * rows[j][k];
        EXPECT_NEAR(gram[i * count + j], sum, 1e-3);
      }
    }
  }
}

}  // namespace
}  // namespace aml::validation
