#include "validator/snapshot_days.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "../base/scratch_folder.h"
#include "base/error.h"
#include "simulation/simulate.h"
#include "sot/snapshot.h"
#include "validator/public_knowledge.h"

namespace aml::validator {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostTruthBytes = 256 << 20;

TEST(SnapshotDays, TakeNoTruthOfAnyLength) {
  const test::ScratchFolder scratch;
  const Date date = Date::require("2025-10-26", "a day");
  const fs::path truth =
      scratch / "sot" / "bitcoin" / date.text() / "7" / sot::ground_truth_file_name(date);
  fs::create_directories(truth.parent_path());
  std::ofstream(truth) << "a truth";
  const auto store = sot::open_store("file://" + (scratch / "sot").string(), {});
  ValidatorOptions options;
  options.data_dir = scratch / "data";
  options.network = "bitcoin";
  SnapshotDays days(options, *store);
  EXPECT_TRUE(days.fetch_truth(date));
  EXPECT_TRUE(days.has_truth(date.text()));

  fs::resize_file(truth, kMostTruthBytes + 1);  // a hole
  try {
    days.fetch_truth(date);
    FAIL() << "it was fetched";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::bad_input) << e.what();
  }
}

TEST(SnapshotDays, NameAModelByWhatItIsTrainedOn) {
  const test::ScratchFolder scratch;
  const std::vector<Date> dates{Date::require("2025-10-26", "a day")};
  ValidatorOptions options;
  options.data_dir = scratch / "data";
  options.network = "bitcoin";
  const auto store = sot::open_store("file://" + (scratch / "sot").string(), {});
  fs::create_directories(scratch / "data" / "truth");
  const SnapshotDays days(options, *store);
  const auto name_with = [&](const std::string& truth) {
    std::ofstream(scratch / "data" / "truth" / sot::ground_truth_file_name(dates[0])) << truth;
    return days.model_name(dates);
  };
  const std::string first = name_with("a truth");
  EXPECT_EQ(first.find("2025-10-26-days-1-"), 0U) << first;
  EXPECT_EQ(name_with("a truth"), first);
  EXPECT_NE(name_with("a corrected truth"), first);
  fs::create_directories(scratch / "data" / "snapshots" / "2025-10-26");
  std::ofstream(scratch / "data" / "snapshots" / "2025-10-26" / sot::kMetaFile)
      << R"({"files":{"alerts.parquet":{"size_bytes":7,"md5":"00000000000000000000000000000000"}}})";
  EXPECT_NE(name_with("a truth"), first) << "of another snapshot";
}

TEST(SnapshotDays, TrainOnSeveralDaysWhereTheyHaveNoMoreAlertsThanMemoryBears) {
  const test::ScratchFolder scratch;
  const Date newest = Date::require("2025-10-26", "a day");
  const std::vector<Date> dates{newest, newest.plus_days(-1)};
  fs::create_directories(scratch / "truth");
  std::size_t alerts = 0;
  for (const Date date : dates) {
    const fs::path snapshot = scratch / "snapshots" / date.text();
    fs::create_directories(snapshot);
    alerts +=
        simulation::simulate({.processing_date = date, .scale = 0.01}, snapshot, scratch / "truth")
            .alerts;
  }
  const auto store = sot::open_store("file://" + (scratch / "sot").string(), {});
  ValidatorOptions options;
  options.data_dir = scratch.path();
  options.network = "bitcoin";
  const std::vector<std::size_t> counts{1, 2};

  options.reference_alerts = alerts - 1;
  SnapshotDays few(options, *store);
  few.train_models(dates, counts);
  EXPECT_EQ(few.trained_models(),
            std::vector<std::string>{few.model_name(std::span(dates).first(1))});

  options.reference_alerts = alerts;
  SnapshotDays all(options, *store);
  all.train_models(dates, std::span(counts).last(1));
  EXPECT_EQ(all.trained_models().size(), 2U);
}

TEST(PublicKnowledge, OfEachRoleAnyoneHasTheLastModel) {
  const std::vector<std::string> kept{"2025-10-25-days-1", "2025-10-26-days-1", "2025-10-25-days-2",
                                      "/models/of-others", "2025-10-27-days-1"};
  EXPECT_EQ(last_in_roles(kept), (std::vector<std::string>{"2025-10-27-days-1", "2025-10-25-days-2",
                                                           "/models/of-others"}));
}

TEST(PublicKnowledge, TheRecipeLearnsFromOneTwoThreeAndTenTruthsAsFarAsThereAre) {
  using Counts = std::vector<std::size_t>;
  EXPECT_EQ(reference_counts(10, 45), (Counts{1, 2, 3, 10}));
  EXPECT_EQ(reference_counts(10, 9), (Counts{1, 2, 3}));
  EXPECT_EQ(reference_counts(10, 0), Counts{});
  EXPECT_EQ(reference_counts(30, 30), (Counts{1, 2, 3, 10, 30}));
  EXPECT_EQ(reference_counts(5, 45), (Counts{1, 2, 3, 5}));
  EXPECT_EQ(reference_counts(2, 45), (Counts{1, 2}));
  EXPECT_EQ(reference_counts(0, 45), Counts{});
}

TEST(PublicKnowledge, ARoleIsWhatAModelIsOnAnyDay) {
  EXPECT_EQ(role_of("2025-10-26-days-2-0123456789abcdef"), "days-2");
  EXPECT_EQ(role_of("2025-10-26-days-2"), "days-2");
  EXPECT_EQ(role_of("2025-10-26-days-2-labels-0123456789abcdef"), "days-2-labels");
  EXPECT_EQ(role_of("2025-10-26-days-2-0123456789ABCDEF"), "days-2-0123456789ABCDEF");
  EXPECT_EQ(role_of("/models/of-others"), "/models/of-others");
  EXPECT_TRUE(needs_labels("2025-10-26-days-2-labels-0123456789abcdef"));
  EXPECT_FALSE(needs_labels("2025-10-26-days-2-0123456789abcdef"));
}

}  // namespace
}  // namespace aml::validator
