#include "validation/integrity.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "example.h"

namespace aml::validation {
namespace {

// Names of the checks that fail.
std::vector<std::string> failed(const Submission& submission) {
  std::vector<std::string> names;
  for (const Check& check : check_integrity(submission, "2025-10-26")) {
    EXPECT_EQ(check.passed, check.reason.empty());
    if (!check.passed) names.push_back(check.name);
  }
  return names;
}

Submission honest() {
  Submission submission;
  submission.processing_date = "2025-10-26";
  submission.scores = {0.1, 0.9};
  submission.rows = 2;
  submission.mean_latency_ms = 100;
  return submission;
}

TEST(Integrity, IsWholeForAnHonestSubmission) {
  EXPECT_TRUE(failed(honest()).empty());
  EXPECT_EQ(integrity_points(check_integrity(honest(), "2025-10-26")), kIntegrityPoints);
}

TEST(Integrity, FailsForEachRuleAlone) {
  using Names = std::vector<std::string>;
  Submission s = honest();
  s.unscored = 1;
  EXPECT_EQ(failed(s), Names{"complete"});
  EXPECT_EQ(integrity_points(check_integrity(s, "2025-10-26")), 0);
  s = honest();
  s.duplicates = 1;
  EXPECT_EQ(failed(s), Names{"unique"});
  s = honest();
  s.unknown = 1;
  EXPECT_EQ(failed(s), Names{"known"});
  s = honest();
  s.malformed = 1;
  EXPECT_EQ(failed(s), Names{"typed"});
  s = honest();
  s.out_of_range = 1;
  EXPECT_EQ(failed(s), Names{"in_range"});
  s = honest();
  s.mean_latency_ms = 100.01;
  EXPECT_EQ(failed(s), Names{"latency"});
  s = honest();
  s.bad_latencies = 1;
  EXPECT_EQ(failed(s), Names{"latency"});
  s = honest();
  s.processing_date = "2025-10-25";
  EXPECT_EQ(failed(s), Names{"processing_date"});
}

TEST(Integrity, WantsTheSameScoresWhenAskedTwice) {
  const std::vector<double> first{0.5, 0.25};
  EXPECT_TRUE(check_determinism(first, std::vector<double>{0.5, 0.2500009}).passed);
  EXPECT_FALSE(check_determinism(first, std::vector<double>{0.5, 0.250002}).passed);
  EXPECT_FALSE(check_determinism(first, std::vector<double>{0.5}).passed);
  const double none = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(check_determinism(first, std::vector<double>{0.5, none}).passed);
}

}  // namespace
}  // namespace aml::validation
