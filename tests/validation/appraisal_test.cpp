#include "validation/appraisal.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aml::validation {
namespace {

TEST(Appraisal, AddsToTheLogOddsWhatIsBelieved) {
  AppraisedDay day;
  day.log_odds = {-2, 0, 1};
  const std::vector<OwnInformation> own{{{1, 2, -1}, 0}, {{4, 4, 4}, 0}, {{0, -2, 2}, 0}};
  std::vector<Trust> trust(3);
  trust[0].blend = 0.5;
  trust[2].blend = 0.25;
  EXPECT_EQ(ensemble_log_odds(day, own, trust), (std::vector<double>{-1.5, 0.5, 1}));
  EXPECT_EQ(ensemble_log_odds(day, {}, {}), day.log_odds);
}

std::vector<int> labels_of(std::size_t filed, std::size_t others, std::size_t unknown) {
  std::vector<int> labels(filed, 1);
  labels.insert(labels.end(), others, 0);
  labels.insert(labels.end(), unknown, -1);
  return labels;
}

TEST(Appraisal, IsOfBothClassesAndEnoughLabels) {
  EXPECT_TRUE(can_appraise(labels_of(1, kFewestLabels - 1, 0)));
  EXPECT_TRUE(can_appraise(labels_of(kFewestLabels - 1, 1, 5)));
  EXPECT_FALSE(can_appraise(labels_of(1, kFewestLabels - 2, 5)));
  EXPECT_FALSE(can_appraise(labels_of(0, kFewestLabels, 0)));
  EXPECT_FALSE(can_appraise(labels_of(kFewestLabels, 0, 0)));
}

TEST(Appraisal, SaysOfAnAnswerWhatIsItsOwn) {
  Appraisal appraisal;
  appraisal.explained = {0.1, 0.2};
  appraisal.trust.resize(2);
  appraisal.trust[1].truths = 3;
  appraisal.trust[1].sigmas = 4;
  appraisal.trust[1].trust = 5;
  appraisal.trust[1].blend = 6;
  appraisal.contribution = {7, 8, {{}, {9, 10, 11}}};
  const Contribution found = contribution_at(appraisal, 1, 1);
  EXPECT_EQ(found.explained, 0.2);
  EXPECT_EQ(found.truths, 3);
  EXPECT_EQ(found.sigmas, 4);
  EXPECT_EQ(found.trust, 5);
  EXPECT_EQ(found.blend, 6);
  EXPECT_EQ(found.reference_points, 7);
  EXPECT_EQ(found.blended_points, 8);
  EXPECT_EQ(found.points, 9);
  EXPECT_EQ(found.error, 10);
  EXPECT_EQ(found.alone, 11);
  EXPECT_EQ(found.needed_sigmas, 3);
}

}  // namespace
}  // namespace aml::validation
