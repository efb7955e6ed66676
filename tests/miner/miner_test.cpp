#include "miner/miner.h"

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "bittensor/scores_request.h"

namespace aml::miner {
namespace {

using bittensor::Keypair;

// A miner whose API does not answer: what it decides without one.
class MinerWithoutApi : public testing::Test {
 protected:
  static MinerOptions options() {
    MinerOptions options;
    options.api.url = "http://127.0.0.1:1";
    options.policy.allowed = {Keypair::from_dev_uri("//Alice").ss58()};
    options.v10 = true;
    return options;
  }
  http::Request signed_by(const Keypair& sender, const std::string& body) const {
    http::Request request{.method = "POST", .target = bittensor::kScoresPath, .body = body};
    for (const auto& [name, value] :
         bittensor::btauth_sign(sender, "POST", request.target, body, bob_.ss58()).headers) {
      request.fields.add(name, value);
    }
    return request;
  }

  Keypair alice_ = Keypair::from_dev_uri("//Alice");
  Keypair bob_ = Keypair::from_dev_uri("//Bob");
  Miner miner_{bob_, nullptr, options()};
  std::string body_ = bittensor::ScoresRequest{"latest"}.to_json();
};

TEST_F(MinerWithoutApi, LetsAnAdmittedRequestWaitAndThenSaysWhy) {
  http::Request request = signed_by(alice_, body_);
  EXPECT_FALSE(miner_.answer_now(request));
  EXPECT_GT(miner_.priority(request), 0);
  const http::Response response = miner_.answer(request);
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(nlohmann::json::parse(*response.body)["detail"],
            "the scores cannot be had at the moment");
}

TEST_F(MinerWithoutApi, RefusesWhatWaitedTooLongForItsTurn) {
  MinerOptions impatient = options();
  impatient.patience = std::chrono::milliseconds(0);
  Miner miner(bob_, nullptr, impatient);
  http::Request request = signed_by(alice_, body_);
  EXPECT_FALSE(miner.answer_now(request));
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const http::Response response = miner.answer(request);
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(nlohmann::json::parse(*response.body)["detail"],
            "the request waited too long for its turn; try again");
}

TEST_F(MinerWithoutApi, RefusesStrangersAtOnce) {
  http::Request request = signed_by(Keypair::from_dev_uri("//Eve"), body_);
  const auto response = miner_.answer_now(request);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 403);
}

TEST_F(MinerWithoutApi, RefusesAFieldThatStandsThereTwice) {
  for (const char* name : {"X-Bittensor-Version", "X-Bittensor-Hotkey", "X-Bittensor-Receiver",
                           "X-Bittensor-Nonce", "X-Bittensor-Signature"}) {
    http::Request request = signed_by(alice_, body_);
    const std::string value(*request.fields.find(name));
    request.fields.add(name, value);
    const auto response = miner_.answer_now(request);
    ASSERT_TRUE(response) << name;
    EXPECT_EQ(response->status, 401) << name;
  }
}

TEST_F(MinerWithoutApi, AnswersBadRequestsOnlyToThoseItKnows) {
  http::Request request = signed_by(alice_, "{}");
  EXPECT_EQ(miner_.answer_now(request)->status, 400);
  request = signed_by(Keypair::from_dev_uri("//Eve"), "{}");
  EXPECT_EQ(miner_.answer_now(request)->status, 403);
}

TEST_F(MinerWithoutApi, GivesItsInformationAtOnce) {
  http::Request info{.method = "GET", .target = "/v1/info"};
  nlohmann::json json;
  do {  // until the API was asked
    const auto response = miner_.answer_now(info);
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200);
    json = nlohmann::json::parse(*response->body);
  } while (json["dates_unavailable"] == DateList::kNotAsked);
  EXPECT_TRUE(json["dates"].empty());
  EXPECT_EQ(json["dates_unavailable"], "the scores cannot be had at the moment");
}

TEST_F(MinerWithoutApi, RefusesSynapsesOfStrangersBeforeTheirSignature) {
  http::Request request{.method = "POST", .target = bittensor::kSynapsePath};
  const auto eve = Keypair::from_dev_uri("//Eve");
  const auto made = bittensor::v10_sign(eve, bob_.ss58(), "127.0.0.1", 1, {"latest"}, 12);
  for (const auto& [name, value] : made.headers) {
    request.fields.add(
        name, name == "bt_header_dendrite_signature" ? "0x" + std::string(128, '0') : value);
  }
  request.body = made.body;
  EXPECT_EQ(miner_.answer_now(request)->status, 403);
}

}  // namespace
}  // namespace aml::miner
