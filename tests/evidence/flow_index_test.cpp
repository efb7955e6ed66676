#include "evidence/flow_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <limits>

#include "../results/example.h"
#include "base/error.h"
#include "evidence/input_root.h"
#include "example.h"

namespace aml::evidence {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kPlenty = 1 << 30;
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

TEST(FlowIndex, SumsUpWhatGoesFromOneAddressToAnother) {
  const FlowIndex index(
      {"p", "q", "r"},
      {{1, 0, 1, 50, 60, 7}, {0, 1, 1, 20, 20, 5}, {0, 2, 1, 0, 0, 1}, {0, 1, 2, 10, 30, 8}});
  ASSERT_EQ(index.outgoing(0).size(), 2);
  const Flow& flow = index.outgoing(0)[0];
  EXPECT_EQ(flow.dest, 1);
  EXPECT_EQ(flow.transfers, 3);
  EXPECT_EQ(flow.amount, 13);
  EXPECT_EQ(flow.first_second, 10);
  EXPECT_EQ(flow.last_second, 30);
  ASSERT_EQ(index.incoming(0).size(), 1);
  EXPECT_EQ(index.flows()[index.incoming(0)[0]].source, 1);
  EXPECT_EQ(index.incoming(2).size(), 1);
}

TEST(FlowIndex, StopsAtTheLargestSumThereIs) {
  const FlowIndex index({"p", "q"}, {{0, 1, 1, 0, 0, kMost}, {0, 1, 1, 0, 0, 1}});
  EXPECT_EQ(index.outgoing(0)[0].amount, kMost);
}

TEST(FlowIndex, PrefersATimeToNone) {
  const FlowIndex index({"p", "q"}, {{0, 1, 1, 0, 0, 1}, {0, 1, 1, 40, 50, 1}});
  EXPECT_EQ(index.outgoing(0)[0].first_second, 40);
}

TEST(FlowIndex, KnowsItsAddresses) {
  const FlowIndex index({"p", "q"}, {{0, 1, 1, 0, 0, 1}});
  EXPECT_EQ(index.find("q"), 1);
  EXPECT_EQ(index.address(1), "q");
  EXPECT_EQ(index.find("Q"), std::nullopt);
  EXPECT_EQ(index.find(""), std::nullopt);
}

TEST(FlowIndex, HoldsNothingWhereThereIsNothing) {
  const FlowIndex index({}, {});
  EXPECT_TRUE(index.flows().empty());
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
  EXPECT_EQ(index.outgoing(*x)[0].first_second, 1);
  // From y and z; a row without a source is none.
  EXPECT_EQ(index.incoming(*x).size(), 2);
}

TEST_F(FlowFile, MayHaveARowForEveryPair) {
  write_parquet(file(),
                "SELECT 'x' AS from_address, 'y' AS to_address, 12 AS tx_count, "
                "CAST(1.5 AS DECIMAL(38,18)) AS amount_usd_sum, 7000 AS last_seen_timestamp");
  const FlowIndex index = read();
  ASSERT_EQ(index.flows().size(), 1);
  EXPECT_EQ(index.flows()[0].transfers, 12);
  EXPECT_EQ(index.flows()[0].amount, 15000);
  EXPECT_EQ(index.flows()[0].first_second, 0);
  EXPECT_EQ(index.flows()[0].last_second, 7);
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
