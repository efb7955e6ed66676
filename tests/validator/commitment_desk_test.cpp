#include "validator/commitment_desk.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "../base/scratch_folder.h"
#include "base/date.h"
#include "base/deadline.h"
#include "base/error.h"
#include "bittensor/commitment_log.h"
#include "bittensor/keypair.h"
#include "bittensor/posted_commitment.h"

namespace aml::validator {
namespace {

using bittensor::Keypair;
using bittensor::StandingCommitment;

constexpr const char* kDay = "2025-10-26";
const Date kDate = Date::require(kDay, "a day");

class SetClock : public Clock {
 public:
  std::chrono::steady_clock::time_point now() override {
    return std::chrono::steady_clock::time_point(std::chrono::milliseconds(ms));
  }
  std::chrono::system_clock::time_point utc() override {
    return std::chrono::system_clock::time_point(std::chrono::milliseconds(ms));
  }
  void wait(std::chrono::seconds) override {}
  std::atomic<std::int64_t> ms = deadline_ms(kDate) - 3'600'000;
};

// Counts how often it is read; answers nobody while it hangs.
class SmallChain : public bittensor::ChainClient {
 public:
  SmallChain(std::atomic<int>& reads, std::atomic<bool>& hangs) : reads_(reads), hangs_(hangs) {}
  std::uint64_t block() override { return 1; }
  bittensor::Metagraph metagraph(std::uint16_t) override {
    ++reads_;
    reads_.notify_all();
    hangs_.wait(true);
    bittensor::Metagraph graph;
    for (const char* uri : {"//Alice", "//Bob"}) {
      bittensor::Neuron neuron;
      neuron.hotkey = Keypair::from_dev_uri(uri).ss58();
      graph.neurons.push_back(std::move(neuron));
    }
    return graph;
  }
  bittensor::ChainReceipt serve_axon(std::uint16_t, const bittensor::AxonAddress&) override {
    return {};
  }
  bittensor::ChainReceipt set_weights(std::uint16_t, const bittensor::Weights&) override {
    return {};
  }
  std::string description() const override { return "small"; }

 private:
  std::atomic<int>& reads_;
  std::atomic<bool>& hangs_;
};

class CommitmentDeskTest : public testing::Test {
 protected:
  http::Response post(const std::string& uri, char digit, const std::string& date = kDay) {
    const std::string body = bittensor::PostedCommitment{date, std::string(64, digit)}.to_json();
    clock_.ms += 1;  // a nonce of its own
    return send(uri, body, body);
  }
  http::Response post_to(CommitmentDesk& desk, const std::string& uri, char digit) {
    const std::string body = bittensor::PostedCommitment{kDay, std::string(64, digit)}.to_json();
    clock_.ms += 1;
    return send_to(desk, uri, body, body);
  }
  http::Response send(const std::string& uri, const std::string& signed_body,
                      const std::string& body) {
    return send_to(desk_, uri, signed_body, body);
  }
  http::Response send_to(CommitmentDesk& desk, const std::string& uri,
                         const std::string& signed_body, const std::string& body) {
    http::Request request{.method = "POST", .target = bittensor::kCommitmentsPath};
    const auto signed_request =
        bittensor::btauth_sign(Keypair::from_dev_uri(uri), "POST", request.target, signed_body,
                               own_.ss58(), clock_.ms.load() * 1'000'000);
    for (const auto& [name, value] : signed_request.headers) request.fields.add(name, value);
    request.body = body;
    return desk.take(request);
  }
  StandingCommitment standing(const std::string& uri) {
    constexpr std::int64_t kMsPerSecond = 1'000;
    const auto logs = received_.logs();
    const auto log = logs.find(Keypair::from_dev_uri(uri).ss58());
    if (log == logs.end()) return {};
    return standing_commitment(
        log->second, kDate,
        {static_cast<std::uint64_t>(deadline_ms(kDate.plus_days(-1)) / kMsPerSecond),
         static_cast<std::uint64_t>(deadline_ms(kDate) / kMsPerSecond), 17});
  }

  test::ScratchFolder folder_;
  SetClock clock_;
  Keypair own_ = Keypair::from_dev_uri("//Eve");
  ReceivedCommitments received_{folder_.path()};
  void end_hang() {
    hangs_ = false;
    hangs_.notify_all();
  }

  std::atomic<int> reads_{0};
  std::atomic<bool> hangs_{false};
  CommitmentDesk desk_{own_.ss58(), 7, std::make_unique<SmallChain>(reads_, hangs_), received_,
                       clock_};
};

TEST_F(CommitmentDeskTest, TheFirstTimeOfARootCounts) {
  ASSERT_EQ(post("//Alice", 'a').status, 200);
  const auto first = standing("//Alice");
  EXPECT_EQ(first.state, StandingCommitment::State::committed);
  clock_.ms += 600'000;
  ASSERT_EQ(post("//Alice", 'a').status, 200);
  EXPECT_EQ(standing("//Alice").block, first.block);
  EXPECT_EQ(standing("//Bob").state, StandingCommitment::State::none);
}

TEST_F(CommitmentDeskTest, ASecondRootVoidsTheDayAndIsKeptAsItsProof) {
  ASSERT_EQ(post("//Alice", 'a').status, 200);
  EXPECT_EQ(post("//Alice", 'b').status, 409);
  EXPECT_EQ(post("//Alice", 'c').status, 409);
  EXPECT_EQ(standing("//Alice").state, StandingCommitment::State::conflicting);
  EXPECT_EQ(received_.of_day(kDay).size(), 2U);
  // Of another day it says nothing.
  clock_.ms = deadline_ms(kDate) + 1;
  ASSERT_EQ(post("//Alice", 'd', "2025-10-27").status, 200);
  EXPECT_FALSE(received_.logs().begin()->second.back().is_void);
}

TEST_F(CommitmentDeskTest, TakesADayFromTheDeadlineBeforeUntilItsOwn) {
  clock_.ms = deadline_ms(kDate.plus_days(-1)) - 2;
  EXPECT_EQ(post("//Alice", 'a').status, 403);
  EXPECT_EQ(post("//Alice", 'a').status, 200);
  clock_.ms = deadline_ms(kDate) - 2;
  EXPECT_EQ(post("//Bob", 'b').status, 200);
  EXPECT_EQ(post("//Bob", 'b').status, 410);
  EXPECT_EQ(standing("//Bob").state, StandingCommitment::State::committed);
  // Not even a contradiction.
  EXPECT_EQ(post("//Bob", 'c').status, 410);
  EXPECT_EQ(standing("//Bob").state, StandingCommitment::State::committed);
}

TEST_F(CommitmentDeskTest, RequestsOfAHotkeyAreBounded) {
  for (int i = 0; i < CommitmentDesk::kPerMinute; ++i) {
    EXPECT_EQ(post("//Alice", 'a').status, 200);
  }
  EXPECT_EQ(post("//Alice", 'a').status, 429);
  EXPECT_EQ(post("//Bob", 'b').status, 200);
  clock_.ms += 60'000;
  EXPECT_EQ(post("//Alice", 'a').status, 200);
}

TEST_F(CommitmentDeskTest, NobodyUsesUpTheRequestsOfAnother) {
  const std::string forged = bittensor::PostedCommitment{kDay, std::string(64, 'f')}.to_json();
  for (int i = 0; i < 3 * CommitmentDesk::kPerMinute; ++i) {
    ++clock_.ms;
    EXPECT_EQ(send("//Alice", "another body", forged).status, 401);
  }
  EXPECT_EQ(post("//Alice", 'a').status, 200);
  EXPECT_EQ(received_.of_day(kDay).size(), 1U);
}

TEST_F(CommitmentDeskTest, StrangersHaveTheHotkeysReadOnlySoOften) {
  for (int i = 0; i < 50; ++i) EXPECT_EQ(post("//Charlie", 'a').status, 403);
  EXPECT_EQ(reads_, 1);
  clock_.ms += 11'000;
  EXPECT_EQ(post("//Charlie", 'a').status, 403);
  EXPECT_EQ(reads_, 2);
  EXPECT_TRUE(received_.of_day(kDay).empty());
}

// Were any of these to wait for the chain, this test would not end.
TEST_F(CommitmentDeskTest, WhoIsKnownWaitsForNoChain) {
  ASSERT_EQ(post("//Alice", 'a').status, 200);
  clock_.ms += 301'000;  // what was read is old, too
  hangs_ = true;
  std::jthread stranger([this] { EXPECT_EQ(post("//Charlie", 'c').status, 403); });
  reads_.wait(1);
  EXPECT_EQ(post("//Bob", 'b').status, 200);
  EXPECT_EQ(post("//Dave", 'd').status, 503);  // a second stranger comes again
  EXPECT_EQ(reads_, 2);
  end_hang();
  stranger.join();
  EXPECT_EQ(standing("//Bob").state, StandingCommitment::State::committed);
}

TEST_F(CommitmentDeskTest, ThePauseBeginsWhenTheChainHasAnswered) {
  hangs_ = true;
  std::jthread stranger([this] { EXPECT_EQ(post("//Charlie", 'c').status, 403); });
  reads_.wait(0);
  clock_.ms += 11'000;
  end_hang();
  stranger.join();
  EXPECT_EQ(post("//Charlie", 'c').status, 403);
  EXPECT_EQ(reads_, 1);
}

TEST_F(CommitmentDeskTest, NothingComesInLongAfterItArrived) {
  for (const int seconds : {29, 31}) {
    clock_.ms = deadline_ms(kDate) - 1'000;
    const bool is_late = seconds > 30;
    hangs_ = true;
    const int reads = reads_;
    CommitmentDesk desk(own_.ss58(), 7, std::make_unique<SmallChain>(reads_, hangs_), received_,
                        clock_);
    std::jthread waiting([&] {
      EXPECT_EQ(post_to(desk, is_late ? "//Bob" : "//Alice", 'a').status, is_late ? 503 : 200);
    });
    reads_.wait(reads);
    clock_.ms += 1'000 * seconds;
    end_hang();
    waiting.join();
  }
  EXPECT_EQ(received_.of_day(kDay).size(), 1U);
}

TEST_F(CommitmentDeskTest, ABodyHasSoManyBytes) {
  const std::string body(bittensor::kMostPostedBytes + 1, ' ');
  EXPECT_EQ(send("//Alice", body, body).status, 413);
}

TEST_F(CommitmentDeskTest, TheListIsShownOnceNothingCanBeCommitted) {
  ASSERT_EQ(post("//Alice", 'a').status, 200);
  EXPECT_THROW(desk_.list_json("yesterday"), Error);
  clock_.ms = opening_ms(kDate) - 1;
  EXPECT_THROW(desk_.list_json(kDay), Error);
  clock_.ms = opening_ms(kDate);
  const auto list = nlohmann::json::parse(desk_.list_json(kDay));
  EXPECT_EQ(list.at("commitments").size(), 1U);
  EXPECT_EQ(list.at("receiver"), own_.ss58());
}

TEST(ReceivedCommitments, StayAndGoWithTheirDays) {
  const test::ScratchFolder folder;
  const auto add = [&](const std::string& date) {
    return ReceivedCommitments(folder.path())
        .add({"alice", date, std::string(64, 'a'), 1'000, "payload", "0x", "{}"});
  };
  add("2025-09-10");
  add("2025-09-11");
  EXPECT_EQ(add("2025-10-26").outcome, ReceivedCommitments::Outcome::first);  // 45 days later
  EXPECT_EQ(add("2025-10-26").outcome, ReceivedCommitments::Outcome::repeated);
  ReceivedCommitments received(folder.path());
  EXPECT_TRUE(received.of_day("2025-09-10").empty());
  EXPECT_EQ(received.of_day("2025-09-11").size(), 1U);
}

}  // namespace
}  // namespace aml::validator
