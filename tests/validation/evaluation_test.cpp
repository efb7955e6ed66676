#include "validation/evaluation.h"

#include <gtest/gtest.h>

#include <vector>

#include "example.h"
#include "metrics/ranking.h"

namespace aml::validation {
namespace {

struct Case {
  std::vector<double> good;
  std::vector<double> bad;
  std::vector<int> labels;
};

Case example_case(std::size_t alerts) {
  Case c;
  example::Noise noise(4);
  for (std::size_t i = 0; i < alerts; ++i) {
    const bool positive = noise.uniform() < 0.1;
    c.labels.push_back(positive ? 1 : 0);
    c.good.push_back(example::logistic(noise.normal() + (positive ? 2 : 0)));
    c.bad.push_back(example::logistic(noise.normal() + (positive ? 0.5 : 0)));
  }
  return c;
}

TEST(Evaluation, HasEveryMeasureWithItsIntervalAroundIt) {
  const Case c = example_case(2000);
  const Evaluation evaluation = evaluate(c.good, c.labels, {.resamples = 200});
  EXPECT_EQ(evaluation.alerts, 2000);
  EXPECT_EQ(evaluation.measure("auc_roc").value, metrics::auc_roc(c.good, c.labels));
  for (const Measure& measure : evaluation.measures) {
    ASSERT_TRUE(measure.value && measure.interval) << measure.name;
    EXPECT_LE(measure.interval->low, measure.interval->high);
  }
  EXPECT_NEAR(
      *evaluation.measure("ground_truth_score").value,
      0.3 * *evaluation.measure("auc_roc").value + 0.2 * *evaluation.measure("auc_pr").value,
      1e-15);
}

TEST(Evaluation, LeavesOutWhatLabelsOfOneClassDoNotDefine) {
  const std::vector<double> scores{0.1, 0.7, 0.4};
  const Evaluation none = evaluate(scores, std::vector<int>{0, 0, 0});
  EXPECT_FALSE(none.measure("auc_roc").value);
  EXPECT_FALSE(none.measure("auc_pr").value);
  EXPECT_FALSE(none.best_f1_threshold);
  EXPECT_TRUE(none.measure("brier").value);
  EXPECT_FALSE(none.measure("brier").interval);
  const Evaluation all = evaluate(scores, std::vector<int>{1, 1, 1});
  EXPECT_FALSE(all.measure("auc_roc").value);
  // Whatever order only reports are in, all are found.
  for (const char* name : {"auc_pr", "best_f1", "ndcg_at_10", "ndcg_at_100"}) {
    EXPECT_EQ(all.measure(name).value, 1) << name;
    EXPECT_FALSE(none.measure(name).value) << name;
  }
  EXPECT_FALSE(all.measure("ground_truth_score").value);
}

TEST(Evaluation, SaysOfNoScoresNothing) {
  const Evaluation nothing = evaluate({}, {});
  EXPECT_EQ(nothing.alerts, 0);
  for (const Measure& measure : nothing.measures) EXPECT_FALSE(measure.value) << measure.name;
}

TEST(Evaluation, NamesAWinnerOnlyWhereTheIntervalExcludesZero) {
  const Case c = example_case(2000);
  EXPECT_EQ(compare(c.good, c.bad, c.labels, {.resamples = 200}).winner, 1);
  EXPECT_EQ(compare(c.bad, c.good, c.labels, {.resamples = 200}).winner, 2);
  const Comparison same = compare(c.good, c.good, c.labels, {.resamples = 200});
  EXPECT_EQ(same.winner, 0);
  for (const Difference& difference : same.differences) EXPECT_EQ(difference.value, 0);
  const Case few = example_case(40);
  const Comparison unclear = compare(few.good, example::with_noise(few.good, 0.3, 1), few.labels);
  EXPECT_EQ(unclear.winner, 0);
}

TEST(Evaluation, TakesALowerBrierScoreForTheBetter) {
  const std::vector<int> labels{1, 0, 1, 0, 1, 0, 0, 0};
  const std::vector<double> sure{0.9, 0.1, 0.9, 0.1, 0.9, 0.1, 0.1, 0.1};
  const std::vector<double> unsure{0.6, 0.5, 0.6, 0.5, 0.6, 0.5, 0.5, 0.5};
  const Comparison comparison = compare(sure, unsure, labels);
  EXPECT_EQ(comparison.differences[5].name, "brier");
  EXPECT_LT(*comparison.differences[5].value, 0);
  EXPECT_EQ(comparison.differences[5].winner, 1);
  EXPECT_EQ(comparison.winner, 0) << "both rank perfectly";
}

TEST(Evaluation, RepeatsItself) {
  const Case c = example_case(300);
  const auto interval = [&](std::uint64_t seed) {
    return evaluate(c.good, c.labels, {.resamples = 50, .seed = seed})
        .measure("auc_pr")
        .interval->low;
  };
  EXPECT_EQ(interval(1), interval(1));
  EXPECT_NE(interval(1), interval(2));
}

}  // namespace
}  // namespace aml::validation
