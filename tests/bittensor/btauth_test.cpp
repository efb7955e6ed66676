#include "bittensor/btauth.h"

#include <gtest/gtest.h>

#include <map>

#include "base/hash.h"

namespace aml::bittensor {
namespace {

// The golden vector of the protocol: //Alice asks //Bob. The signature is one that
// bittensor.http_auth 11.3.0 made.
constexpr const char* kAlice = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
constexpr const char* kBob = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
constexpr std::int64_t kNonce = 1752076800000000000;
constexpr const char* kTarget = "/generate?stream=false";
constexpr const char* kBody = R"({"prompt": "hello"})";
constexpr const char* kSignature =
    "0xbee123c3a7647d474c7302e701065b50d7d26e7939d69c8b58386398bb986333"
    "2b66ba5007922a54faa2202b5bd81818e8b3838bea7b1ee7cc929148c6107c82";
constexpr std::int64_t kSecond = 1'000'000'000;

// A request whose parts a test may change after it was signed.
struct Sent {
  std::string method = "POST";
  std::string target = kTarget;
  std::string body = kBody;
  std::map<std::string, std::string> headers{{"x-bittensor-version", "1"},
                                             {"x-bittensor-hotkey", kAlice},
                                             {"x-bittensor-receiver", kBob},
                                             {"x-bittensor-nonce", std::to_string(kNonce)},
                                             {"x-bittensor-signature", kSignature}};

  AuthResult to(Authenticator& receiver, std::int64_t now = kNonce) const {
    return receiver.verify({method, target, body,
                            [this](std::string_view name) -> std::optional<std::string_view> {
                              const auto found = headers.find(std::string(name));
                              if (found == headers.end()) return std::nullopt;
                              return found->second;
                            }},
                           now);
  }
};

std::string refusal(const Sent& sent, std::int64_t now = kNonce) {
  Authenticator bob(kBob);
  const AuthResult result = sent.to(bob, now);
  EXPECT_EQ(bob.nonces().size(), result.caller ? 1u : 0u) << "only what verified is remembered";
  if (result.caller) return "accepted";
  EXPECT_EQ(result.failure.status, 401);
  return result.failure.reason;
}

TEST(Btauth, SignsTheGoldenBytes) {
  const std::string payload =
      btauth_payload("post", kTarget, hash_text(HashKind::sha256, kBody), kNonce, kAlice, kBob);
  EXPECT_EQ(hash_text(HashKind::sha256, payload),
            "baf86fd1c333d473ab47b43f8dbd682d51df91b5db8ec09ee06d86f80f4075fd");
  EXPECT_EQ(payload,
            "btauth/1\nsr25519\nPOST\n/generate?stream=false\n"
            "341c57448e531310fbbe83f44cea2a5e838bd9e8a6b82b269f01d0dbbc23c3cc\n"
            "1752076800000000000\n5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY\n"
            "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty");
}

TEST(Btauth, AcceptsTheGoldenRequest) {
  Authenticator bob(kBob);
  const AuthResult result = Sent{}.to(bob);
  ASSERT_TRUE(result.caller);
  EXPECT_EQ(result.caller->hotkey, kAlice);
  EXPECT_EQ(hash_text(HashKind::sha256, result.caller->payload),
            "baf86fd1c333d473ab47b43f8dbd682d51df91b5db8ec09ee06d86f80f4075fd");
}

TEST(Btauth, AcceptsWhatItSigns) {
  const Keypair alice = Keypair::from_dev_uri("//Alice");
  const SignedRequest request = btauth_sign(alice, "POST", kTarget, kBody, kBob);
  Sent sent;
  for (const auto& [name, value] : request.headers) {
    std::string lower = name;
    for (char& c : lower) c = static_cast<char>(std::tolower(c));
    sent.headers[lower] = value;
  }
  Authenticator bob(kBob);
  const AuthResult result = sent.to(bob, unix_time_ns());
  ASSERT_TRUE(result.caller) << result.failure.reason;
  EXPECT_EQ(result.caller->payload, request.payload);
}

TEST(Btauth, RefusesWhateverWasChangedAfterSigning) {
  const std::string forged = "the signature is not the hotkey's over this request";
  Sent sent;
  sent.body += " ";
  EXPECT_EQ(refusal(sent), forged);
  sent = {};
  sent.target = "/generate";
  EXPECT_EQ(refusal(sent), forged);
  sent.target = "/generate?stream=true";
  EXPECT_EQ(refusal(sent), forged);
  sent.target = "/generate%3Fstream=false";
  EXPECT_EQ(refusal(sent), forged);
  sent = {};
  sent.method = "PUT";
  EXPECT_EQ(refusal(sent), forged);
  sent = {};
  sent.headers["x-bittensor-nonce"] = std::to_string(kNonce + 1);
  EXPECT_EQ(refusal(sent), forged);
  sent = {};
  sent.headers["x-bittensor-hotkey"] = kBob;
  EXPECT_EQ(refusal(sent), forged);
}

TEST(Btauth, RefusesTheSameRequestTwice) {
  Authenticator bob(kBob);
  EXPECT_TRUE(Sent{}.to(bob).caller);
  const AuthResult again = Sent{}.to(bob, kNonce + 9 * kSecond);
  EXPECT_FALSE(again.caller);
  EXPECT_STREQ(again.failure.reason, "this nonce was used before; sign every attempt anew");
}

TEST(Btauth, RefusesRequestsOutsideTheirTime) {
  EXPECT_EQ(refusal({}, kNonce + 10 * kSecond), "accepted");
  EXPECT_EQ(refusal({}, kNonce + 10 * kSecond + 1), "the request is older than 10 seconds");
  EXPECT_EQ(refusal({}, kNonce - 2 * kSecond), "accepted");
  EXPECT_EQ(refusal({}, kNonce - 2 * kSecond - 1), "the request is from the future");
}

TEST(Btauth, RefusesWhatIsOlderThanTheServer) {
  // It may have been answered before a restart, and nobody remembers.
  Authenticator restarted(kBob, NonceStore::kMostNonces, kNonce + 1);
  EXPECT_STREQ(Sent{}.to(restarted, kNonce + kSecond).failure.reason,
               "the request is older than this server");
  Authenticator before(kBob, NonceStore::kMostNonces, kNonce);
  EXPECT_TRUE(Sent{}.to(before, kNonce + kSecond).caller);
}

TEST(Btauth, OpensAgainWhenTheClockIsSetBack) {
  // It started when the clock ran an hour ahead; the clock was set right half a second ago.
  Authenticator early(kBob, NonceStore::kMostNonces, kNonce + 3600 * kSecond);
  EXPECT_STREQ(Sent{}.to(early, kNonce + kSecond / 2).failure.reason,
               "the request is older than this server");
  Authenticator later(kBob, NonceStore::kMostNonces, kNonce + 3600 * kSecond);
  Sent{}.to(later, kNonce - 5 * kSecond);  // whatever comes tells the time
  EXPECT_TRUE(Sent{}.to(later, kNonce + kSecond).caller);
}

TEST(Btauth, NamesTheSchemeThatItRefuses) {
  for (const auto& [scheme, name] : std::map<std::string, std::string>{
           {"ed25519", "ed25519"}, {"mldsa", "ML-DSA"}, {"hashed", "hashed"}}) {
    Sent sent;
    sent.headers["x-bittensor-crypto"] = scheme;
    EXPECT_EQ(refusal(sent),
              "X-Bittensor-Crypto: " + name + " hotkeys are not accepted here, only sr25519");
  }
}

TEST(Btauth, RefusesRequestsForOthersOrForNobody) {
  Sent sent;
  sent.headers["x-bittensor-receiver"] = kAlice;
  EXPECT_EQ(refusal(sent), "the request was signed for another receiver");
  sent.headers["x-bittensor-receiver"] = "-";
  EXPECT_EQ(refusal(sent), "the request was signed for another receiver");
  sent.headers.erase("x-bittensor-receiver");
  EXPECT_EQ(refusal(sent), "X-Bittensor-Receiver is missing: name whom the request is for");
}

TEST(Btauth, LooksAtTheShapeFirst) {
  const std::map<std::string, std::vector<std::string>> wrong{
      {"x-bittensor-version", {"", "2", "01", "1 "}},
      {"x-bittensor-hotkey",
       {"", "5Grw", kSignature, "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQZ"}},
      {"x-bittensor-nonce",
       {"", "x", "-1", "+1", "1e18", "0123", "1752076800000000000 ", "99999999999999999999"}},
      {"x-bittensor-signature",
       {"", "0x", "0x00", std::string(128, 'g'), std::string(10'600, 'a')}},
      {"x-bittensor-crypto", {"", "ed25519", "mldsa", "hashed", "SR25519"}}};
  for (const auto& [name, values] : wrong) {
    for (const std::string& value : values) {
      Sent sent;
      sent.headers[name] = value;
      sent.headers["x-bittensor-receiver"] = kAlice;  // wrong too, but looked at later
      EXPECT_EQ(refusal(sent).substr(0, 11), "X-Bittensor") << name << ": " << value;
    }
    Sent sent;
    sent.headers.erase(name);
    EXPECT_EQ(refusal(sent) == "accepted", name == "x-bittensor-crypto") << name;
  }
  Sent sent;
  sent.headers["x-bittensor-crypto"] = "sr25519";
  EXPECT_EQ(refusal(sent), "accepted");
}

TEST(Btauth, TellsTheSenderWhereNoMoreNoncesCanBeRemembered) {
  Authenticator bob(kBob, 0);
  const AuthResult result = Sent{}.to(bob);
  EXPECT_FALSE(result.caller);
  EXPECT_EQ(result.failure.status, 503);
}

TEST(Btauth, NeverGivesANonceTwice) {
  std::int64_t last = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::int64_t next = next_nonce();
    ASSERT_GT(next, last);
    last = next;
  }
}

}  // namespace
}  // namespace aml::bittensor
