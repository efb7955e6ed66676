// The tables that labels and earlier days fill, and the features that are made of them.
#include "known/known.h"

#include <gmock/gmock.h>

#include <bit>
#include <map>

#include "base/error.h"
#include "base/files.h"
#include "features/build.h"
#include "known/kept_day.h"
#include "known/label.h"
#include "scratch_snapshot.h"

namespace aml::known {
namespace {

using snapshot::ScratchSnapshot;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// n1 → n2 → n3 → n4 → n5, 100 USD each; n2 also pays a hub, which everybody pays.
constexpr const char* kTransfers =
    "SELECT source_address, dest_address, CAST(usd AS DECIMAL(18, 4)) AS amount_usd, "
    "epoch_ms(TIMESTAMP '2025-10-24') + row_number() OVER () * 1000 AS timestamp FROM (VALUES "
    "('n1', 'n2', 100), ('n2', 'n3', 300), ('n3', 'n4', 100), ('n4', 'n5', 100), "
    "('x', 'n3', 100), ('n1', 'hub', 1), ('hub', 'n9', 1)) v(source_address, dest_address, usd)";

class KnownAddresses : public ::testing::Test {
 protected:
  void SetUp() override {
    today_.write_alerts(
        "('a1', 'n1'), ('a2', 'n2'), ('a3', 'n3'), ('a4', 'n4'), ('a5', 'n5'), "
        "('a9', 'n9'), ('z', '0xFA8E3920daF271daB92Be9B87d9998DDd94FEF08')");
    today_.write_features("('n1', 3)");
    today_.write_meta();
    today_.write("money_flows.parquet", kTransfers);
  }

  std::string write(const std::string& name, const std::string& text) const {
    today_.write_text(name, text);
    return today_.path(name).string();
  }
  // A day before the 26th, of the root of the days, with its truth.
  void write_day(const std::string& day, const std::string& alerts, const std::string& truth,
                 const std::string& known_since = "") const {
    const auto folder = root() / day;
    std::filesystem::create_directories(folder);
    Database database;
    Connection session = database.connect();
    session.run("COPY (SELECT 7 AS window_days, DATE '" + day +
                "' AS processing_date, *, 'layering' AS typology_type, 'high' AS severity FROM "
                "(VALUES " +
                alerts + ") v(alert_id, address)) TO " + sql_path(folder / "alerts.parquet") +
                " (FORMAT parquet)");
    if (truth.empty()) return;
    const auto file = folder / ("ground_truth_" + day + ".parquet");
    session.run("COPY (SELECT * FROM (VALUES " + truth + ") v(alert_id, is_sar_filed)) TO " +
                sql_path(file) + " (FORMAT parquet)");
    if (!known_since.empty()) write_file_atomically(file.string() + ".known_since", known_since);
  }
  std::filesystem::path root() const { return today_.path().parent_path(); }

  features::SnapshotFeatures build(const KnownFiles& files, int threads = 2) const {
    return features::build(*today_.open(threads), {.known = files});
  }
  static double value(const features::SnapshotFeatures& features, const std::string& alert,
                      const std::string& name) {
    const features::FeatureMatrix& matrix = features.alerts;
    const auto row = std::find(matrix.ids.begin(), matrix.ids.end(), alert) - matrix.ids.begin();
    const auto column =
        std::find(matrix.names.begin(), matrix.names.end(), name) - matrix.names.begin();
    return matrix.columns.at(static_cast<std::size_t>(column)).at(static_cast<std::size_t>(row));
  }

  static void expect_same(const features::SnapshotFeatures& before,
                          const features::SnapshotFeatures& after) {
    ASSERT_EQ(before.alerts.names, after.alerts.names);
    for (const auto& [one, other] :
         {std::pair(&before.alerts, &after.alerts), std::pair(&before.clusters, &after.clusters)}) {
      for (std::size_t column = 0; column < one->columns.size(); ++column) {
        for (std::size_t row = 0; row < one->rows(); ++row) {
          EXPECT_EQ(std::bit_cast<std::uint64_t>(one->columns[column][row]),
                    std::bit_cast<std::uint64_t>(other->columns[column][row]))
              << one->names[column];
        }
      }
    }
    EXPECT_EQ(before.sanctioned_alerts, after.sanctioned_alerts);
  }

  // Leaves the small file of a day, and removes its input.
  void remove_day(const std::string& day) const {
    const auto database = snapshot::open_database({.threads = 1});
    write_kept_day(*database, root(), *Date::parse(day), {}, snapshot::kMaxRows);
    std::filesystem::remove_all(root() / day);
  }

  ScratchSnapshot today_{"2025-10-26"};
};

TEST_F(KnownAddresses, CostNothingWhereNothingIsNamed) {
  const features::SnapshotFeatures features = build({});
  EXPECT_EQ(features.sanctioned_alerts, std::nullopt);
  EXPECT_THAT(features.known_files, IsEmpty());
  for (const std::string& group : features.groups)
    EXPECT_THAT(group, ::testing::Not(HasSubstr("known")));
  const auto snapshot = today_.open();
  snapshot->make_all();
  for (const char* table : {"known_addresses", "known_subjects", "earlier_alerts"}) {
    EXPECT_EQ(snapshot->connection().query_int(std::string("SELECT count(*) FROM ") + table), 0);
  }
}

TEST_F(KnownAddresses, AreSoFarAwayAndPaySoMuch) {
  const features::SnapshotFeatures features = build(
      {.labels = {write(
           "l.csv", "address,category,known_since\nn1,scam,2025-01-01\nx,exchange,2025-01-01\n")}});
  EXPECT_EQ(value(features, "a1", "known_is_scam"), 1);
  EXPECT_EQ(value(features, "a1", "known_bad_categories"), 1);
  EXPECT_EQ(value(features, "a2", "known_is_scam"), 0);
  EXPECT_NEAR(value(features, "a1", "known_bad_days"), 299, 1e-9);  // up to the end of 2025-10-26
  EXPECT_TRUE(std::isnan(value(features, "a2", "known_bad_days")));
  const std::map<std::string, double> hops = {{"a1", 0}, {"a2", 1}, {"a3", 2}, {"a4", 3}};
  for (const auto& [alert, distance] : hops) {
    EXPECT_EQ(value(features, alert, "known_in_scam_hops"), distance) << alert;
    EXPECT_EQ(value(features, alert, "known_in_bad_hops"), distance) << alert;
  }
  EXPECT_TRUE(std::isnan(value(features, "a5", "known_in_scam_hops")));  // four transfers away
  EXPECT_TRUE(std::isnan(value(features, "a4", "known_out_scam_hops")));
  EXPECT_EQ(value(features, "a2", "known_in_scam_usd_share"), 1);
  EXPECT_EQ(value(features, "a3", "known_in_scam_usd_share"), 0);
  EXPECT_EQ(value(features, "a3", "known_in_exchange_usd_share"), 0.25);
  EXPECT_EQ(value(features, "a3", "known_in_good_usd_share"), 0.25);
}

TEST_F(KnownAddresses, AreNotReachedThroughGoodOnes) {
  const KnownFiles without_hub{
      .labels = {write("l.csv", "address,category,known_since\nn1,scam,2025-01-01\n")}};
  EXPECT_EQ(value(build(without_hub), "a9", "known_in_scam_hops"), 2);
  const KnownFiles with_hub{
      .labels = {write(
          "m.csv", "address,category,known_since\nn1,scam,2025-01-01\nhub,exchange,2025-01-01\n")}};
  EXPECT_TRUE(std::isnan(value(build(with_hub), "a9", "known_in_scam_hops")));
  EXPECT_EQ(value(build(with_hub), "a9", "known_in_exchange_hops"), 1);
}

TEST_F(KnownAddresses, ThatAreSanctionedFlagTheirAlerts) {
  const features::SnapshotFeatures features =
      build({.labels = {write("ofac_2025-09-01.txt",
                              "n4\n0xfa8e3920daf271dab92be9b87d9998ddd94fef08\n")}});
  EXPECT_THAT(features.sanctioned_alerts.value(), ElementsAre("a4", "z"));
  ASSERT_THAT(features.known_files, SizeIs(1));
  EXPECT_EQ(features.known_files[0].file, "ofac_2025-09-01.txt");
  EXPECT_EQ(features.known_files[0].known_since, "2025-10-01T00:00:00Z");
  EXPECT_EQ(features.known_files[0].rows, 2);
  EXPECT_THAT(features.warnings, ::testing::Contains(HasSubstr("counts from 30 days after")));
}

TEST_F(KnownAddresses, CountFromTheDayTheyAreKnown) {
  const std::string file = write("list.txt", "n4\n");
  write("list.txt.known_since", "2025-10-26T23:59:59Z\n");
  EXPECT_THAT(build({.labels = {file}}).sanctioned_alerts.value(), ElementsAre("a4"));
  write("list.txt.known_since", "2025-10-27T00:00:00Z\n");
  const features::SnapshotFeatures features = build({.labels = {file}});
  EXPECT_THAT(features.sanctioned_alerts.value(), IsEmpty());
  EXPECT_THAT(features.known_files, IsEmpty());
  EXPECT_THAT(build({.labels = {write("list_2025-09-26.txt", "n4\n")}}).sanctioned_alerts.value(),
              ElementsAre("a4"));
  EXPECT_THAT(build({.labels = {write("list_2025-09-27.txt", "n4\n")}}).sanctioned_alerts.value(),
              IsEmpty());
  EXPECT_THROW(build({.labels = {write("undated.txt", "n4\n")}}), Error);
}

TEST_F(KnownAddresses, OfTheSotAreOfItsNetwork) {
  today_.write("address_labels_2025-09-01.parquet",
               "SELECT * FROM (VALUES ('Bitcoin', 'n1', 'scam'), ('tron', 'n2', 'scam'), "
               "(NULL, 'n3', 'scam'), ('BTC', 'n4', 'scam')) v(network, address, address_type)");
  const auto features = build({.labels = {today_.path("address_labels_2025-09-01.parquet")}});
  EXPECT_EQ(value(features, "a1", "known_is_scam"), 1);
  EXPECT_EQ(value(features, "a2", "known_is_scam"), 0);
  EXPECT_EQ(value(features, "a3", "known_is_scam"), 1);
  EXPECT_EQ(value(features, "a4", "known_is_scam"), 1);
  const auto of_a_pack = build({.labels = {write("pack_2025-09-01.yaml",
                                                 "category: sanctions\ncurrency: BTC\ntags:\n"
                                                 "  - address: n1\n"
                                                 "  - {address: n2, currency: ETH}\n")}});
  EXPECT_THAT(of_a_pack.sanctioned_alerts.value(), ElementsAre("a1"));
}

TEST_F(KnownAddresses, TellOfEarlierAlertsAndTruths) {
  write_day("2025-10-20", "('e1', 'n1'), ('e2', 'n2'), ('e3', 'other')",
            "('e1', true), ('e2', false), ('e3', true)", "2025-10-25T12:00:00Z");
  write_day("2025-10-25", "('f1', 'n1'), ('f2', 'n1')", "");
  const features::SnapshotFeatures features = build({.history = root()});
  EXPECT_EQ(value(features, "a1", "earlier_alerts"), 3);
  EXPECT_EQ(value(features, "a1", "earlier_alert_days"), 2);
  EXPECT_EQ(value(features, "a1", "earlier_alert_last_days"), 1);
  EXPECT_EQ(value(features, "a1", "earlier_alert_first_days"), 6);
  EXPECT_EQ(value(features, "a1", "earlier_truths"), 1);
  EXPECT_EQ(value(features, "a1", "earlier_reported"), 1);
  EXPECT_EQ(value(features, "a1", "earlier_reported_share"), 1);
  EXPECT_EQ(value(features, "a1", "earlier_reported_last_days"), 6);
  EXPECT_EQ(value(features, "a1", "known_is_reported"), 1);
  EXPECT_EQ(value(features, "a2", "earlier_reported_share"), 0);
  EXPECT_EQ(value(features, "a2", "known_in_reported_hops"), 1);
  EXPECT_EQ(value(features, "a3", "earlier_alerts"), 0);
  EXPECT_TRUE(std::isnan(value(features, "a3", "earlier_reported_share")));
  std::vector<std::string> kinds;
  for (const KnownFile& file : features.known_files) kinds.push_back(file.kind + " " + file.file);
  EXPECT_THAT(kinds, ElementsAre("alerts 2025-10-25/alerts.parquet",
                                 "ground_truth 2025-10-20/ground_truth_2025-10-20.parquet",
                                 "alerts 2025-10-20/alerts.parquet"));
}

TEST_F(KnownAddresses, OfTruthsThatDoNotSaySinceWhenCountAMonthLater) {
  write_day("2025-09-26", "('e1', 'n1')", "('e1', true)");
  write_day("2025-09-27", "('f1', 'n2')", "('f1', true)");
  const features::SnapshotFeatures features = build({.history = root()});
  EXPECT_EQ(value(features, "a1", "earlier_truths"), 1);
  EXPECT_EQ(value(features, "a2", "earlier_alerts"), 1);
  EXPECT_EQ(value(features, "a2", "earlier_truths"), 0);
  EXPECT_THAT(features.warnings, ::testing::Contains(HasSubstr("1 ground truths do not say")));
}

TEST_F(KnownAddresses, ChangeNothingWhereTheyBecomeKnownLater) {
  KnownFiles files{.labels = {write("l.csv", "address,category,known_since\nn1,scam,2025-01-01\n")},
                   .history = root()};
  write_day("2025-10-20", "('e1', 'n1'), ('e2', 'n4')", "");
  const features::SnapshotFeatures before = build(files, 1);
  // A day of today and one of tomorrow, a truth of an earlier day, labels: all known too late.
  write_day("2025-10-27", "('g1', 'n1')", "('g1', true)", "2025-10-01");
  write_day("2025-10-20", "('e1', 'n1'), ('e2', 'n4')", "('e1', true), ('e2', true)",
            "2025-10-27T00:00:00Z");
  files.labels.emplace_back(write(
      "later.csv", "address,category,known_since\nn2,sanctions,2025-10-27\nn3,scam,2026-01-01\n"));
  const features::SnapshotFeatures after = build(files, 3);
  expect_same(before, after);
  EXPECT_EQ(before.known_files, after.known_files);
  EXPECT_EQ(before.warnings, after.warnings);
}

TEST_F(KnownAddresses, AreNotToldOfByADayThatIsNamedAfterAnother) {
  write_day("2025-10-19", "('d1', 'n1')", "");
  const features::SnapshotFeatures without = build({.history = root()});
  const std::string folder = (root() / "2025-10-20").string();
  write_day("2025-11-02", "('e1', 'n1')", "");
  std::filesystem::rename(root() / "2025-11-02", folder);
  const features::SnapshotFeatures with = build({.history = root()});
  expect_same(without, with);
  EXPECT_EQ(without.known_files, with.known_files);
  EXPECT_THAT(with.warnings,
              ::testing::Contains(AllOf(HasSubstr("1 inputs or truths cannot be read"),
                                        HasSubstr(folder + "/alerts.parquet says 2025-11-02"))));
  write_file_atomically(folder + "/META.json", R"({"processing_date": "2025-11-02"})");
  EXPECT_THAT(build({.history = root()}).warnings,
              ::testing::Contains(HasSubstr(folder + "/META.json says 2025-11-02")));
  // Nor is it kept, by which the name alone would stay.
  EXPECT_THROW(remove_day("2025-10-20"), UnreadableAlerts);
  EXPECT_THAT(kept_dates(root()), IsEmpty());
}

TEST_F(KnownAddresses, AreNotToldOfByWhatIsDamaged) {
  write_day("2025-10-19", "('d1', 'n1')", "");
  const features::SnapshotFeatures without = build({.history = root()});
  write_day("2025-10-20", "('e1', 'n1')", "");
  write_file_atomically(root() / "2025-10-20" / "alerts.parquet", "no Parquet");
  write_file_atomically(root() / "ground_truth_2025-10-19.parquet", "no Parquet");
  write_file_atomically(root() / "ground_truth_2025-10-19.parquet.known_since", "2025-10-21\n");
  const features::SnapshotFeatures with = build({.history = root()});
  expect_same(without, with);
  EXPECT_EQ(without.known_files, with.known_files);
  EXPECT_THAT(with.warnings,
              ::testing::Contains(AllOf(HasSubstr("2 inputs or truths cannot be read"),
                                        HasSubstr("2025-10-20/alerts.parquet"))));
}

TEST_F(KnownAddresses, StayTheSameOnceTheInputsOfEarlierDaysAreGone) {
  // Known in time, too late, without a time, in the root, and not at all.
  write_day("2025-09-20", "('e1', 'n1'), ('e2', 'n2'), ('e3', 'x')", "('e1', true), ('e2', false)");
  write_day("2025-10-19", "('d1', 'n2'), ('d2', 'N3')", "('d1', true)", "2025-10-25T12:00:00Z");
  write_day("2025-10-20", "('f1', 'n1'), ('f2', 'n4')", "('f1', true)", "2025-10-27T00:00:00Z");
  write_day("2025-10-21", "('g1', 'n5')", "('g1', true)", "2025-10-22T00:00:00Z");
  for (const char* ending : {"", ".known_since"}) {
    const std::string name = std::string("ground_truth_2025-10-21.parquet") + ending;
    std::filesystem::rename(root() / "2025-10-21" / name, root() / name);
  }
  write_day("2025-10-25", "('h1', 'n1'), ('h2', '0xfa8e3920daf271dab92be9b87d9998ddd94fef08')", "");
  const KnownFiles files{.history = root()};
  const features::SnapshotFeatures before = build(files);
  ASSERT_EQ(value(before, "a1", "earlier_alerts"), 3);
  ASSERT_EQ(value(before, "a5", "earlier_reported"), 1);
  for (const char* day : {"2025-10-19", "2025-10-21"}) remove_day(day);
  expect_same(before, build(files));  // some of both
  for (const char* day : {"2025-09-20", "2025-10-20", "2025-10-25"}) remove_day(day);
  EXPECT_EQ(kept_dates(root()).size(), 5U);
  const features::SnapshotFeatures after = build(files);
  expect_same(before, after);
  EXPECT_EQ(before.warnings, after.warnings);
}

TEST_F(KnownAddresses, OfDaysThatAreGoneCountWithATruthThatComesLater) {
  write_day("2025-10-20", "('e1', 'n1')", "");
  remove_day("2025-10-20");
  EXPECT_EQ(value(build({.history = root()}), "a1", "earlier_truths"), 0);
  write_day("2025-10-20", "('e1', 'n1')", "('e1', true)", "2025-10-22");
  for (const char* ending : {"", ".known_since"}) {
    const std::string name = std::string("ground_truth_2025-10-20.parquet") + ending;
    std::filesystem::rename(root() / "2025-10-20" / name, root() / name);
  }
  std::filesystem::remove_all(root() / "2025-10-20");
  EXPECT_EQ(value(build({.history = root()}), "a1", "earlier_reported"), 1);
}

TEST_F(KnownAddresses, OfADayThatIsHereAgainAreThoseOfItsInput) {
  write_day("2025-10-20", "('e1', 'n1')", "");
  remove_day("2025-10-20");
  write_day("2025-10-20", "('e1', 'n1'), ('e2', 'n1')", "");
  EXPECT_EQ(value(build({.history = root()}), "a1", "earlier_alerts"), 2);
}

TEST_F(KnownAddresses, OfWhatIsNoSmallFileAreRefused) {
  write_day("2025-10-20", "('e1', 'n1')", "");
  std::filesystem::create_directories(root() / "kept");
  std::filesystem::rename(root() / "2025-10-20" / "alerts.parquet",
                          kept_file(root(), *Date::parse("2025-10-20")));
  EXPECT_THROW(build({.history = root()}), Error);
}

TEST_F(KnownAddresses, OfAnotherNetworkArePassedOver) {
  write_day("2025-10-20", "('e1', 'n1')", "");
  write_file_atomically(root() / "2025-10-20" / "META.json", R"({"network": "tron", "files": {}})");
  const features::SnapshotFeatures features = build({.history = root()});
  EXPECT_EQ(value(features, "a1", "earlier_alerts"), 0);
  EXPECT_THAT(features.warnings, ::testing::Contains(HasSubstr("1 days are of another network")));
}

TEST_F(KnownAddresses, AreReadOfSoManyDays) {
  Database database;
  Connection session = database.connect();
  for (std::size_t i = 0; i <= kMostHistoryDays; ++i) {
    const std::string day = Date::parse("2025-10-25")->plus_days(-static_cast<int>(i)).text();
    std::filesystem::create_directories(root() / day);
    session.run("COPY (SELECT 7 AS window_days, DATE '" + day +
                "' AS processing_date, 'e1' AS alert_id, 'n1' AS address) TO " +
                sql_path(root() / day / "alerts.parquet") + " (FORMAT parquet)");
  }
  const features::SnapshotFeatures features = build({.history = root()});
  EXPECT_EQ(value(features, "a1", "earlier_alert_days"), static_cast<double>(kMostHistoryDays));
  EXPECT_THAT(features.warnings, ::testing::Contains(HasSubstr("the newest 400 count")));
}

TEST_F(KnownAddresses, AreNoMoreThanMemoryBears) {
  today_.write("address_labels_2025-09-01.parquet",
               "SELECT 'n' AS address FROM range(" + std::to_string(kMostLabels + 1) + ")");
  try {
    build({.labels = {today_.path("address_labels_2025-09-01.parquet")}});
    FAIL() << "too many labels are accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("more than 2000000 labels"));
  }
}

TEST(KnownLabels, AreKeptOnceSinceTheEarliest) {
  std::vector<Label> labels = {{"a", "x", flows::kScam, "", "s", 5},
                               {"a", "x", flows::kScam, "", "s", 3},
                               {"a", "y", flows::kScam, "", "s", 1}};
  keep_first(labels);
  ASSERT_THAT(labels, SizeIs(2));
  EXPECT_EQ(labels[0].known_second, 3);
}

}  // namespace
}  // namespace aml::known
