#include "service/training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/hash.h"
#include "scratch_folder.h"
#include "service/clock.h"
#include "service/network.h"

namespace aml::service {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

// After --log-format json train --models-dir.
constexpr const char* kMakesChallenger =
    "mkdir -p \"$5\"; touch \"$5/cluster_scorer_v1.0.1.json\"\n";

// A root with three days of truth, models of 1.0.0, and a program in the place of ours: `train`
// makes a challenger 1.0.1, `promote` ends as it is told.
class TrainingTest : public ::testing::Test {
 protected:
  TrainingTest() {
    configuration_.network = "bitcoin";
    configuration_.input_root = root_ / "input";
    configuration_.output_root = root_ / "output";
    configuration_.models_dir = (root_ / "models").string();
    configuration_.training = {.every_days = 1, .judged_days = 1};
    configuration_.limits.nice = 0;
    for (const char* day : {"2025-10-01", "2025-10-02", "2025-10-03"}) {
      put(fs::path("input") / day / "META.json", "{}");
      put(fs::path("input") / day / ("ground_truth_" + std::string(day) + ".parquet"), day);
    }
    for (const char* task : {"alert_scorer", "alert_ranker", "cluster_scorer"}) {
      put(fs::path("models") / (task + std::string("_v1.0.0.txt")), "tree");
    }
    put("train", kMakesChallenger);
    put("promote", "exit 0");
    put("program", "#!/bin/sh\necho \"$@\" >> " + (root_ / "said").string() + "\n. " +
                       root_.path().string() + "/$3\n");
    fs::permissions(root_ / "program", fs::perms::owner_all);
  }

  void put(const fs::path& name, const std::string& text) {
    make_folders((root_.path() / name).parent_path());
    write_file_atomically(root_.path() / name, text);
  }
  std::string said() {
    return file_size_if_exists(root_ / "said") ? read_file(root_ / "said", 1 << 20) : "";
  }
  TrainingState state() { return read_training_state(configuration_.output_root); }
  fs::path challenger() { return configuration_.output_root / kChallengersFolder / "1.0.1"; }

  static void finish(Training& training) {
    while (training.is_running()) {
      training.tend();
      std::this_thread::sleep_for(5ms);
    }
  }

  // A service that begins what is due and is killed while that runs. Whether anything was due.
  bool begin_and_be_killed() {
    const fs::path file = configuration_.output_root / kTrainingStateFile;
    std::string left;
    {
      Training killed(configuration_, {}, root_ / "program");
      killed.begin_if_due();
      if (!killed.is_running()) return false;
      left = read_file(file, kMostTrainingStateBytes);
    }
    write_file_atomically(file, left);
    return true;
  }

  const test::ScratchFolder root_;
  Configuration configuration_;
};

TEST_F(TrainingTest, PausesWhereTheServiceIsKilledWithItTwice) {
  put("train", "exec sleep 600");
  EXPECT_TRUE(begin_and_be_killed());
  EXPECT_TRUE(begin_and_be_killed()) << "once is chance";
  EXPECT_EQ(state().failures, 2);
  EXPECT_FALSE(begin_and_be_killed());
  Training next(configuration_, {}, root_ / "program");
  ASSERT_TRUE(next.due());
  EXPECT_GT(*next.due(), now() + 30s);
}

TEST_F(TrainingTest, SaysWhatItsJudgementDidAndNotWhatTheNextOneWouldDo) {
  Training training(configuration_, {}, root_ / "program");
  put("promote", "while ! test -e " + (root_ / "go").string() + "; do sleep 0.01; done");
  training.begin_if_due();
  while (said().find("promote") == std::string::npos) {
    training.tend();
    std::this_thread::sleep_for(5ms);
  }
  configuration_.training.promotes = true;
  training.configure(configuration_);
  put("go", "");
  finish(training);
  EXPECT_THAT(said(), HasSubstr("--dry-run"));
  EXPECT_EQ(state().outcome, kWaiting);
}

TEST_F(TrainingTest, LooksForAChallengerWhereItWasTrained) {
  Training training(configuration_, {}, root_ / "program");
  put("train",
      "while ! test -e " + (root_ / "go").string() + "; do sleep 0.01; done\n" + kMakesChallenger);
  training.begin_if_due();
  Configuration elsewhere = configuration_;
  elsewhere.output_root = root_ / "elsewhere";
  training.configure(elsewhere);
  put("go", "");
  while (said().find("promote") == std::string::npos && training.is_running()) {
    training.tend();
    std::this_thread::sleep_for(5ms);
  }
  EXPECT_TRUE(is_reachable_folder(challenger()));
}

TEST_F(TrainingTest, TrainsAnotherWhereOneCannotBeJudgedAnyMore) {
  put("promote", "exit 4");
  const auto trained_and_not_judged = [&] {
    Training training(configuration_, {}, root_ / "program");
    training.begin_if_due();
    finish(training);
    EXPECT_EQ(state().outcome, kTrained);
    EXPECT_EQ(state().failures, 1);
  };
  trained_and_not_judged();
  remove_tree(challenger());
  TrainingState left = state();
  left.tried_at = 0;  // its pause is over
  write_training_state(configuration_.output_root, left);
  write_file_atomically(root_ / "said", "");
  trained_and_not_judged();
  EXPECT_THAT(said(), HasSubstr(" train "));
  remove_tree(configuration_.input_root / "2025-10-03");
  put("promote", "exit 11");
  left.tried_at = 0;
  write_training_state(configuration_.output_root, left);
  write_file_atomically(root_ / "said", "");
  Training training(configuration_, {}, root_ / "program");
  training.begin_if_due();
  finish(training);
  EXPECT_THAT(said(), HasSubstr(" train "));
  EXPECT_THAT(state().judged, ::testing::ElementsAre("2025-10-02"));
  EXPECT_EQ(state().outcome, kUndecided);
}

TEST_F(TrainingTest, WaitsWhileAnotherNetworkTrains) {
  configuration_.schedule.catch_up_days = 0;  // no day is to be made
  Network network(
      configuration_,
      [](const Configuration& /*c*/) -> std::unique_ptr<sot::ObjectStore> {
        throw Error(ErrorKind::unavailable, "nobody answers");
      },
      [] { return true; }, {}, [] { return true; });
  const Network::Step step = network.step();
  EXPECT_TRUE(step.waits_for_training);
  EXPECT_FALSE(network.is_training());
  EXPECT_EQ(state().failures, 0);
}

TEST_F(TrainingTest, TakesACardThatSaysNothingForUnknown) {
  const std::string model = hash_file(HashKind::sha256, root_ / "models/alert_scorer_v1.0.0.txt");
  for (const char* days : {"[5]", "[[]]", "[{}]", "[{\"processing_date\":5}]", "5", "null"}) {
    put("models/alert_scorer_v1.0.0.json",
        "{\"model_sha256\":\"" + model + "\",\"training_data\":" + days + "}");
    Training training(configuration_, {}, root_ / "program");
    training.begin_if_due();
    EXPECT_TRUE(training.is_running()) << days;
  }
}

}  // namespace
}  // namespace aml::service
