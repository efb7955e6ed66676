#include "validator/weight_sender.h"

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "../base/scratch_folder.h"
#include "base/files.h"
#include "bittensor/fixture_chain.h"
#include "bittensor/keypair.h"
#include "validator/chain_report.h"

namespace aml::validator {
namespace {

using namespace std::chrono_literals;
using bittensor::ChainReceipt;
using bittensor::Keypair;
using Json = nlohmann::json;

constexpr const char* kDay = "2025-10-26";
constexpr const char* kNextDay = "2025-10-27";

// Refuses what it has just taken: an earlier sending arrived meanwhile.
class LateChain : public bittensor::FixtureChain {
 public:
  using FixtureChain::FixtureChain;
  bool is_late = false;
  int calls = 0;
  ChainReceipt set_weights(std::uint16_t netuid, const bittensor::Weights& weights) override {
    ++calls;
    ChainReceipt receipt = FixtureChain::set_weights(netuid, weights);
    if (!is_late) return receipt;
    receipt.accepted = false;
    receipt.message = "SettingWeightsTooFast";
    return receipt;
  }
};

class WeightSenderTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* date : {kDay, kNextDay}) {
      RoundRecord round;
      round.date = date;
      ledger.open_round(round);
    }
    change([&](Json& json) {
      json = {{"netuid", 7}, {"block", 1000}, {"tempo", 360}, {"weights_rate_limit", 100}};
      json["neurons"] = {{{"uid", 0}, {"hotkey", own}, {"stake", 10}, {"validator_permit", true}},
                         {{"uid", 1}, {"hotkey", alice}},
                         {{"uid", 2}, {"hotkey", bob}}};
    });
    intend(kDay, {{alice, 0.25}, {bob, 0.75}});
  }
  template <typename Change>
  void change(const Change& how) {
    Json json = file_size_if_exists(path) ? Json::parse(read_file(path)) : Json();
    how(json);
    write_file_atomically(path, json.dump());
  }
  void set(const char* name, const Json& value) {
    change([&](Json& json) { json[name] = value; });
  }
  void pass(std::uint64_t blocks) {
    change([&](Json& json) { json["block"] = json["block"].get<std::uint64_t>() + blocks; });
    now += blocks * 12s;
  }
  Json on_chain() { return Json::parse(read_file(path)); }
  void intend(const char* date, const std::vector<std::pair<std::string, double>>& weights) {
    WeightsRecord record;
    record.date = date;
    for (const auto& [hotkey, value] : weights) {
      record.uids.push_back(0);
      record.hotkeys.push_back(hotkey);
      record.values.push_back(value);
    }
    ledger.intend_weights(record);
  }
  WeightsRecord newest() { return ledger.weights().front(); }
  std::string state() { return sending_name(newest().state); }
  // How often the chain changed: it grows by a block with each.
  std::uint64_t changes() { return on_chain()["block"].get<std::uint64_t>(); }
  WeightOptions options() const {
    WeightOptions options;
    options.netuid = 7;
    options.hotkey = own;
    return options;
  }
  void tend() { sender.tend(now); }

  std::string own = Keypair::from_dev_uri("//Own").ss58();
  std::string alice = Keypair::from_dev_uri("//Alice").ss58();
  std::string bob = Keypair::from_dev_uri("//Bob").ss58();
  test::ScratchFolder folder;
  std::filesystem::path path = folder.path() / "chain.json";
  Ledger ledger{folder.path(), SqlDatabase::Mode::read_write};
  LateChain chain{path, own};
  WeightSender sender{options(), ledger, chain};
  WeightSender::Clock::time_point now = WeightSender::Clock::now();
};

TEST_F(WeightSenderTest, SendsTheNewestWeightsOnce) {
  tend();
  EXPECT_EQ(state(), "accepted");
  EXPECT_EQ(on_chain()["weights"][own]["uids"], Json({1, 2}));
  EXPECT_FALSE(sender.unsent());
  const auto before = changes();
  for (int i = 0; i < 20; ++i) {
    now += 60s;
    tend();
  }
  EXPECT_EQ(changes(), before);
}

TEST_F(WeightSenderTest, FindsWeightsThatArrivedThoughTheConnectionWasLost) {
  set("lose", "after");
  tend();
  EXPECT_EQ(state(), "sending") << "what was sent and not confirmed is no refusal";
  EXPECT_TRUE(sender.unsent());
  set("lose", "");
  pass(5);
  const auto before = changes();
  tend();
  EXPECT_EQ(state(), "accepted");
  EXPECT_EQ(changes(), before) << "they are not sent twice";
}

TEST_F(WeightSenderTest, SendsAgainOnlyOnceTheFirstCannotArriveAnyMore) {
  set("lose", "before");
  tend();
  EXPECT_EQ(state(), "sending");
  set("lose", "");
  pass(bittensor::kChainEraBlocks - 1);
  tend();
  EXPECT_EQ(state(), "sending");
  pass(6);
  tend();
  EXPECT_EQ(state(), "accepted");
}

TEST_F(WeightSenderTest, SendsAgainWithGrowingPausesWhatTheChainRefuses) {
  set("refuse", "NotEnoughStakeToSetWeights");
  tend();
  EXPECT_EQ(state(), "refused");
  EXPECT_EQ(newest().message, "NotEnoughStakeToSetWeights");
  EXPECT_TRUE(sender.unsent());
  // Between two tries there is a minute, then two, then four.
  std::vector<int> tries;
  for (int minute = 1; minute <= 20; ++minute) {
    now += 60s;
    const int before = chain.calls;
    tend();
    if (chain.calls != before) tries.push_back(minute);
  }
  EXPECT_EQ(tries, (std::vector{1, 3, 7, 15}));
  change([](Json& json) { json.erase("refuse"); });
  now += 16min;
  tend();
  EXPECT_EQ(state(), "accepted") << "the cause has passed";
}

TEST_F(WeightSenderTest, TriesAtLeastOnceAnHourWhatTheChainRefuses) {
  set("refuse", "NotEnoughStakeToSetWeights");
  std::vector<int> pauses;
  for (int minutes = 0; pauses.size() < 9; ++minutes) {
    const int before = chain.calls;
    tend();
    if (chain.calls != before) pauses.push_back(std::exchange(minutes, 0));
    now += 60s;
  }
  EXPECT_EQ(pauses, (std::vector{0, 1, 2, 4, 8, 16, 32, 60, 60}));
}

TEST_F(WeightSenderTest, NotesNoRefusalOfWeightsThatAreThere) {
  chain.is_late = true;
  tend();
  EXPECT_EQ(state(), "accepted");
}

TEST_F(WeightSenderTest, SendsAgainAboutEveryTempoAndAtTheLatestAtHalfTheCutoff) {
  tend();
  pass(359);
  auto before = changes();
  tend();
  EXPECT_EQ(changes(), before);
  pass(26);  // a look is due every 25 blocks
  before = changes();
  tend();
  EXPECT_EQ(changes(), before + 1);
  EXPECT_EQ(state(), "accepted");
  set("activity_cutoff", 400);
  pass(226);
  before = changes();
  tend();
  EXPECT_EQ(changes(), before + 1);
}

TEST_F(WeightSenderTest, KnowsWhenToSendAgain) {
  bittensor::Metagraph graph;
  EXPECT_EQ(resend_blocks(graph), 360U);
  graph.tempo = 99;
  EXPECT_EQ(resend_blocks(graph), 99U);
  graph.tempo = 7200;
  EXPECT_EQ(resend_blocks(graph), 2500U);
  graph.rules.activity_cutoff = 1000;
  EXPECT_EQ(resend_blocks(graph), 500U);
  graph.weights_rate_limit = 600;
  EXPECT_EQ(resend_blocks(graph), 600U);
}

TEST_F(WeightSenderTest, WaitsForTheRateLimit) {
  tend();
  intend(kNextDay, {{alice, 1}});
  tend();
  EXPECT_EQ(state(), "intended");
  pass(99);
  tend();
  EXPECT_EQ(state(), "intended");
  pass(6);
  tend();
  EXPECT_EQ(state(), "accepted");
}

TEST_F(WeightSenderTest, FollowsHotkeysToWhereTheyStandNow) {
  change([&](Json& json) {
    json["neurons"][1] = {{"uid", 1}, {"hotkey", Keypair::from_dev_uri("//Eve").ss58()}};
    json["neurons"][2] = {{"uid", 2}, {"hotkey", alice}};
  });
  tend();
  EXPECT_EQ(on_chain()["weights"][own]["uids"], Json({2})) << "alice moved, and bob has left";
  EXPECT_EQ(on_chain()["weights"][own]["values"], Json({0.25}));
}

TEST_F(WeightSenderTest, SendsNoEmptyListButToTheBurnUid) {
  change([](Json& json) {
    json["neurons"].erase(std::size_t{2}), json["neurons"].erase(std::size_t{1});
  });
  tend();
  EXPECT_EQ(state(), "intended");
  EXPECT_FALSE(on_chain().contains("weights"));
  change([&](Json& json) {
    json["neurons"].push_back({{"uid", 9}, {"hotkey", bob}});
    json["owner_hotkey"] = bob;
  });
  intend(kNextDay, {});
  WeightOptions burning = options();
  burning.burns = true;
  WeightSender(burning, ledger, chain).tend(now);
  EXPECT_EQ(on_chain()["weights"][own]["uids"], Json({9})) << "the owner's";
  pass(400);
  change([](Json& json) { json.erase("owner_hotkey"); });
  intend(kNextDay, {});
  WeightSender(burning, ledger, chain).tend(now);
  EXPECT_EQ(on_chain()["weights"][own]["uids"], Json({9})) << "not to oneself, at UID 0";
  change([](Json& json) { json["neurons"][0]["uid"] = 1, json["neurons"][1]["uid"] = 0; });
  intend(kNextDay, {});
  WeightSender(burning, ledger, chain).tend(now);
  EXPECT_EQ(on_chain()["weights"][own]["uids"], Json::parse("[0]"))
      << "who stands where owners begin";
  pass(400);
  burning.burn_uid = 5;
  WeightSender(burning, ledger, chain).tend(now);
  EXPECT_EQ(on_chain()["weights"][own]["uids"], Json({5}));
}

TEST_F(WeightSenderTest, TellsCommittedFromRevealed) {
  set("commit_reveal", true);
  tend();
  EXPECT_EQ(state(), "committed");
  EXPECT_GT(newest().reveal_round, 0U);
  EXPECT_FALSE(sender.unsent());
  pass(100);
  tend();
  EXPECT_EQ(state(), "committed");
  change([&](Json& json) {
    json["weights"] = json["commits"];
    json.erase("commits");
  });
  pass(100);
  tend();
  EXPECT_EQ(state(), "revealed");
  pass(400);
  tend();
  EXPECT_EQ(state(), "committed") << "a tempo later they are committed again";
}

TEST_F(WeightSenderTest, LetsOlderWeightsArriveBeforeNewerOnesAreSent) {
  set("lose", "before");
  tend();
  intend(kNextDay, {{alice, 1}});
  set("lose", "");
  pass(10);
  tend();
  EXPECT_EQ(state(), "intended") << "the older ones may still come, and would undo these";
  pass(bittensor::kChainEraBlocks);
  tend();
  EXPECT_EQ(state(), "accepted");
  EXPECT_EQ(ledger.weights()[1].state, Sending::refused);
  EXPECT_EQ(on_chain()["weights"][own]["uids"], Json({1}));
}

TEST_F(WeightSenderTest, RemembersWhatStoodOnTheChainBeforeItWasSentAgain) {
  tend();
  const std::uint64_t block = newest().block;
  pass(400);
  set("lose", "before");
  tend();
  EXPECT_EQ(state(), "sending");
  intend(kNextDay, {{alice, 1}});
  set("lose", "");
  pass(bittensor::kChainEraBlocks);
  tend();
  EXPECT_EQ(state(), "accepted");
  EXPECT_EQ(ledger.weights()[1].state, Sending::accepted);
  EXPECT_EQ(ledger.weights()[1].block, block);
}

TEST_F(WeightSenderTest, TakesARefusalForNoInclusion) {
  set("refuse", "NotEnoughStakeToSetWeights");
  tend();
  EXPECT_EQ(state(), "refused");
  change([](Json& json) { json.erase("refuse"); });
  set("lose", "before");
  pass(400);
  tend();
  EXPECT_EQ(state(), "sending");
  intend(kNextDay, {{alice, 1}});
  set("lose", "");
  pass(bittensor::kChainEraBlocks);
  tend();
  EXPECT_EQ(ledger.weights()[1].state, Sending::refused);
}

TEST_F(WeightSenderTest, WaitsWhereTheChainIsAwayOrWeAreNotOnIt) {
  set("away", true);
  tend();
  EXPECT_EQ(state(), "intended");
  set("away", false);
  change([](Json& json) { json["neurons"].erase(std::size_t{0}); });
  now += 60s;
  tend();
  EXPECT_EQ(state(), "intended");
}

TEST_F(WeightSenderTest, SaysWhatIsNotSupportedAndWhatWillBeRefused) {
  set("null_consensus", true);
  tend();
  EXPECT_EQ(state(), "intended");
  change([](Json& json) {
    json.update({{"mechanisms", 2},
                 {"stake_threshold", 11},
                 {"weights_version_key", 1},
                 {"min_allowed_weights", 3},
                 {"activity_cutoff", 10}});
    json["neurons"][0]["validator_permit"] = false;
    json["neurons"][0]["last_update"] = 900;
  });
  const auto report = [&](const WeightOptions& options) {
    return report_chain(chain.metagraph(7), options, 2, "");
  };
  EXPECT_EQ(report(options()).warnings.size(), 7U);
  const Json shown = Json::parse(report(options()).json);
  EXPECT_EQ(shown["warnings"].size(), 7U);
  EXPECT_EQ(shown["stake_threshold"], 11);
  WeightOptions other = options();
  other.hotkey = Keypair::from_dev_uri("//Nobody").ss58();
  EXPECT_NE(report(other).warnings.back().find("check --netuid"), std::string::npos);
  EXPECT_TRUE(report_chain({}, {}, 0, "").warnings.size() == 1) << "not registered anywhere";
}

}  // namespace
}  // namespace aml::validator
