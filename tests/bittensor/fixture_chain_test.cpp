#include "bittensor/fixture_chain.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "base/scratch_folder.h"
#include "bittensor/keypair.h"

namespace aml::bittensor {
namespace {

class Fixture : public testing::Test {
 protected:
  void SetUp() override {
    write({{"netuid", 7},
           {"block", 100},
           {"tempo", 360},
           {"neurons",
            {{{"uid", 0}, {"hotkey", alice_}, {"stake", 1000.5}, {"validator_permit", true}},
             {{"uid", 1}, {"hotkey", bob_}, {"host", "10.0.0.1"}, {"port", 8091}}}}});
    original_ = read();
  }
  void write(const nlohmann::json& json) { write_file_atomically(path_, json.dump()); }
  nlohmann::json read() const { return nlohmann::json::parse(read_file(path_)); }

  test::ScratchFolder folder_;
  std::filesystem::path path_ = folder_ / "chain.json";
  nlohmann::json original_;
  std::string alice_ = Keypair::from_dev_uri("//Alice").ss58();
  std::string bob_ = Keypair::from_dev_uri("//Bob").ss58();
};

TEST_F(Fixture, HasTheNeuronsOfItsFile) {
  const auto chain = open_chain({.chain = "fixture:" + path_.string()});
  const Metagraph graph = chain->metagraph(7);
  EXPECT_EQ(graph.block, 100u);
  EXPECT_EQ(graph.tempo, 360u);
  ASSERT_NE(graph.find(alice_), nullptr);
  EXPECT_EQ(graph.find(alice_)->stake, 1000.5);
  EXPECT_TRUE(graph.find(alice_)->validator_permit);
  EXPECT_FALSE(graph.find(alice_)->has_axon());
  EXPECT_TRUE(graph.find(bob_)->has_axon());
  EXPECT_EQ(graph.find("5"), nullptr);
  EXPECT_THROW(chain->metagraph(8), Error);
}

TEST_F(Fixture, KeepsAxonsAndWeights) {
  FixtureChain bob(path_, bob_);
  EXPECT_TRUE(bob.serve_axon(7, {"127.0.0.1", 9000}).accepted);
  EXPECT_EQ(bob.metagraph(7).find(bob_)->port, 9000);
  FixtureChain alice(path_, alice_);
  const ChainReceipt receipt = alice.set_weights(7, {{1}, {1.0}, 3});
  EXPECT_TRUE(receipt.accepted);
  EXPECT_EQ(receipt.block, 102u);
  EXPECT_EQ(alice.block(), 102u);
  EXPECT_EQ(alice.metagraph(7).find(alice_)->last_update, 102u);
  EXPECT_EQ(read()["weights"][alice_],
            nlohmann::json({{"block", 102}, {"version_key", 3}, {"uids", {1}}, {"values", {1.0}}}));
}

TEST_F(Fixture, RefusesAsAChainWould) {
  const std::string stranger = Keypair::from_dev_uri("//Eve").ss58();
  EXPECT_FALSE(FixtureChain(path_, stranger).serve_axon(7, {"127.0.0.1", 1}).accepted);
  EXPECT_FALSE(FixtureChain(path_, bob_).serve_axon(8, {"127.0.0.1", 1}).accepted);
  nlohmann::json json = read();
  json["refuse"] = "setting weights too fast";
  write(json);
  EXPECT_EQ(FixtureChain(path_, alice_).set_weights(7, {{1}, {1.0}, 0}).message,
            "setting weights too fast");
}

TEST_F(Fixture, HoldsToTheRulesOfItsFile) {
  const auto refusal = [&](const nlohmann::json& rules) {
    nlohmann::json json = original_;
    json.update(rules);
    write(json);
    FixtureChain alice(path_, alice_);
    const ChainReceipt receipt = alice.set_weights(7, {{1}, {1.0}, 3});
    EXPECT_TRUE(receipt.is_certain);
    EXPECT_NE(receipt.accepted, !receipt.message.empty());
    return receipt.message;
  };
  EXPECT_EQ(refusal({{"weights_version_key", 3}}), "");
  EXPECT_EQ(refusal({{"weights_version_key", 4}}), "IncorrectWeightVersionKey");
  EXPECT_EQ(refusal({{"min_allowed_weights", 2}}), "WeightVecLengthIsLow");
  EXPECT_EQ(refusal({{"stake_threshold", 1001}}), "NotEnoughStakeToSetWeights");
  EXPECT_EQ(refusal(nlohmann::json::object()), "");
  FixtureChain bob(path_, bob_);
  EXPECT_EQ(bob.set_weights(7, {{1}, {1.0}, 3}).message, "NeuronNoValidatorPermit");
  nlohmann::json json = read();
  json["weights_rate_limit"] = 100;
  json["serving_rate_limit"] = 50;
  write(json);
  EXPECT_EQ(FixtureChain(path_, alice_).set_weights(7, {{1}, {1.0}, 3}).message,
            "SettingWeightsTooFast");
  EXPECT_TRUE(bob.serve_axon(7, {"10.0.0.2", 1}).accepted);
  EXPECT_EQ(bob.serve_axon(7, {"10.0.0.3", 1}).message, "ServingRateLimitExceeded");
}

TEST_F(Fixture, HasAClockAndKeepsTheNewestCommitmentsWhereItSaysSo) {
  FixtureChain bob(path_, bob_);
  EXPECT_THROW(bob.first_block_at(0), Error);
  EXPECT_THROW(bob.commitments(7), Error);
  EXPECT_THROW(bob.commit(7, "x"), Error);
  nlohmann::json json = original_;
  json["genesis_ms"] = 1'000'000;
  write(json);
  EXPECT_EQ(bob.first_block_at(0)->block, 0u);
  EXPECT_EQ(bob.first_block_at(1'012'000)->block, 1u);
  EXPECT_EQ(bob.first_block_at(1'012'001)->block, 2u);
  EXPECT_EQ(bob.first_block_at(1'012'001)->time_ms, 1'024'000);
  EXPECT_TRUE(bob.first_block_at(1'000'000 + 100 * 12'000));
  EXPECT_FALSE(bob.first_block_at(1'000'000 + 100 * 12'000 + 1));
  EXPECT_TRUE(bob.commitments(7).empty());
  for (int i = 0; i < 12; ++i) {
    EXPECT_TRUE(bob.commit(7, std::string(1, static_cast<char>('a' + i))).accepted);
  }
  const auto log = FixtureChain(path_, alice_).commitments(7).at(bob_);
  ASSERT_EQ(log.size(), kKeptCommitments);
  EXPECT_EQ(log.front().bytes, "c");
  EXPECT_EQ(log.back().bytes, "l");
  EXPECT_EQ(log.back().block, 112u);
  EXPECT_FALSE(FixtureChain(path_, "5Stranger").commit(7, "x").accepted);
}

TEST_F(Fixture, LosesTheConnectionBeforeOrAfterAChange) {
  for (const bool arrives : {false, true}) {
    nlohmann::json json = original_;
    json["lose"] = arrives ? "after" : "before";
    write(json);
    FixtureChain alice(path_, alice_);
    const ChainReceipt receipt = alice.set_weights(7, {{1}, {1.0}, 3});
    EXPECT_FALSE(receipt.accepted);
    EXPECT_FALSE(receipt.is_certain);
    EXPECT_EQ(alice.metagraph(7).find(alice_)->last_update > 0, arrives);
  }
  nlohmann::json json = original_;
  json["away"] = true;
  write(json);
  EXPECT_THROW(FixtureChain(path_, alice_).metagraph(7), Error);
}

TEST_F(Fixture, CommitsWeightsWhereTheSubnetWantsThemHidden) {
  nlohmann::json json = original_;
  json["commit_reveal"] = true;
  write(json);
  FixtureChain alice(path_, alice_);
  const ChainReceipt receipt = alice.set_weights(7, {{1}, {1.0}, 3});
  EXPECT_TRUE(receipt.accepted);
  EXPECT_GT(receipt.reveal_round, 0u);
  EXPECT_EQ(alice.metagraph(7).waiting_commits, std::vector{receipt.reveal_round});
  EXPECT_FALSE(read().contains("weights"));
  EXPECT_TRUE(FixtureChain(path_, bob_).metagraph(7).waiting_commits->empty());
}

TEST_F(Fixture, PassesOverANeuronThatCannotBeRead) {
  nlohmann::json json = original_;
  json["neurons"].push_back({{"uid", 2}, {"hotkey", "5Damaged"}});
  write(json);
  EXPECT_EQ(FixtureChain(path_, alice_).metagraph(7).neurons.size(), 2u);
  EXPECT_TRUE(FixtureChain(path_, alice_).set_weights(7, {{1}, {1.0}, 3}).accepted);
}

TEST_F(Fixture, IsOutOfReachWhereTheFileIsDamagedOrGone) {
  FixtureChain chain(path_, alice_);
  for (const char* text : {"", "[]", "{}", R"({"neurons":[1]})", R"({"neurons":[{"hotkey":"5"}]})",
                           R"({"netuid":"x","neurons":[]})", R"({"netuid":-1.5,"neurons":3})"}) {
    write_file_atomically(path_, text);
    EXPECT_THROW(chain.metagraph(7), Error) << text;
  }
  for (const char* name : {"away", "lose", "commits", "refuse", "weights", "commit_reveal"}) {
    nlohmann::json json = original_;
    json["commit_reveal"] = true;
    json[name] = nlohmann::json::array({5});
    write(json);
    try {
      chain.metagraph(7);
      chain.set_weights(7, {{1}, {1.0}, 3});
    } catch (const Error&) {  // another exception would end the program
    }
  }
  std::filesystem::remove(path_);
  EXPECT_THROW(chain.block(), Error);
}

TEST_F(Fixture, LosesNoChangeOfManyAtOnce) {
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 10; ++i) FixtureChain(path_, bob_).serve_axon(7, {"127.0.0.1", 9000});
      });
    }
  }
  EXPECT_EQ(FixtureChain(path_, bob_).block(), 140u);
}

TEST(Chain, IsNamedByItsKind) {
  EXPECT_THROW(open_chain({.chain = ""}), Error);
  EXPECT_THROW(open_chain({.chain = "finney"}), Error);
}

}  // namespace
}  // namespace aml::bittensor
