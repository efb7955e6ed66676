#include "miner/commitment_keeper.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "../http/running_server.h"
#include "../results/example.h"
#include "base/date.h"
#include "base/deadline.h"
#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/scratch_folder.h"

namespace aml::miner {
namespace {

constexpr std::uint16_t kNetuid = 7;
const std::string kHotkey = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";

// A chain whose clock stands, and that keeps what is committed.
class StandingChain : public bittensor::ChainClient {
 public:
  explicit StandingChain(std::int64_t now_ms, bool is_first_final = false)
      : now_ms_(now_ms), is_first_final_(is_first_final) {}
  bool is_first_final() const override { return is_first_final_; }

  std::uint64_t block() override { return 100; }
  bittensor::Metagraph metagraph(std::uint16_t) override { return {}; }
  bittensor::ChainReceipt serve_axon(std::uint16_t, const bittensor::AxonAddress&) override {
    return {};
  }
  bittensor::ChainReceipt set_weights(std::uint16_t, const bittensor::Weights&) override {
    return {};
  }
  std::string genesis_hash() override { return "0x2f"; }
  std::optional<bittensor::BlockStamp> first_block_at(std::int64_t time_ms) override {
    if (time_ms > now_ms_) return std::nullopt;
    return bittensor::BlockStamp{50, "0x50", time_ms};
  }
  bittensor::CommitmentLogs commitments(std::uint16_t) override { return logs_; }
  bittensor::ChainReceipt commit(std::uint16_t, const std::string& entry) override {
    logs_[kHotkey].push_back({entry, 100});
    return {true, "", 100};
  }
  std::string description() const override { return "standing"; }

 private:
  std::int64_t now_ms_;
  bool is_first_final_;
  bittensor::CommitmentLogs logs_;
};

// A chain that takes no commitment, now or later.
class RefusingChain : public StandingChain {
 public:
  RefusingChain(std::int64_t now_ms, std::atomic<int>& commits)
      : StandingChain(now_ms), commits_(commits) {}
  std::uint64_t block() override { return block_ += bittensor::kChainEraBlocks; }
  bittensor::ChainReceipt commit(std::uint16_t, const std::string&) override {
    ++commits_;
    bittensor::ChainReceipt receipt;
    receipt.message = "for good";
    receipt.is_lasting = true;
    return receipt;
  }

 private:
  std::atomic<int>& commits_;
  std::uint64_t block_ = 100;
};

// An API that has the days it was given.
class FewDays : public http::Handler {
 public:
  std::vector<std::string> dates;
  std::atomic<int> looks{0};  // at which days there are
  std::atomic<int> score{5};  // tenths

  std::optional<http::Response> answer_now(http::Request& request) override {
    if (request.target == "/dates/available") {
      ++looks;
      std::string list;
      for (const std::string& date : dates) list += (list.empty() ? "\"" : ",\"") + date + "\"";
      return http::Response{.body = http::make_body("{\"dates\":[" + list + "]}")};
    }
    const std::string date = request.target.substr(request.target.rfind('/') + 1);
    if (request.target.starts_with("/metadata/")) {
      results::Metadata metadata = results::example_metadata(date);
      metadata.snapshot_sha256 = std::string(64, 'd');
      return http::Response{.body = http::make_body(metadata.to_json())};
    }
    const std::string tenths = std::to_string(score);
    return http::Response{
        .fields = {{"ETag", "\"" + tenths + "\""}},
        .body = http::make_body(R"({"scores":[{"alert_id":"a","score":0.)" + tenths + "}]}")};
  }
  http::Response answer(http::Request&) override { return http::refusal(500, "not asked"); }
};

// A chain that is away.
class LostChain : public StandingChain {
 public:
  explicit LostChain(std::atomic<int>& asked) : StandingChain(0), asked_(asked) {}
  std::string genesis_hash() override {
    ++asked_;
    throw Error(ErrorKind::unavailable, "the chain is away");
  }

 private:
  std::atomic<int>& asked_;
};

class CommitmentKeeperTest : public testing::Test {
 protected:
  std::unique_ptr<CommitmentKeeper> keeper(std::chrono::seconds interval, const Date chain_day,
                                           bool is_first_final = false) {
    return keeper(interval, std::make_unique<StandingChain>(chain_day.epoch_ms(), is_first_final));
  }
  std::unique_ptr<CommitmentKeeper> keeper(std::chrono::seconds interval,
                                           std::unique_ptr<bittensor::ChainClient> chain) {
    CommitmentOptions options;
    options.folder = folder_ / "kept";
    options.netuid = kNetuid;
    options.hotkey = kHotkey;
    options.interval = interval;
    return std::make_unique<CommitmentKeeper>(std::move(chain), ApiOptions{.url = server_.url()},
                                              options);
  }
  void wait_for_looks(int count) const {
    while (api_.looks < count) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  void keep_of(const std::string& date) const {
    KeptCommitment kept;
    kept.answer.genesis_hash = "0x2f";
    kept.answer.netuid = kNetuid;
    kept.answer.hotkey = kHotkey;
    kept.answer.network = "bitcoin";
    kept.answer.window_days = 7;
    kept.answer.processing_date = date;
    kept.answer.kind = "alert_scores";
    kept.answer.snapshot_sha256 = kept.answer.body_sha256 = std::string(64, 'b');
    kept.salt = std::string(64, 'a');
    kept.root = bittensor::commitment_root(kept.opening().leaves);
    kept.list_sha256 = hash_text(HashKind::sha256, "{}");
    kept.sequence = 1;
    CommitmentStore(folder_ / "kept").keep(kept, "{}");
  }

  test::ScratchFolder folder_;
  FewDays api_;
  http::test::Served server_{api_};
};

TEST_F(CommitmentKeeperTest, LooksAtTheNewestDaysAlone) {
  api_.dates = {"2025-10-22", "2025-10-26", "2025-10-24", "2025-10-23", "2025-10-25"};
  const auto keeper =
      this->keeper(std::chrono::seconds(0), Date::require("2025-10-01", "before every deadline"));
  wait_for_looks(3);  // the first of which is then over
  std::vector<std::string> committed;
  for (const auto& [date, state] : keeper->states()) committed.push_back(date);
  EXPECT_EQ(committed, (std::vector<std::string>{"2025-10-24", "2025-10-25", "2025-10-26"}));
}

TEST_F(CommitmentKeeperTest, RemovesDaysThatAreTooOld) {
  api_.dates = {"2025-10-26"};
  for (const char* date : {"2025-09-10", "2025-09-11", "2025-09-12"}) keep_of(date);
  const auto keeper =
      this->keeper(std::chrono::seconds(0), Date::require("2026-01-01", "after every deadline"));
  wait_for_looks(3);
  EXPECT_EQ(CommitmentStore(folder_ / "kept").dates(),
            (std::vector<std::string>{"2025-09-11", "2025-09-12"}));  // 45 and 44 days
  EXPECT_FALSE(keeper->states().contains("2025-09-10"));
}

TEST_F(CommitmentKeeperTest, SendsNoSecondRootWhereThatVoidsTheDay) {
  api_.dates = {"2025-10-26"};
  for (const bool is_first_final : {true, false}) {
    api_.score = is_first_final ? 5 : 7;
    const auto keeper =
        this->keeper(std::chrono::seconds(0), Date::require("2025-10-01", "before every deadline"),
                     is_first_final);
    wait_for_looks(api_.looks + 3);
    api_.score = is_first_final ? 6 : 8;
    // The source asks anew after a second.
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(2500);
    while (std::chrono::steady_clock::now() < end) wait_for_looks(api_.looks + 1);
    const std::size_t kept = CommitmentStore(folder_ / "kept").commitments("2025-10-26").size();
    EXPECT_EQ(kept, is_first_final ? 1U : 3U);
  }
}

TEST_F(CommitmentKeeperTest, SendsNothingAgainThatIsRefusedForGood) {
  api_.dates = {"2025-10-26"};
  std::atomic<int> commits{0};
  const Date chain_day = Date::require("2025-10-01", "before every deadline");
  const auto keeper = this->keeper(std::chrono::seconds(0),
                                   std::make_unique<RefusingChain>(chain_day.epoch_ms(), commits));
  wait_for_looks(5);
  EXPECT_EQ(commits, 1);
  EXPECT_FALSE(keeper->states().at("2025-10-26").is_committed);
}

// What is on the chain is known only once it was looked at: until then the file stays as it was.
TEST_F(CommitmentKeeperTest, TellsTheStatesOnceItHasSeenTheChain) {
  keep_of("2025-10-26");
  const auto file = folder_ / "kept" / kDayStatesFile;
  write_file_atomically(file, "as it was");
  std::atomic<int> asked = 0;
  {
    const auto lost = keeper(std::chrono::seconds(0), std::make_unique<LostChain>(asked));
    while (asked < 3) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(read_file(file), "as it was");
  const Date day = Date::require("2025-10-26", "a day");
  const auto seen = keeper(std::chrono::seconds(0), day);
  const auto told = [&] { return read_file(file).find("\"2025-10-26\"") != std::string::npos; };
  while (!told()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::filesystem::remove(file);  // and is written anew
  while (!std::filesystem::exists(file)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_TRUE(told());
}

TEST_F(CommitmentKeeperTest, PausesBetweenTwoLooks) {
  api_.dates = {"2025-10-26"};
  const Date chain_day = Date::require("2026-01-01", "after every deadline");
  {
    const auto hasty = keeper(std::chrono::seconds(0), chain_day);
    wait_for_looks(20);
  }
  api_.looks = 0;
  const auto keeper = this->keeper(std::chrono::hours(1), chain_day);
  wait_for_looks(1);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_EQ(api_.looks, 1);
}

}  // namespace
}  // namespace aml::miner
