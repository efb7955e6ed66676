#include "service/disk.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "scratch_folder.h"
#include "sot/download_record.h"
#include "sot/file_store.h"
#include "sot/snapshot.h"

namespace aml::service {
namespace {

namespace fs = std::filesystem;

const Date kDay(std::chrono::year(2025) / 10 / 26);

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

TEST(Disk, ADayIsRemovedWithItsLockAndWhatWasLeftOfIt) {
  const test::ScratchFolder root;
  write(root / "2025-10-26/a", "12345");
  write(root / ".2025-10-26.lock", "");
  write(root / ".2025-10-26.expired/b", "left by a kill");
  write(root / "notes/a", "mine");
  ASSERT_EQ(stored_days(root.path()).size(), 1U);
  EXPECT_EQ(stored_days(root.path())[0].bytes, 5U);
  remove_day(root.path(), kDay);
  EXPECT_TRUE(stored_days(root.path()).empty());
  ASSERT_EQ(std::distance(fs::directory_iterator(root.path()), {}), 1);
  EXPECT_TRUE(fs::exists(root / "notes/a"));
}

TEST(Disk, ABatchIsPublishedWithTheSnapshotThatItWasMadeFrom) {
  const test::ScratchFolder root;
  write(root / "input/2025-10-26/META.json", "{\"a\":1}");
  write(root / "output/2025-10-26/old", "old");
  write(root / "output/.next/2025-10-26/new", "new");
  write(root / "output/.next/.2025-10-26.lock", "");
  publish_batch(root / "output/.next/2025-10-26", root / "input/2025-10-26",
                root / "output/2025-10-26");
  EXPECT_FALSE(fs::exists(root / "output/2025-10-26/old"));
  EXPECT_TRUE(fs::is_empty(root / "output/.next"));
  EXPECT_EQ(read_file(root / "output/2025-10-26/new"), "new");
  EXPECT_EQ(read_file(root / "output/2025-10-26/META.json"), "{\"a\":1}");
}

// A SOT on disk, with a truth of the day, and an input root.
class Truths : public ::testing::Test {
 protected:
  void SetUp() override { publish("first"); }

  void publish(const std::string& text) {
    write(root_ / "sot/bitcoin/2025-10-26/7" / kTruth, text);
  }
  void hold(const fs::path& file, const std::string& text) { write(root_ / "input" / file, text); }
  // As a download of the truth leaves it.
  void download() {
    const sot::ObjectInfo object = *store_.stat(fmt::format("bitcoin/2025-10-26/7/{}", kTruth));
    hold(fs::path("2025-10-26") / kTruth, "what it was");
    const sot::DownloadRecord record{"sot/bitcoin/2025-10-26/7",
                                     {{kTruth, {object.size, object.etag, HashKind::sha256, "0"}}}};
    hold(fs::path("2025-10-26") / sot::DownloadRecord::kFileName, record.to_json());
  }
  std::vector<Date> found() {
    return new_truths(store_, "bitcoin", 7, root_ / "input", {kDay, kDay.plus_days(-1)}, faults_);
  }

  static constexpr const char* kTruth = "ground_truth_2025-10-26.parquet";
  const test::ScratchFolder root_;
  sot::FileStore store_{(root_ / "sot").string()};
  DayFaults faults_;
};

TEST_F(Truths, AreNewWhereThereIsNone) { EXPECT_EQ(found(), std::vector{kDay}); }

TEST_F(Truths, AreNewAgainOnceTheSotHasCorrectedThem) {
  download();
  EXPECT_TRUE(found().empty());
  publish("a longer second one");
  EXPECT_EQ(found(), std::vector{kDay});
}

TEST_F(Truths, OfSomebodysOwnAreNotReplaced) {
  hold(kTruth, "in the root");
  EXPECT_TRUE(found().empty());
  fs::remove(root_ / "input" / kTruth);
  hold(fs::path("2025-10-26") / kTruth, "in the folder, with no record of a download");
  EXPECT_TRUE(found().empty());
}

TEST(Disk, OfSmallFilesTheNewestStay) {
  const test::ScratchFolder root;
  for (std::size_t i = 0; i < kMostKept + 2; ++i) {
    write(root / "kept" / (kDay.plus_days(-static_cast<int>(i)).text() + ".parquet"), "");
  }
  forget_kept(root.path());
  EXPECT_EQ(std::distance(fs::directory_iterator(root / "kept"), {}),
            static_cast<std::ptrdiff_t>(kMostKept));
  EXPECT_TRUE(fs::exists(root / "kept/2025-10-26.parquet"));
}

TEST(Disk, ADayOfTheFutureHidesNoOther) {
  const test::ScratchFolder root;
  for (const char* date : {"2025-10-25", "2025-10-26", "2099-01-01"}) {
    write(root / ("sot/bitcoin/" + std::string(date) + "/7/META.json"), date);
  }
  const auto store = sot::open_store("file://" + (root / "sot").string(), {});
  std::map<Date, DayState> days;
  DayFaults faults;
  const auto beyond = add_offered(*store, "bitcoin", 7, 2, kDay, days, faults);
  EXPECT_EQ(beyond, Date(std::chrono::year(2099) / 1 / 1));
  EXPECT_EQ(days.size(), 2U);
  EXPECT_TRUE(days.contains(kDay) && days.contains(kDay.plus_days(-1)));
}

const std::string kTooLong(sot::kMostMetaBytes + 1, ' ');

TEST(Disk, ADayThatCannotBeReadHidesNoOther) {
  const test::ScratchFolder root;
  write(root / "input/2025-10-25/META.json", "{}");
  write(root / "input/2025-10-26/META.json", kTooLong);
  std::map<Date, DayState> days;
  DayFaults faults;
  add_stored(root / "input", root / "output", days, faults);
  ASSERT_TRUE(days.contains(kDay.plus_days(-1)));
  EXPECT_TRUE(days[kDay.plus_days(-1)].downloaded);
  EXPECT_FALSE(days.contains(kDay));
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_NE(std::string(faults.at(kDay).what()).find("2025-10-26"), std::string::npos);
}

TEST(Disk, AnOfferedDayThatCannotBeReadHidesNoOther) {
  const test::ScratchFolder root;
  write(root / "sot/bitcoin/2025-10-25/7/META.json", "{}");
  write(root / "sot/bitcoin/2025-10-26/7/META.json", kTooLong);
  sot::FileStore store((root / "sot").string());
  std::map<Date, DayState> days;
  DayFaults faults;
  add_offered(store, "bitcoin", 7, 2, kDay, days, faults);
  EXPECT_TRUE(days.contains(kDay.plus_days(-1)) && !days.contains(kDay));
  EXPECT_TRUE(faults.contains(kDay));
}

// Lists its days, and then gives one object or none.
class BrokenStore : public sot::FileStore {
 public:
  BrokenStore(const std::string& root, std::string given)
      : FileStore(root), given_(std::move(given)) {}
  std::optional<sot::ObjectInfo> stat(const std::string& key) override {
    if (given_.empty() || key.find(given_) == std::string::npos) {
      throw Error(ErrorKind::unavailable, key + ": nobody answers");
    }
    return FileStore::stat(key);
  }

 private:
  const std::string given_;
};

TEST(Disk, AStoreThatGivesNoDayIsAwayAndOneThatGivesSomeIsNot) {
  const test::ScratchFolder root;
  for (const char* date : {"2025-10-24", "2025-10-25", "2025-10-26"}) {
    write(root / ("sot/bitcoin/" + std::string(date) + "/7/META.json"), date);
  }
  std::map<Date, DayState> days;
  DayFaults faults;
  BrokenStore away((root / "sot").string(), "");
  EXPECT_THROW(add_offered(away, "bitcoin", 7, 3, kDay, days, faults), Error);
  EXPECT_TRUE(days.empty());
  fs::remove_all(root / "sot/bitcoin/2025-10-24");
  fs::remove_all(root / "sot/bitcoin/2025-10-25");
  EXPECT_THROW(add_offered(away, "bitcoin", 7, 3, kDay, days, faults), Error);  // of one day alone

  write(root / "sot/bitcoin/2025-10-25/7/META.json", "");
  faults.clear();
  BrokenStore lame((root / "sot").string(), "2025-10-25");
  add_offered(lame, "bitcoin", 7, 3, kDay, days, faults);
  EXPECT_TRUE(days.contains(kDay.plus_days(-1)) && faults.contains(kDay));
}

TEST(Disk, NoRootsAreNoDays) {
  const test::ScratchFolder root;
  std::map<Date, DayState> days;
  DayFaults faults;
  add_stored(root / "none", root / "none", days, faults);
  EXPECT_TRUE(days.empty() && faults.empty());
}

}  // namespace
}  // namespace aml::service
