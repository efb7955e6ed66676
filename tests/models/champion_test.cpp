#include "models/champion.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "example.h"
#include "models/model_file.h"

namespace aml::models {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTasks[] = {kAlertScorer, kAlertRanker, kClusterScorer};

void add_models(const fs::path& folder, const std::string& version) {
  fs::create_directories(folder);
  for (const char* task : kTasks) {
    write_file_atomically(folder / model_file_name(task, version), task + version);
    write_file_atomically(folder / card_file_name(task, version), "{}");
  }
}

class ChampionTest : public ::testing::Test {
 protected:
  ChampionTest() {
    add_models(models_, "1.0.0");
    add_models(challengers_, "1.1.0");
  }
  TemporaryFolder folder_;
  fs::path models_ = folder_.path() / "models";
  fs::path challengers_ = folder_.path() / "challengers";
};

TEST_F(ChampionTest, IsUsedAlsoBesideHigherVersions) {
  add_models(models_, "1.2.0");
  EXPECT_EQ(version_in_use(models_), "1.2.0");
  write_file_atomically(models_ / kChampionFile, "1.0.0\n");
  EXPECT_EQ(version_in_use(models_), "1.0.0");
  EXPECT_EQ(find_model(models_, kAlertScorer).version, "1.0.0");
  EXPECT_EQ(find_model(models_, kAlertScorer, "1.2.0").version, "1.2.0");
}

TEST_F(ChampionTest, ChallengersTakeItsPlace) {
  write_file_atomically(challengers_ / model_file_name(kFallbackScorer, "1.1.0"), "fallback");
  put_into_use(challengers_, models_, "1.1.0");
  EXPECT_EQ(version_in_use(models_), "1.1.0");
  EXPECT_EQ(read_file(models_ / model_file_name(kAlertScorer, "1.1.0")), "alert_scorer1.1.0");
  EXPECT_TRUE(fs::exists(models_ / card_file_name(kClusterScorer, "1.1.0")));
  EXPECT_TRUE(fs::exists(models_ / model_file_name(kFallbackScorer, "1.1.0")));
  EXPECT_TRUE(fs::exists(models_ / model_file_name(kAlertScorer, "1.0.0")));
  put_into_use(models_, models_, "1.0.0");  // and back
  EXPECT_EQ(version_in_use(models_), "1.0.0");
}

// A challenger need not have one, and the days that are foreign to it must be scored all the same.
TEST_F(ChampionTest, WithoutAFallbackLeavesTheOneThatIsThere) {
  write_file_atomically(models_ / model_file_name(kFallbackScorer, "0.9.0"), "fallback");
  write_file_atomically(models_ / model_file_name(kFallbackScorer, "1.0.0"), "fallback");
  put_into_use(challengers_, models_, "1.1.0");
  EXPECT_EQ(find_model(models_, kFallbackScorer).version, "1.0.0");
  EXPECT_THROW(find_model(models_, kFallbackScorer, "1.1.0"), Error);
  write_file_atomically(models_ / kChampionFile, "0.9.0\n");
  EXPECT_EQ(find_model(models_, kFallbackScorer).version, "0.9.0");
  EXPECT_THROW(find_model(models_, kAlertScorer), Error);
}

// Whoever loads one model after the other names the versions of the moment at which it began.
TEST_F(ChampionTest, IsOneOfAllTasksAlsoWherePromotedMeanwhile) {
  write_file_atomically(models_ / model_file_name(kFallbackScorer, "0.9.0"), "fallback");
  for (const char* next : {"1.1.0", "1.0.0"}) {
    const std::string before = version_in_use(models_);
    auto versions = versions_to_use(models_);
    put_into_use(next == std::string("1.1.0") ? challengers_ : models_, models_, next);
    for (const char* task : kTasks) {
      EXPECT_EQ(find_model(models_, task, versions[task]).version, before);
    }
    EXPECT_EQ(versions[kFallbackScorer], "0.9.0");
    EXPECT_EQ(version_in_use(models_), next);
  }
  EXPECT_EQ(versions_to_use(models_, "1.1.0")[kFallbackScorer], "1.1.0");
}

// What is missing is seen before anything is changed.
TEST_F(ChampionTest, StaysWhereAModelIsMissing) {
  fs::remove(challengers_ / model_file_name(kClusterScorer, "1.1.0"));
  EXPECT_THROW(put_into_use(challengers_, models_, "1.1.0"), Error);
  EXPECT_EQ(version_in_use(models_), "1.0.0");
  EXPECT_FALSE(fs::exists(models_ / kChampionFile));
  EXPECT_FALSE(fs::exists(models_ / model_file_name(kAlertScorer, "1.1.0")));
}

// As a power failure leaves them: the champion is named before files of higher versions come.
TEST_F(ChampionTest, StaysWhereCopyingFails) {
  fs::create_directories(models_ / card_file_name(kClusterScorer, "1.1.0"));  // not to be replaced
  EXPECT_THROW(put_into_use(challengers_, models_, "1.1.0"), Error);
  EXPECT_EQ(champion_version(models_), "1.0.0");
  EXPECT_EQ(version_in_use(models_), "1.0.0");
  EXPECT_TRUE(fs::exists(models_ / model_file_name(kAlertScorer, "1.1.0")));
}

TEST_F(ChampionTest, OfSeveralVersionsIsNone) {
  write_file_atomically(models_ / model_file_name(kAlertScorer, "1.3.0"), "");
  EXPECT_THROW(version_in_use(models_), Error);
}

TEST_F(ChampionTest, MustBeAVersion) {
  for (const char* text : {"", "\n", "latest", "1.0.0\n1.1.0\n", "../1.0.0"}) {
    write_file_atomically(models_ / kChampionFile, text);
    EXPECT_THROW(champion_version(models_), Error) << text;
  }
  write_file_atomically(models_ / kChampionFile, std::string(kMostChampionBytes + 1, '1'));
  EXPECT_THROW(champion_version(models_), Error);
}

}  // namespace
}  // namespace aml::models
