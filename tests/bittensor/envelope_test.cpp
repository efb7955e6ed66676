#include "bittensor/envelope.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/hex.h"
#include "bittensor/btauth.h"
#include "bittensor/scores_request.h"

namespace aml::bittensor {
namespace {

const std::string kBodySha = hash_text(HashKind::sha256, "the scores\n");

// //Alice asked //Bob, who answers.
struct Exchange {
  Keypair alice = Keypair::from_dev_uri("//Alice");
  Keypair bob = Keypair::from_dev_uri("//Bob");
  Evidence evidence;

  explicit Exchange(const ScoresRequest& request = {"latest"}) {
    evidence.request_body = request.to_json();
    evidence.request_payload = btauth_sign(alice, "POST", kScoresPath, evidence.request_body,
                                           bob.ss58(), 1752076800000000000)
                                   .payload;
    Envelope& envelope = evidence.envelope;
    envelope.request_sha256 = hash_text(HashKind::sha256, evidence.request_payload);
    envelope.network = "bitcoin";
    envelope.processing_date = "2025-10-26";
    envelope.kind = "alert_scores";
    envelope.snapshot_sha256 = std::string(64, 'a');
    envelope.body_sha256 = kBodySha;
    envelope.model_version = "1.0.0";
    envelope.time_ns = 1752076800123456789;
    envelope.sign(bob);
  }
  std::string flaw(const std::string& body = kBodySha) const {
    return find_flaw(evidence, bob.ss58(), body).value_or("none");
  }
};

TEST(Envelope, SignsTheGoldenBytes) {
  const Exchange exchange;
  EXPECT_EQ(exchange.evidence.request_body,
            R"({"processing_date":"latest","kind":"alert_scores"})");
  EXPECT_EQ(
      exchange.evidence.envelope.signed_text(),
      "aml-envelope/1\nsr25519\n5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty\n"
      "4958135a631c2c280ba27c7d2c937088a5f634fcf2725c3342c23a19880578e1\nbitcoin\n2025-10-26\n"
      "alert_scores\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
      "a1e26a39ad4911580f40b1f39f45bce4594195d7fd9086bbccd53e81a429a561\n1.0.0\n"
      "1752076800123456789");
}

// Signed by bittensor_core 0.1.5; its hash computed there too.
TEST(Envelope, AcceptsTheGoldenSignature) {
  Envelope envelope = Exchange().evidence.envelope;
  EXPECT_EQ(hash_text(HashKind::sha256, envelope.signed_text()),
            "98d0c1dfa512155602febaf7a5030e671d0054dd533efcc1f962c74a370accc9");
  ASSERT_TRUE(
      from_hex("74184788f725371c5859a930fd9166d2956facb17526936081e267570313c74e"
               "00e8ee1182750921b5707d854093e7b010917a0494f7afb7a0f4517c215dd38f",
               envelope.signature));
  EXPECT_TRUE(has_valid_signature(envelope));
}

TEST(Envelope, ProvesWhatTheMinerAnswered) { EXPECT_EQ(Exchange().flaw(), "none"); }

TEST(Envelope, SurvivesHeadersAndStorage) {
  const Exchange exchange;
  const Envelope& sent = exchange.evidence.envelope;
  const Envelope read = Envelope::from_headers(sent.to_headers());
  EXPECT_EQ(read.signed_text(), sent.signed_text());
  EXPECT_TRUE(has_valid_signature(read));
  const Envelope stored = Envelope::from_json(sent.to_json());
  EXPECT_EQ(stored.signed_text(), sent.signed_text());
  EXPECT_TRUE(has_valid_signature(stored));
}

TEST(Envelope, IsBrokenByAnyChange) {
  for (std::string Envelope::* member :
       {&Envelope::request_sha256, &Envelope::network, &Envelope::processing_date, &Envelope::kind,
        &Envelope::snapshot_sha256, &Envelope::body_sha256, &Envelope::model_version}) {
    Exchange exchange;
    (exchange.evidence.envelope.*member)[0] ^= 1;
    EXPECT_EQ(exchange.flaw(), "the envelope's signature is not the miner's");
  }
  Exchange exchange;
  ++exchange.evidence.envelope.time_ns;
  EXPECT_EQ(exchange.flaw(), "the envelope's signature is not the miner's");
}

TEST(Envelope, ProvesNothingForAnotherMinerRequestOrBody) {
  Exchange exchange;
  EXPECT_EQ(exchange.flaw(std::string(64, '0')), "the body is another than the miner signed");
  EXPECT_EQ(find_flaw(exchange.evidence, exchange.alice.ss58(), kBodySha),
            "the envelope names another miner");
  exchange.evidence.envelope.sign(exchange.alice);
  EXPECT_EQ(find_flaw(exchange.evidence, exchange.alice.ss58(), kBodySha),
            "the request was not for this miner");
  exchange = Exchange();
  exchange.evidence.request_payload.back() = 'Z';
  EXPECT_EQ(exchange.flaw(), "the envelope answers another request");
  exchange = Exchange();
  exchange.evidence.request_body = ScoresRequest{"2025-10-26"}.to_json();
  EXPECT_EQ(exchange.flaw(), "the request's body is another than was signed");
}

TEST(Envelope, MustAnswerWhatWasAsked) {
  EXPECT_EQ(Exchange({"2025-10-25"}).flaw(), "the answer is of another day than asked for");
  EXPECT_EQ(Exchange({"2025-10-26", ScoresKind::cluster_scores}).flaw(),
            "the answer is of another kind than asked for");
  EXPECT_EQ(Exchange({"latest", ScoresKind::alert_scores, std::string(64, 'b')}).flaw(),
            "the answer was made from another snapshot than asked for");
  EXPECT_EQ(Exchange({"latest", ScoresKind::alert_scores, std::string(64, 'a'), "c1"}).flaw(),
            "none");
}

TEST(Envelope, TakesNoLineForTwo) {
  Exchange exchange;
  exchange.evidence.envelope.network = "bitcoin\n2025-10-27";
  EXPECT_THROW(exchange.evidence.envelope.sign(exchange.bob), Error);
}

TEST(Envelope, IsRefusedWhereAFieldIsMissingRepeatedOrMalformed) {
  const HttpHeaders whole = Exchange().evidence.envelope.to_headers();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    HttpHeaders less = whole;
    less.erase(less.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_THROW(Envelope::from_headers(less), Error) << whole[i].first;
    HttpHeaders twice = whole;
    twice.push_back(whole[i]);
    EXPECT_THROW(Envelope::from_headers(twice), Error) << whole[i].first;
    HttpHeaders wrong = whole;
    wrong[i].second = "a b";
    EXPECT_THROW(Envelope::from_headers(wrong), Error) << whole[i].first;
  }
}

TEST(Envelope, CarriesAnOpeningThatIsNoPartOfWhatIsSigned) {
  Envelope envelope = Exchange().evidence.envelope;
  const std::string signed_before = envelope.signed_text();
  envelope.opening = "aml-opening/1:" + std::string(8000, '5');
  EXPECT_EQ(envelope.signed_text(), signed_before);
  EXPECT_EQ(Envelope::from_headers(envelope.to_headers()).opening, envelope.opening);
  EXPECT_EQ(Envelope::from_json(envelope.to_json()).opening, envelope.opening);
}

TEST(Envelope, PassesOverAnOpeningThatIsNone) {
  Envelope envelope = Exchange().evidence.envelope;
  for (const std::string& opening :
       {std::string(8193, 'x'), std::string("two words"), std::string("\x01")}) {
    envelope.opening = opening;
    EXPECT_EQ(Envelope::from_headers(envelope.to_headers()).opening, "");
  }
}

TEST(ScoresRequest, SurvivesJson) {
  const ScoresRequest sent{"2025-10-26", ScoresKind::alert_rankings, std::string(64, 'f'),
                           "x \"y\""};
  const ScoresRequest read = ScoresRequest::parse(sent.to_json());
  EXPECT_EQ(read.processing_date, sent.processing_date);
  EXPECT_EQ(read.kind, sent.kind);
  EXPECT_EQ(read.snapshot_sha256, sent.snapshot_sha256);
  EXPECT_EQ(read.challenge, sent.challenge);
}

TEST(ScoresRequest, RefusesEverythingElse) {
  const std::string date = R"("processing_date":"2025-10-26")";
  for (const std::string& wrong :
       {std::string(), std::string("[]"), "{" + date + "}",
        R"({"kind":"alert_scores"})" + std::string(), "{" + date + R"(,"kind":"scores"})",
        "{" + date + R"(,"kind":1})",
        R"({"processing_date":"2025-02-30","kind":"alert_scores"})" + std::string(),
        R"({"processing_date":20251026,"kind":"alert_scores"})" + std::string(),
        "{" + date + R"(,"kind":"alert_scores","snapshot_sha256":"A0"})",
        "{" + date + R"(,"kind":"alert_scores","challenge":"é"})",
        "{" + date + R"(,"kind":"alert_scores","challenge":")" + std::string(257, 'c') + "\"}",
        "{" + date + R"(,"kind":"alert_scores","kind":"cluster_scores"})",
        "{" + date + R"(,"kind":"alert_scores","limit":3})", std::string(100'000, '[')}) {
    EXPECT_THROW(ScoresRequest::parse(wrong), Error) << wrong.substr(0, 80);
  }
}

}  // namespace
}  // namespace aml::bittensor
