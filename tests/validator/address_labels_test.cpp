#include "validator/address_labels.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../base/scratch_folder.h"
#include "base/database.h"
#include "base/deadline.h"
#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "known/known.h"
#include "snapshot/snapshot.h"
#include "sot/known_since.h"
#include "sot/object_store.h"
#include "sot/snapshot.h"
#include "validator/day.h"
#include "validator/public_knowledge.h"

namespace aml::validator {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMsPerSecond = 1000;

// A store that does not say since when its objects are what they are.
class StoreWithoutTimes : public sot::ObjectStore {
 public:
  explicit StoreWithoutTimes(sot::ObjectStore& store) : store_(store) {}
  std::string address(const std::string& key) const override { return store_.address(key); }
  std::optional<sot::ObjectInfo> stat(const std::string& key) override {
    auto found = store_.stat(key);
    if (found) found->modified_second.reset();
    return found;
  }
  void read(const std::string& key, std::uint64_t offset, std::uint64_t length,
            const std::string& etag, const Sink& sink) override {
    store_.read(key, offset, length, etag, sink);
  }
  void put_file(const std::string& key, const fs::path& file, const Sent& sent) override {
    store_.put_file(key, file, sent);
  }
  void put(const std::string& key, std::string_view bytes) override { store_.put(key, bytes); }
  std::vector<std::string> folders(const std::string& key) override { return store_.folders(key); }

 private:
  sot::ObjectStore& store_;
};

class AddressLabelsTest : public testing::Test {
 protected:
  // Labels of a day with so many rows, in the store since that second.
  void publish(const std::string& date, std::int64_t second, int rows = 1) {
    const fs::path file = object(date);
    fs::create_directories(file.parent_path());
    const auto database = snapshot::open_database({.threads = 1});
    Connection connection = database->connect();
    connection.run(
        "COPY (SELECT 'a' || i AS address, 'bitcoin' AS network, 'scam' AS "
        "address_type FROM range(" +
        std::to_string(rows) + ") t(i)) TO '" + file.string() + "' (FORMAT parquet)");
    written(file, second);
  }
  void publish_damaged(const std::string& date, std::int64_t second) {
    fs::create_directories(object(date).parent_path());
    std::ofstream(object(date)) << "no Parquet";
    written(object(date), second);
  }
  fs::path object(const std::string& date) const {
    return scratch / "sot" / "bitcoin" /
           sot::address_labels_file_name(Date::require(date, "a day"));
  }
  static void written(const fs::path& file, std::int64_t second) {
    const std::chrono::sys_seconds time{std::chrono::seconds(second)};
    fs::last_write_time(file, std::chrono::file_clock::from_sys(time));
  }
  // The name of the file that counts on the day; empty: none.
  std::string fetched() {
    labels.fetch(day);
    const std::vector<fs::path> files = labels.files(day.text());
    return files.empty() ? "" : files.at(0).filename().string();
  }

  const Date day = Date::require("2025-10-26", "a day");
  const std::int64_t deadline = deadline_ms(day) / kMsPerSecond;
  test::ScratchFolder scratch;
  std::unique_ptr<sot::ObjectStore> store =
      sot::open_store("file://" + (scratch / "sot").string(), {});
  AddressLabels labels{scratch / "labels", "bitcoin", store.get(), 1000};
};

TEST_F(AddressLabelsTest, AreTheNewestThatWerePublicBeforeTheDeadline) {
  EXPECT_EQ(fetched(), "");
  publish("2025-10-20", deadline - 500'000);
  EXPECT_EQ(fetched(), "address_labels_2025-10-20.parquet");
  publish("2025-10-26", deadline);
  EXPECT_EQ(fetched(), "address_labels_2025-10-20.parquet") << "in the deadline's second";
  publish("2025-10-25", deadline - 1);
  EXPECT_EQ(fetched(), "address_labels_2025-10-25.parquet");
  EXPECT_EQ(labels.files(day.text()).size(), 1U);
  publish("2025-10-27", deadline - 1);
  EXPECT_EQ(fetched(), "address_labels_2025-10-25.parquet") << "of a later day";
}

// The features of a day are made of what was known by its end.
TEST_F(AddressLabelsTest, CountOnTheDayWhoseDeadlineTheyCameBefore) {
  const std::int64_t end = day.plus_days(1).epoch_ms() / kMsPerSecond;
  publish("2025-10-24", end - 100);
  fetched();
  EXPECT_EQ(sot::read_known_since(labels.files(day.text()).at(0)), end - 100);
  publish("2025-10-25", deadline - 1);
  fetched();
  EXPECT_EQ(sot::read_known_since(labels.files(day.text()).at(0)), end - 1);
}

// Where the store does not say, they are public from 30 days after their date, as for `process`.
TEST_F(AddressLabelsTest, OfAStoreWithoutTimesArePublicThirtyDaysLater) {
  StoreWithoutTimes timeless(*store);
  AddressLabels old(scratch / "old", "bitcoin", &timeless, 1000);
  publish(day.plus_days(-28).text(), 0);
  old.fetch(day);
  EXPECT_TRUE(old.files(day.text()).empty());
  publish(day.plus_days(-29).text(), 0);
  old.fetch(day);
  ASSERT_EQ(old.files(day.text()).size(), 1U);
  EXPECT_EQ(sot::read_known_since(old.files(day.text()).at(0)),
            day.plus_days(1).epoch_ms() / kMsPerSecond - 1);
}

// A hole is as large as a file.
TEST_F(AddressLabelsTest, AreNotReadWhereTheyAreTooLarge) {
  constexpr std::uint64_t kMost = 256 << 20;
  publish("2025-10-24", deadline - 100);
  publish_damaged("2025-10-25", deadline - 50);
  fs::resize_file(object("2025-10-25"), kMost + 1);
  written(object("2025-10-25"), deadline - 50);
  EXPECT_EQ(fetched(), "address_labels_2025-10-24.parquet");
}

TEST_F(AddressLabelsTest, StayWhatTheyWereWhateverIsPublishedLater) {
  publish("2025-10-25", deadline - 1);
  fetched();
  const std::string first = hash_file(HashKind::sha256, labels.files(day.text()).at(0));
  publish("2025-10-25", deadline + 10, 7);
  EXPECT_EQ(fetched(), "address_labels_2025-10-25.parquet");
  EXPECT_EQ(hash_file(HashKind::sha256, labels.files(day.text()).at(0)), first);
}

TEST_F(AddressLabelsTest, ThatCannotBeReadArePassedOver) {
  publish("2025-10-24", deadline - 100);
  publish_damaged("2025-10-25", deadline - 50);
  publish("2025-10-26", deadline - 10, 1001);  // more rows than a file may have
  EXPECT_EQ(fetched(), "address_labels_2025-10-24.parquet");
  constexpr int kMore = 2'000'001;  // than labels may be
  AddressLabels many(scratch / "many", "bitcoin", store.get(), kMore);
  publish("2025-10-26", deadline - 10, kMore);
  many.fetch(day);
  ASSERT_EQ(many.files(day.text()).size(), 1U);
  EXPECT_EQ(many.files(day.text())[0].filename(), "address_labels_2025-10-24.parquet");
}

TEST_F(AddressLabelsTest, AreNoneWithoutAStoreAndAreRemovedWithTheirDay) {
  AddressLabels none(scratch / "none", "bitcoin", nullptr, 1000);
  none.fetch(day);
  EXPECT_TRUE(none.files(day.text()).empty());
  publish("2025-10-25", deadline - 1);
  fetched();
  labels.remove_before(day);
  EXPECT_EQ(labels.files(day.text()).size(), 1U);
  labels.remove_before(day.plus_days(1));
  EXPECT_TRUE(labels.files(day.text()).empty());
}

// Two alerts; labels said something on one day and nothing on the other.
TEST(PublicKnowledge, HasAsManyColumnsWhereADayHasNoLabels) {
  Day day;
  day.facts = {{"a", "b"}, {"high", "low"}, {"fan_in", "fan_in"}, {0.5, 0.6}};
  day.baseline = {0.1, 0.2};
  const validation::AddressHistory history{{0, 0}, {0, 0}};
  const auto without = public_columns_of(day, {}, {}, history, 3);
  day.labels = {{1, 0}, {0, 0}, {0, 0.5}};
  const auto with = public_columns_of(day, {}, {}, history, 3);
  EXPECT_EQ(with.trees.size(), without.trees.size());
  EXPECT_EQ(with.smooth.size(), without.smooth.size());
  EXPECT_EQ(with.trees.back(), (std::vector<double>{0, 0.5}));
  EXPECT_EQ(without.trees.back(), (std::vector<double>{0, 0}));
  EXPECT_EQ(public_columns_of(day, {}, {}, history, 0).trees.size() + 3, with.trees.size());
}

}  // namespace
}  // namespace aml::validator
