#include "bittensor/commitment.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "base/error.h"
#include "base/hash.h"

namespace aml::bittensor {
namespace {

const std::string kSalt(64, '5');

CommittedAnswer answer() {
  CommittedAnswer answer;
  answer.genesis_hash = "0x2f";
  answer.netuid = 7;
  answer.hotkey = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
  answer.network = "bitcoin";
  answer.window_days = 7;
  answer.processing_date = "2025-10-26";
  answer.kind = "alert_scores";
  answer.snapshot_sha256 = std::string(64, 'a');
  answer.body_sha256 = hash_text(
      HashKind::sha256, canonical_body("2025-10-26", "alert_scores", {{"b", 0.5}, {"a", 1}}));
  return answer;
}

Opening opening_of(const CommittedAnswer& of) {
  return {kSalt, {{commitment_key(of), commitment_hash(of, kSalt)}}};
}

TEST(CanonicalBody, IsTheSameWhateverTheOrder) {
  const std::string body = canonical_body("2025-10-26", "alert_scores", {{"b", 0.5}, {"a", 1}});
  EXPECT_EQ(body,
            "aml-body/1\n2025-10-26\nalert_scores\n2\n"
            "1:a 3ff0000000000000\n1:b 3fe0000000000000\n");
  EXPECT_EQ(canonical_body("2025-10-26", "alert_scores", {{"a", 1}, {"b", 0.5}}), body);
}

TEST(CanonicalBody, HasOneZeroAndNoTwoRowsThatReadAlike) {
  EXPECT_EQ(canonical_body("d", "k", {{"a", -0.0}}), canonical_body("d", "k", {{"a", 0.0}}));
  // An id that looks like two rows is not them.
  EXPECT_NE(canonical_body("d", "k", {{"a 3ff0000000000000\n1:b", 1}}),
            canonical_body("d", "k", {{"a", 1}, {"b", 1}}));
  EXPECT_NE(canonical_body("d", "k", {{"a", std::nextafter(0.5, 1)}}),
            canonical_body("d", "k", {{"a", 0.5}}));
}

TEST(CanonicalBody, RefusesWhatIsNoAnswer) {
  EXPECT_THROW(canonical_body("d", "k", {{"a", 1}, {"a", 1}}), Error);
  for (const double score : {-0.1, 1.1, std::numeric_limits<double>::quiet_NaN(),
                             std::numeric_limits<double>::infinity()}) {
    EXPECT_THROW(canonical_body("d", "k", {{"a", score}}), Error) << score;
  }
  EXPECT_EQ(canonical_body("d", "k", {}), "aml-body/1\nd\nk\n0\n");
}

// The vectors of docs/protocol.md; made by another program.
TEST(Commitment, EqualsThePublishedVectors) {
  EXPECT_EQ(answer().body_sha256,
            "990f42cd61d7318b6842a160685b0264c2bba56a524b50d9b4787557ccba491b");
  EXPECT_EQ(commitment_hash(answer(), kSalt),
            "496920d87fa6c279d0ec9aa711c89ffb96df96a328a06ae7c36a9e44ac554057");
  EXPECT_EQ(commitment_root(opening_of(answer()).leaves),
            "c45699d51eeab056f24b4d757443541390abbde60e45445cd0e47a138804ce66");
  EXPECT_EQ(commitment_root({{"c/7/alert_scores", std::string(64, '3')},
                             {"a/7/alert_scores", std::string(64, '1')},
                             {"b/7/alert_scores", std::string(64, '2')}}),
            "c46a9919c14b28e039f087f52cf0ea67fe0db1c4b1606f1e8662b023d1116e27");
}

TEST(Commitment, IsOfOneAnswerOfOneHotkeyAlone) {
  const std::string root = commitment_root(opening_of(answer()).leaves);
  EXPECT_EQ(find_commitment_flaw(answer(), opening_of(answer()), root), std::nullopt);
  const std::function<void(CommittedAnswer&)> changes[] = {
      [](CommittedAnswer& a) { a.genesis_hash = "0x2e"; },
      [](CommittedAnswer& a) { a.netuid = 8; },
      [](CommittedAnswer& a) { a.hotkey = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"; },
      [](CommittedAnswer& a) { a.network = "ethereum"; },
      [](CommittedAnswer& a) { a.window_days = 8; },
      [](CommittedAnswer& a) { a.processing_date = "2025-10-27"; },
      [](CommittedAnswer& a) { a.kind = "cluster_scores"; },
      [](CommittedAnswer& a) { a.snapshot_sha256 = std::string(64, 'b'); },
      [](CommittedAnswer& a) { a.body_sha256 = std::string(64, 'b'); },
  };
  for (const auto& change : changes) {
    CommittedAnswer other = answer();
    change(other);
    EXPECT_TRUE(find_commitment_flaw(other, opening_of(answer()), root));
  }
  Opening salted = opening_of(answer());
  salted.salt = std::string(64, '6');
  EXPECT_TRUE(find_commitment_flaw(answer(), salted, root));
}

// A root is public before the deadline, and so is the opening after it.
TEST(Commitment, ThatSixtyFourThievesCopyIsTheirsInNoWay) {
  const Opening opening = opening_of(answer());
  const std::string root = commitment_root(opening.leaves);
  for (int thief = 0; thief < 64; ++thief) {
    CommittedAnswer stolen = answer();
    stolen.hotkey = "thief " + std::to_string(thief);
    EXPECT_TRUE(find_commitment_flaw(stolen, opening, root));
    // Nor does another opening of their own fit the copied root.
    EXPECT_TRUE(find_commitment_flaw(stolen, opening_of(stolen), root));
  }
  EXPECT_FALSE(find_commitment_flaw(answer(), opening, root));
}

TEST(Commitment, OfAThousandBodiesIsOfNone) {
  std::vector<CommitmentLeaf> leaves;
  for (int i = 0; i < 1000; ++i) {
    CommittedAnswer one = answer();
    one.body_sha256 = hash_text(HashKind::sha256, std::to_string(i));
    leaves.push_back({commitment_key(one), commitment_hash(one, kSalt)});
  }
  EXPECT_THROW(commitment_root(leaves), Error);
  leaves.resize(2);  // few enough, and still two of one key
  EXPECT_THROW(commitment_root(leaves), Error);
  EXPECT_TRUE(find_commitment_flaw(answer(), {kSalt, leaves}, std::string(64, '0')));
  leaves.clear();
  for (std::size_t i = 0; i <= kMostLeaves; ++i) {
    leaves.push_back({"n" + std::to_string(i) + "/7/alert_scores", std::string(64, '1')});
  }
  EXPECT_THROW(commitment_root(leaves), Error);
  leaves.pop_back();
  EXPECT_EQ(commitment_root(leaves).size(), 64u);
}

TEST(Commitment, KeysAreBounded) {
  const std::string hash(64, '1');
  EXPECT_EQ(commitment_root({{std::string(128, 'k'), hash}}).size(), 64u);
  for (const std::string& key : {std::string(129, 'k'), std::string(), std::string("a,b"),
                                 std::string("a=b"), std::string("a:b"), std::string("a b")}) {
    EXPECT_THROW(commitment_root({{key, hash}}), Error) << key;
  }
}

TEST(Commitment, HasOneRootWhateverTheOrderOfItsLeaves) {
  const std::vector<CommitmentLeaf> leaves{
      {"a", std::string(64, '1')}, {"b", std::string(64, '2')}, {"c", std::string(64, '3')}};
  EXPECT_EQ(commitment_root({leaves[2], leaves[0], leaves[1]}), commitment_root(leaves));
  EXPECT_NE(commitment_root({leaves[0], leaves[1]}), commitment_root(leaves));
  EXPECT_NE(commitment_root({{"b", leaves[0].hash}, {"a", leaves[1].hash}}),
            commitment_root({leaves[0], leaves[1]}));
}

TEST(Opening, ReadsBackWhatItWrote) {
  Opening opening = opening_of(answer());
  opening.leaves.push_back({"x/1/alert_scores", std::string(64, '0')});
  const Opening back = Opening::parse(opening.to_text());
  EXPECT_EQ(back.salt, opening.salt);
  EXPECT_EQ(back.leaves, opening.leaves);
}

TEST(Opening, RefusesAnythingElse) {
  const std::string good = opening_of(answer()).to_text();
  for (std::size_t end = 0; end < good.size(); ++end) {
    EXPECT_THROW(Opening::parse(good.substr(0, end)), Error) << end;
  }
  std::string many = good;
  for (std::size_t i = 0; i < kMostLeaves; ++i) many += ",k=" + std::string(64, '0');
  for (const std::string& text :
       {good + ",", good + ",=" + std::string(64, '0'), good + ",a=b", good + " ", many,
        "aml-opening/2" + good.substr(13), good + ",a\n=" + std::string(64, '0')}) {
    EXPECT_THROW(Opening::parse(text), Error) << text;
  }
}

}  // namespace
}  // namespace aml::bittensor
