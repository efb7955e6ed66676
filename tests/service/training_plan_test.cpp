#include "service/training_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file_system.h"
#include "base/files.h"
#include "scratch_folder.h"
#include "service/training_state.h"

namespace aml::service {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Date kFirst(std::chrono::year(2025) / 10 / 1);

std::vector<LabelledDay> days_of(std::initializer_list<int> numbers) {
  std::vector<LabelledDay> days;
  for (const int number : numbers) days.push_back({kFirst.plus_days(number), {}, {}});
  return days;
}

std::vector<int> numbers_of(const std::vector<LabelledDay>& days) {
  std::vector<int> numbers;
  for (const LabelledDay& day : days) {
    numbers.push_back(static_cast<int>((day.date.days() - kFirst.days()).count()));
  }
  return numbers;
}

TEST(TrainingPlan, JudgesTheNewestAndLearnsFromDaysWhoseTruthWasKnownByThen) {
  const auto days = days_of({0, 1, 2, 3, 8, 9, 10, 11, 12});
  const auto plan =
      plan_training(days, {.every_days = 7, .most_days = 3, .judged_days = 2}, std::nullopt);
  ASSERT_TRUE(plan);
  EXPECT_THAT(numbers_of(plan->judged), ElementsAre(11, 12));
  EXPECT_THAT(numbers_of(plan->learned), ElementsAre(1, 2, 3)) << "8 to 10 are too late";
}

TEST(TrainingPlan, LearnsFromTheDaysJustBeforeWhereThereAreNoOthers) {
  const auto days = days_of({0, 1, 2, 3});
  const auto plan = plan_training(days, {.every_days = 7, .judged_days = 2}, std::nullopt);
  ASSERT_TRUE(plan);
  EXPECT_THAT(numbers_of(plan->learned), ElementsAre(0, 1));
}

TEST(TrainingPlan, JudgesNoDayThatTheChampionLearnedFrom) {
  const auto days = days_of({0, 1, 2, 3});
  const TrainingRules rules{.every_days = 7, .judged_days = 3};
  const auto plan = plan_training(days, rules, kFirst.plus_days(2));
  ASSERT_TRUE(plan);
  EXPECT_THAT(numbers_of(plan->judged), ElementsAre(3));
  EXPECT_THAT(numbers_of(plan->learned), ElementsAre(0, 1, 2));
  EXPECT_FALSE(plan_training(days, rules, kFirst.plus_days(3)));
  EXPECT_FALSE(plan_training({}, rules, std::nullopt));
  EXPECT_FALSE(plan_training(days_of({0}), rules, std::nullopt)) << "nothing to learn from";
}

TEST(TrainingPlan, IsAnotherOneWhereADayOrATruthIs) {
  const test::ScratchFolder folder;
  for (const char* name : {"a", "b"}) write_file_atomically(folder / name, name);
  const auto with = [&](const char* learned, const char* judged) {
    TrainingPlan plan;
    plan.learned.push_back({kFirst, {}, folder / learned});
    plan.judged.push_back({kFirst.plus_days(1), {}, folder / judged});
    return fingerprint_of(plan);
  };
  EXPECT_EQ(with("a", "b"), with("a", "b"));
  EXPECT_NE(with("a", "b"), with("a", "a"));
  EXPECT_NE(with("a", "b"), with("b", "b"));
}

TEST(TrainingPlan, FindsDaysWithInputAndTruth) {
  const test::ScratchFolder folder;
  const auto put = [&](const std::string& name) {
    make_folders((folder / name).parent_path());
    write_file_atomically(folder / name, "x");
  };
  put("2025-10-02/META.json");
  put("2025-10-02/ground_truth_2025-10-02.parquet");
  put("2025-10-01/META.json");
  put("ground_truth_2025-10-01.parquet");
  put("2025-10-03/META.json");                        // no truth
  put("2025-10-04/ground_truth_2025-10-04.parquet");  // no snapshot
  const auto days = labelled_days(folder.path());
  EXPECT_THAT(numbers_of(days), ElementsAre(0, 1));
  EXPECT_EQ(days[0].truth, folder / "ground_truth_2025-10-01.parquet");
  EXPECT_THAT(wanted_days(days, {}), IsEmpty()) << "where nothing is trained";
  EXPECT_THAT(wanted_days(days, {.every_days = 1}), ElementsAre(kFirst, kFirst.plus_days(1)));
}

TEST(TrainingPlan, VersionsGoUp) {
  EXPECT_EQ(next_version(std::vector<std::string>{}), "1.0.0");
  EXPECT_EQ(next_version(std::vector<std::string>{"1.0.0", "1.0.10", "1.0.9", "no.1"}), "1.0.11");
  EXPECT_EQ(next_version(std::vector<std::string>{"1.9", "1.10"}), "1.11");
}

TEST(TrainingPlan, WordsAreAShells) {
  EXPECT_EQ(shell_word("--input-dir"), "--input-dir");
  EXPECT_EQ(shell_word("/a b/it's"), "'/a b/it'\\''s'");
  EXPECT_EQ(shell_word(""), "''");
}

TEST(TrainingState, StandsOnDiskAndBeginsAnewWhereItIsDamaged) {
  const test::ScratchFolder folder;
  EXPECT_EQ(read_training_state(folder.path()).trained_at, 0);
  write_training_state(folder.path(), {.fingerprint = "f",
                                       .trained_at = 5,
                                       .failures = 2,
                                       .tried_at = 6,
                                       .is_running = true,
                                       .challenger = "1.0.1",
                                       .outcome = kWaiting,
                                       .judged = {"2025-10-02"},
                                       .command = "a b"});
  const TrainingState state = read_training_state(folder.path());
  EXPECT_EQ(state.fingerprint, "f");
  EXPECT_EQ(state.failures, 2);
  EXPECT_TRUE(state.is_running);
  EXPECT_EQ(state.outcome, kWaiting);
  EXPECT_THAT(state.judged, ElementsAre("2025-10-02"));
  for (const char* text : {"", "{}", "[1", "{\"failures\":\"x\"}"}) {
    write_file_atomically(folder / kTrainingStateFile, text);
    EXPECT_EQ(read_training_state(folder.path()).challenger, "") << text;
  }
  write_file_atomically(folder / kTrainingStateFile, std::string(kMostTrainingStateBytes + 1, ' '));
  EXPECT_EQ(read_training_state(folder.path()).challenger, "");
}

}  // namespace
}  // namespace aml::service
