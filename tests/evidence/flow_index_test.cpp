#include "evidence/flow_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <limits>

#include "../results/example.h"
#include "base/error.h"
#include "evidence/input_root.h"
#include "example.h"
#include "flows/feature.h"
#include "transfers.h"

namespace aml::evidence {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kPlenty = 1 << 30;

TEST(FlowIndex, SumsUpWhatGoesFromOneAddressToAnother) {
  const FlowIndex index = index_of({{"q", "p", 7, 50},
                                    {"p", "q", 5, 20},
                                    {"p", "r", 1, 0},
                                    {"p", "q", 8, 10},
                                    {"p", "q", 0, 30}});
  const auto p = index.find("p").value();
  ASSERT_EQ(index.outgoing(p).size(), 2);
  const auto q = index.find("q").value();
  const std::vector<Flow> flows = index.outgoing(p, std::vector{q});
  ASSERT_EQ(flows.size(), 1);
  EXPECT_EQ(flows[0].source, p);
  EXPECT_EQ(flows[0].dest, q);
  EXPECT_EQ(flows[0].transfers, 3) << "one without a price is a transfer";
  EXPECT_EQ(flows[0].amount, 13 * flows::kUnitsPerUsd);
  EXPECT_EQ(flows[0].first_second, kStart + 10);
  EXPECT_EQ(flows[0].last_second, kStart + 30);
  ASSERT_EQ(index.incoming(p).size(), 1);
  EXPECT_EQ(index.incoming(p)[0].source, q);
  EXPECT_TRUE(index.incoming(p, std::vector{p}).empty());
}

TEST(FlowIndex, CountsFlowsInBothDirections) {
  const FlowIndex index =
      index_of({{"p", "q", 1, 1}, {"p", "q", 1, 2}, {"q", "p", 1, 3}, {"r", "p", 1, 4}});
  EXPECT_EQ(index.flow_count(index.find("p").value()), 3) << "two transfers to q are one flow";
  EXPECT_EQ(index.flow_count(index.find("q").value()), 2);
  EXPECT_EQ(index.flow_count(index.find("r").value()), 1);
}

TEST(FlowIndex, StopsAtTheLargestSumThereIs) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(flows::saturating_sum<std::int64_t>(kMost, 1), kMost);
}

TEST(FlowIndex, KnowsItsAddresses) {
  const FlowIndex index = index_of({{"p", "q", 1, 1}});
  EXPECT_EQ(index.address(index.find("q").value()), "q");
  EXPECT_EQ(index.find("Q"), std::nullopt);
  EXPECT_EQ(index.find(""), std::nullopt);
}

TEST(FlowIndex, HoldsNothingWhereThereIsNothing) {
  const FlowIndex index = index_of({});
  EXPECT_EQ(index.graph().edges(), 0);
  EXPECT_EQ(index.find("p"), std::nullopt);
}

// money_flows.parquet, read.
class FlowFile : public ::testing::Test {
 protected:
  InputDay day() { return inputs_.find(*Date::parse("2025-10-26")); }
  std::filesystem::path file() { return root_.path() / "2025-10-26" / sot::kMoneyFlowsFile; }
  FlowIndex read(std::size_t max_bytes = kPlenty) { return {*inputs_.open(day()), max_bytes}; }
  std::string refusal(std::size_t max_bytes = kPlenty) {
    try {
      read(max_bytes);
    } catch (const Error& e) {
      return e.what();
    }
    return "no error";
  }

  results::TemporaryFolder root_;
  InputRoot inputs_{root_.path()};
};

TEST_F(FlowFile, MayHaveARowForEveryTransfer) {
  write_flows(root_.path() / "2025-10-26");
  const FlowIndex index = read();
  const auto x = index.find("x");
  ASSERT_TRUE(x);
  ASSERT_EQ(index.outgoing(*x).size(), 1);
  EXPECT_EQ(index.outgoing(*x)[0].amount, 35000);
  EXPECT_EQ(index.outgoing(*x)[0].transfers, 2);
  EXPECT_EQ(index.outgoing(*x)[0].first_second, kStart + 1);
  // From y and z; a row without a source is none.
  EXPECT_EQ(index.incoming(*x).size(), 2);
}

TEST_F(FlowFile, MayHaveARowForEveryPair) {
  write_parquet(
      file(),
      "SELECT 'x' AS from_address, 'y' AS to_address, 12 AS tx_count, "
      "CAST(1.5 AS DECIMAL(38,18)) AS amount_usd_sum, 1700000007000 AS last_seen_timestamp");
  const FlowIndex index = read();
  const std::vector<Flow> flows = index.outgoing(index.find("x").value());
  ASSERT_EQ(flows.size(), 1);
  EXPECT_EQ(flows[0].transfers, 12);
  EXPECT_EQ(flows[0].amount, 15000);
  EXPECT_EQ(flows[0].first_second, 0);
  EXPECT_EQ(flows[0].last_second, kStart + 7);
}

TEST_F(FlowFile, CountsAsTransfersWhatFeaturesDo) {
  write_parquet(file(),
                "SELECT 'x' AS source_address, dest AS dest_address, CAST(usd AS DECIMAL(18,4)) AS "
                "amount_usd, 1000 AS timestamp, id AS tx_hash FROM (VALUES ('y', 5, 'a'), "
                "('y', 5, 'a'), ('y', NULL, 'b'), ('y', -7, 'c'), ('x', 9, 'd')) v(dest, usd, id)");
  const FlowIndex index = read();
  const std::vector<Flow> flows = index.outgoing(index.find("x").value());
  ASSERT_EQ(flows.size(), 1) << "to itself nothing changes hands";
  EXPECT_EQ(flows[0].transfers, 2) << "neither a row that is there twice nor a correction";
  EXPECT_EQ(flows[0].amount, 50000);
}

TEST_F(FlowFile, MustHaveAddresses) {
  write_parquet(file(), "SELECT 1 AS amount_usd, 2 AS timestamp");
  EXPECT_THAT(refusal(), HasSubstr("source_address"));
}

TEST_F(FlowFile, IsNamedWhereItIsDamaged) {
  std::filesystem::create_directories(file().parent_path());
  std::ofstream(file()) << "PAR1 and nothing of it";
  EXPECT_THAT(refusal(), HasSubstr("money_flows.parquet as Parquet"));
}

TEST_F(FlowFile, IsRefusedWhereItWouldTakeTooMuchMemory) {
  write_flows(root_.path() / "2025-10-26");
  EXPECT_THAT(refusal(100), HasSubstr("--cache-mb"));
}

}  // namespace
}  // namespace aml::evidence
