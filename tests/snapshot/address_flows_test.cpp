// The table address_flows against the library that computes it, and against facts by hand.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "flows/feature.h"
#include "scratch_snapshot.h"
#include "snapshot/flow_columns.h"
#include "snapshot/money_flows.h"

namespace aml::snapshot {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// 2,000 transfers between 40 addresses over the window's days and the ones before.
constexpr const char* kTransfers =
    "SELECT 'n' || (hash(i) % 40) AS source_address, 'n' || (hash(i + 100000) % 40) AS "
    "dest_address, CAST(hash(i + 200000) % 20000 / 4 AS DECIMAL(18, 4)) AS amount_usd, "
    "CAST(epoch_ms(TIMESTAMP '2025-10-10') + hash(i + 300000) % (16 * 86400000) AS BIGINT) AS "
    "timestamp FROM range(2000) t(i)";

class AddressFlows : public ::testing::Test {
 protected:
  void SetUp() override {
    scratch_.write_alerts("('x1', 'n1'), ('x2', 'n2'), ('x3', 'n3'), ('x4', 'n3'), ('x5', 'z')");
    scratch_.write_features("('n1', 3), ('n2', 4), ('n9', 1), ('n4', 1)",
                            ", address = 'n2' AS is_mixer_like, degree_in AS degree_total, "
                            "7 AS community_id");
  }
  std::unique_ptr<Snapshot> make(int threads = 2) const {
    auto snapshot = scratch_.open(threads);
    snapshot->make_all();
    return snapshot;
  }

  // Every feature of transfers of the address in the window of so many days, computed of the file.
  void expect_as_computed(Snapshot& snapshot, const std::string& address, std::int64_t days) const {
    Connection& connection = snapshot.connection();
    const flows::Graph whole = read_flow_graph(connection, snapshot.source(File::money_flows), 1);
    const auto end = static_cast<std::uint32_t>(
        connection.query_int("SELECT CAST(epoch(DATE '2025-10-27') AS BIGINT)"));
    const flows::Graph graph =
        whole.within({end - static_cast<std::uint32_t>(days + 1) * 86400, end});
    const std::vector<flows::Address> asked = {graph.find(address).value()};
    int compared = 0;
    for (const flows::FeatureSet& set : flows::transfer_sets()) {
      for (const flows::Column& column : flows::compute(set, {.graph = graph}, asked)) {
        const std::string name(column.definition->name);
        const bool is_money = column.definition->unit == flows::Unit::usd ||
                              column.definition->unit == flows::Unit::usd_hours;
        const std::string found =
            connection
                .query_text(fmt::format(
                    "SELECT CAST({} AS VARCHAR) FROM address_flows g JOIN subjects s ON "
                    "s.subject_id = g.subject_id WHERE s.address = '{}' AND s.window_days = {}",
                    is_money ? fmt::format("CAST(g.{} * 10000 AS BIGINT)", name) : "g." + name,
                    address, days))
                .value_or("NULL");
        if (!column.numbers.empty()) {
          const double wanted = column.numbers[0];
          if (std::isnan(wanted)) {
            EXPECT_EQ(found, "NULL") << name;
          } else {
            EXPECT_EQ(std::stod(found), wanted) << name;
          }
        } else {
          const std::int64_t wanted = column.integers[0];
          EXPECT_EQ(found, wanted == flows::kMissing ? "NULL" : std::to_string(wanted)) << name;
        }
        ++compared;
      }
    }
    EXPECT_GT(compared, 100);
  }

  static std::string ask(Snapshot& snapshot, const std::string& what, const std::string& address) {
    return snapshot.connection()
        .query_text(fmt::format("SELECT {} FROM address_flows g JOIN subjects s ON s.subject_id = "
                                "g.subject_id WHERE s.address = '{}'",
                                what, address))
        .value_or("NULL");
  }

  ScratchSnapshot scratch_;
};

TEST_F(AddressFlows, AreWhatTheGraphOfTheWindowGives) {
  scratch_.write("money_flows.parquet", kTransfers);
  const auto snapshot = make();
  for (const char* address : {"n1", "n2", "n3"}) expect_as_computed(*snapshot, address, 7);
  EXPECT_EQ(snapshot->connection().query_int("SELECT count(*) FROM address_flows"), 3);
}

TEST_F(AddressFlows, TellWindowsApart) {
  scratch_.write("alerts.parquet",
                 "SELECT 'a' || w AS alert_id, 'n1' AS address, w AS window_days, DATE "
                 "'2025-10-26' AS processing_date FROM (VALUES (2), (7), (30)) v(w)");
  scratch_.write("money_flows.parquet", kTransfers);
  const auto snapshot = make();
  for (const std::int64_t days : {2, 7, 30}) expect_as_computed(*snapshot, "n1", days);
}

TEST_F(AddressFlows, ArePairsToo) {
  scratch_.write("money_flows.parquet",
                 "SELECT 'n1' AS source_address, 'n' || i AS dest_address, 3 AS tx_count, "
                 "CAST(100 * i AS DECIMAL(18, 4)) AS amount_usd_sum FROM range(2, 6) t(i)");
  const auto snapshot = make();
  EXPECT_EQ(ask(*snapshot, "CAST(g.out_transfers AS VARCHAR)", "n1"), "12");
  EXPECT_EQ(ask(*snapshot, "CAST(g.passed_on_1h_share AS VARCHAR)", "n1"), "NULL");
}

// n1 pays 300 to n2 (a mixer), 700 to n9 and 1,000 to n4, of degrees 3 | 4, 1, 1.
TEST_F(AddressFlows, KnowWhatCounterpartiesAre) {
  scratch_.write("money_flows.parquet",
                 "SELECT 'n1' AS source_address, dest AS dest_address, usd AS amount_usd, "
                 "CAST(epoch_ms(TIMESTAMP '2025-10-25') AS BIGINT) AS timestamp FROM (VALUES "
                 "('n2', 300), ('n9', 700), ('n4', 1000)) v(dest, usd)");
  const auto snapshot = make();
  EXPECT_EQ(ask(*snapshot, "CAST(g.out_mixer_usd_share AS VARCHAR)", "n1"), "0.15");
  EXPECT_EQ(ask(*snapshot, "CAST(g.alerted_payees AS VARCHAR)", "n1"), "1");
  // Percentiles of 1, 1, 3, 4: 0.25, 0.25, 0.625, 0.875.
  EXPECT_EQ(ask(*snapshot, "CAST(g.neighbor_degree_total_largest AS VARCHAR)", "n1"), "0.875");
  EXPECT_EQ(ask(*snapshot, "CAST(floor(g.neighbor_degree_total_mean * 1e6) AS VARCHAR)", "n1"),
            "458333.0");
  EXPECT_EQ(ask(*snapshot, "CAST(g.community_addresses AS VARCHAR)", "n1"), "4");
}

TEST_F(AddressFlows, TakeOfRepeatedFeaturesTheRowThatCounts) {
  scratch_.write_features("('n1', 3), ('n2', 9), ('n2', 4), ('n9', 5), ('n4', 1)",
                          ", degree_in AS degree_total, degree_in % 8 AS _version");
  scratch_.write("money_flows.parquet",
                 "SELECT 'n2' AS source_address, 'n1' AS dest_address, 5 AS amount_usd, "
                 "CAST(epoch_ms(TIMESTAMP '2025-10-25') AS BIGINT) AS timestamp");
  const auto snapshot = make();
  // Version 4 counts: degree 4 beside n1's 3.
  EXPECT_EQ(ask(*snapshot, "CAST(g.neighbor_degree_total_mean AS VARCHAR)", "n1"), "0.75");
}

TEST_F(AddressFlows, CountWhatBecameOfTheRows) {
  constexpr const char* kRow =
      "(SELECT '{}' AS source_address, '{}' AS dest_address, CAST({} AS DECIMAL(18, 4)) AS "
      "amount_usd, CAST({} AS BIGINT) AS timestamp)";
  const auto row = [&](const char* from, const char* to, const char* amount, const char* time) {
    return fmt::format(fmt::runtime(kRow), from, to, amount, time);
  };
  const char* at = "epoch_ms(TIMESTAMP '2025-10-25')";
  scratch_.write("money_flows.parquet",
                 row("n1", "n2", "5", at) + " UNION ALL " + row("n1", "n2", "5", at) +
                     " UNION ALL " + row("n1", "n1", "5", at) + " UNION ALL " +
                     row("n1", "n2", "-5", at) + " UNION ALL " + row("", "n2", "5", at) +
                     " UNION ALL " + row("n2", "n1", "0", at) + " UNION ALL " +
                     row("n2", "n1", "5", "0"));
  const auto snapshot = make();
  const std::map<std::string, std::int64_t>& counts = snapshot->findings().flow_counts;
  EXPECT_EQ(counts.at("rows"), 7);
  EXPECT_EQ(counts.at("transfers"), 2);
  for (const char* name : {"duplicates", "self_transfers", "negative_amounts", "without_address",
                           "without_time", "unpriced"}) {
    EXPECT_EQ(counts.at(name), 1) << name;
  }
  EXPECT_EQ(counts.at("searches_cut_short"), 0);
}

TEST_F(AddressFlows, AreEmptyWithoutMoneyFlows) {
  const auto snapshot = make();
  EXPECT_EQ(snapshot->connection().query_int("SELECT count(*) FROM address_flows"), 0);
  EXPECT_EQ(snapshot->connection().query_int(
                "SELECT count(neighbor_pagerank_mean) + count(cycles_3) FROM address_flows"),
            0);
}

TEST_F(AddressFlows, AreTheSameForAnyThreads) {
  scratch_.write("money_flows.parquet", kTransfers);
  const std::string all =
      "SELECT CAST(md5(string_agg(CAST(g AS VARCHAR), '|' ORDER BY "
      "g.subject_id)) AS VARCHAR) FROM address_flows g";
  const auto one = make(1)->connection().query_text(all);
  EXPECT_EQ(make(3)->connection().query_text(all), one);
}

TEST_F(AddressFlows, AreComputedForEightWindowsAtTheMost) {
  scratch_.write("alerts.parquet",
                 "SELECT 'a' || w AS alert_id, 'n1' AS address, w AS window_days, DATE "
                 "'2025-10-26' AS processing_date FROM range(1, 11) v(w)");
  scratch_.write("money_flows.parquet", kTransfers);
  const auto snapshot = make();
  EXPECT_THAT(snapshot->findings().warnings, Contains(HasSubstr("2 addresses are of other")));
  EXPECT_EQ(snapshot->connection().query_int("SELECT count(*) FROM address_flows"), 8);
  SetUp();
  EXPECT_THAT(make()->findings().warnings, Not(Contains(HasSubstr("of other windows"))));
}

TEST_F(AddressFlows, HasTheFamiliesOfWhichAColumnIsWanted) {
  scratch_.write("money_flows.parquet", kTransfers);
  const auto has = [&](const std::set<std::string>& wanted, const std::string& column) {
    const auto snapshot = scratch_.open();
    snapshot->make_address_flows(wanted);
    const auto columns = snapshot->connection().describe_select("SELECT * FROM address_flows");
    return std::any_of(columns.begin(), columns.end(),
                       [&](const ResultColumn& one) { return one.name == column; });
  };
  EXPECT_TRUE(has({"in_usd"}, "out_median_usd")) << "of the same family";
  EXPECT_FALSE(has({"in_usd"}, "relays"));
  EXPECT_FALSE(has({"relays"}, "neighbor_pagerank_mean"));
  EXPECT_TRUE(has({"neighbor_pagerank_mean"}, "neighbor_pagerank_mean"));
  EXPECT_FALSE(has({}, "in_usd"));
}

TEST_F(AddressFlows, AreTheSameWhateverElseIsWanted) {
  scratch_.write("money_flows.parquet", kTransfers);
  const std::string sums =
      "SELECT CAST(hash(list((subject_id, alerted_payers, in_usd, relays, neighbor_pagerank_mean, "
      "community_alerted) ORDER BY subject_id)) AS VARCHAR) FROM address_flows";
  const auto all = make();
  const auto some = scratch_.open();
  some->make_address_flows(std::set<std::string>{"alerted_payers", "in_usd", "relays",
                                                 "neighbor_pagerank_mean", "community_alerted"});
  EXPECT_EQ(all->connection().query_text("(" + sums + ")"),
            some->connection().query_text("(" + sums + ")"));
}

}  // namespace
}  // namespace aml::snapshot
