#include "bittensor/v10.h"

#include <gtest/gtest.h>

#include <map>

#include "base/error.h"

namespace aml::bittensor {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kNow = 1752076800 * kSecond;

using Fields = std::map<std::string, std::string>;

auto read_claim(const Fields& fields) {
  return read_v10_claim([&](std::string_view name) -> std::optional<std::string_view> {
    const auto found = fields.find(std::string(name));
    if (found == fields.end()) return std::nullopt;
    return found->second;
  });
}

V10Claim claim_of(const V10Request& request) {
  auto read = read_claim({request.headers.begin(), request.headers.end()});
  EXPECT_TRUE(std::holds_alternative<V10Claim>(read));
  return std::get<V10Claim>(read);
}

class Bridge : public testing::Test {
 protected:
  V10Claim claim(std::int64_t nonce, double timeout_s = 12) const {
    return claim_of(v10_sign(alice_, bob_.ss58(), "127.0.0.1", 8091, {"latest"}, timeout_s, nonce));
  }
  int verify(const V10Claim& claim, std::int64_t now = kNow) {
    const auto failure = server_.verify(claim, now);
    return failure ? failure->status : 200;
  }
  Keypair alice_ = Keypair::from_dev_uri("//Alice");
  Keypair bob_ = Keypair::from_dev_uri("//Bob");
  V10Authenticator server_{bob_.ss58()};
};

TEST_F(Bridge, AcceptsWhatItSigns) { EXPECT_EQ(verify(claim(kNow)), 200); }

TEST_F(Bridge, WantsNoncesToGrow) {
  EXPECT_EQ(verify(claim(kNow)), 200);
  EXPECT_EQ(verify(claim(kNow)), 401);
  EXPECT_EQ(verify(claim(kNow - 1)), 401);
  EXPECT_EQ(verify(claim(kNow + 1)), 200);
}

TEST_F(Bridge, GivesAFirstNonceTheSendersTimeoutAndFourSeconds) {
  EXPECT_EQ(verify(claim(kNow - 16 * kSecond)), 401);
  EXPECT_EQ(verify(claim(kNow - 16 * kSecond + 1)), 200);
  EXPECT_EQ(verify(claim(kNow + 4 * kSecond + 1)), 401);
}

TEST_F(Bridge, RefusesWhatIsOlderThanTheServer) {
  V10Authenticator restarted(bob_.ss58(), kNow);
  EXPECT_TRUE(restarted.verify(claim(kNow - 1), kNow));
  EXPECT_FALSE(restarted.verify(claim(kNow), kNow));
}

TEST_F(Bridge, TakesNoTimeoutForEver) {
  EXPECT_EQ(verify(claim(kNow - 305 * kSecond, 1e18)), 401);
  EXPECT_EQ(verify(claim(kNow - 303 * kSecond, 1e18)), 200);
}

TEST_F(Bridge, RefusesWhateverWasChangedAfterSigning) {
  V10Claim changed = claim(kNow);
  changed.nonce += 1;
  EXPECT_EQ(verify(changed), 401);
  changed = claim(kNow);
  changed.uuid[0] = changed.uuid[0] == '0' ? '1' : '0';
  EXPECT_EQ(verify(changed), 401);
  changed = claim(kNow);
  changed.body_hash = std::string(64, '0');
  EXPECT_EQ(verify(changed), 401);
  EXPECT_EQ(verify(claim(kNow)), 200) << "none of them used the nonce up";
}

TEST_F(Bridge, TakesNoUuidOfAnyLength) {
  const V10Request made = v10_sign(alice_, bob_.ss58(), "127.0.0.1", 8091, {"latest"}, 12, kNow);
  Fields fields(made.headers.begin(), made.headers.end());
  for (const std::size_t bytes : {64, 65}) {
    fields["bt_header_dendrite_uuid"] = std::string(bytes, 'a');
    const auto read = read_claim(fields);
    ASSERT_EQ(std::holds_alternative<V10Claim>(read), bytes == 64);
    if (bytes == 65) {
      EXPECT_EQ(std::get<AuthFailure>(read).status, 400);
    }
  }
}

TEST_F(Bridge, TellsNewSendersWhereNoMoreCanBeRemembered) {
  V10Authenticator server(bob_.ss58(), 0, 2);
  const auto verify_of = [&](const char* sender, std::int64_t now) {
    const V10Claim claim = claim_of(v10_sign(Keypair::from_dev_uri(sender), bob_.ss58(),
                                             "127.0.0.1", 8091, {"latest"}, 12, now));
    const auto failure = server.verify(claim, now);
    return failure ? failure->status : 200;
  };
  EXPECT_EQ(verify_of("//Alice", kNow), 200);
  EXPECT_EQ(verify_of("//Charlie", kNow), 200);
  EXPECT_EQ(verify_of("//Dave", kNow), 503);
  EXPECT_EQ(verify_of("//Alice", kNow + 1), 200) << "who is remembered is let in as ever";
  EXPECT_EQ(verify_of("//Dave", kNow + 305 * kSecond), 200) << "Charlie is forgotten by then";
}

// Synapse.body_hash of SDK 10.5.0 for processing_date "latest", kind "alert_scores", two empty
// fields.
TEST(Synapse, HashesAsTheSdkDoes) {
  EXPECT_EQ(v10_body_hash({"latest"}),
            "87f109d40a63c44e5f2a5c37b41de7d9f114ee05f2c497804b8426c532898127");
}

TEST(Synapse, PassesOverWhatTheSdkAdds) {
  const ScoresRequest request = parse_synapse(
      R"({"name":"RiskScoreSynapse","timeout":12.0,"dendrite":{},"processing_date":"latest",)"
      R"("kind":"alert_scores","snapshot_sha256":"","challenge":"c","body":null,"envelope":null})");
  EXPECT_EQ(request.challenge, "c");
  EXPECT_THROW(parse_synapse("[]"), Error);
  EXPECT_THROW(parse_synapse(R"({"processing_date":"latest","kind":7})"), Error);
}

}  // namespace
}  // namespace aml::bittensor
