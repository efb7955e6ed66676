#include "bittensor/keypair.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/hex.h"

namespace aml::bittensor {
namespace {

constexpr const char* kAlice = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
constexpr const char* kBob = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";

template <std::size_t N>
SecretBytes<N> secret(std::string_view hex) {
  SecretBytes<N> bytes;
  EXPECT_TRUE(from_hex(hex, {bytes.data(), N}));
  return bytes;
}

TEST(Ss58, WritesTheKnownAddresses) {
  EXPECT_EQ(Keypair::from_dev_uri("//Alice").ss58(), kAlice);
  EXPECT_EQ(Keypair::from_dev_uri("//Bob").ss58(), kBob);
}

TEST(Ss58, ReadsWhatItWrites) {
  PublicKey key{};
  for (int i = 0; i < 256; ++i) {
    key[0] = key[31] = static_cast<std::uint8_t>(i);
    EXPECT_EQ(ss58_decode(ss58_encode(key)), key);
  }
  key.fill(0);
  EXPECT_EQ(ss58_decode(ss58_encode(key)), key);
  key.fill(255);
  EXPECT_EQ(ss58_decode(ss58_encode(key)), key);
}

TEST(Ss58, RefusesWhatIsNoAddress) {
  for (std::string wrong : {"", "5", "0x00", "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQ",
                            "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQZ",
                            "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQ0",
                            "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
                            // Alice on Polkadot and on Kusama
                            "15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5",
                            "HNZata7iMYWmk5RvZRTiAsSDhV8366zq2YGb3tLH5Upf74F"}) {
    EXPECT_FALSE(ss58_decode(wrong)) << wrong;
  }
}

TEST(Keypair, VerifiesWhatItSigned) {
  const Keypair alice = Keypair::from_dev_uri("//Alice");
  const Signature signature = alice.sign("a message");
  EXPECT_TRUE(verify(alice.public_key(), "a message", signature));
  EXPECT_FALSE(verify(alice.public_key(), "another message", signature));
  EXPECT_FALSE(verify(Keypair::from_dev_uri("//Bob").public_key(), "a message", signature));
  for (std::size_t i = 0; i < signature.size(); ++i) {
    Signature other = signature;
    other[i] ^= 1;
    EXPECT_FALSE(verify(alice.public_key(), "a message", other)) << i;
  }
}

TEST(Keypair, SignsDifferentlyEachTime) {
  const Keypair alice = Keypair::from_dev_uri("//Alice");
  EXPECT_NE(alice.sign(""), alice.sign(""));
  EXPECT_TRUE(verify(alice.public_key(), "", alice.sign("")));
}

// Written by bittensor-wallet 4.1.1 for //Alice.
constexpr const char* kAliceSecret =
    "0x33a6f3093f158a7109f679410bef1a0c54168145e0cecb4df006c1c2fffb1f09"
    "925a225d97aa00682d6a59b95b18780c10d7032336e88f3442b42361f4a66011";
// The same as ed25519 libraries keep it, from Substrate's documentation.
constexpr const char* kAliceEd25519 =
    "0x98319d4ff8a9508c4bb0cf0b5a78d760a0b2082c02775e6e82370816fedfff48"
    "925a225d97aa00682d6a59b95b18780c10d7032336e88f3442b42361f4a66011";

TEST(Keypair, TakesBothFormsOfASecret) {
  const PublicKey alice = *ss58_decode(kAlice);
  for (const char* form : {kAliceSecret, kAliceEd25519}) {
    const Keypair key = Keypair::from_secret(secret<64>(form), alice);
    EXPECT_EQ(key.ss58(), kAlice);
    EXPECT_TRUE(verify(alice, "text", key.sign("text")));
  }
  EXPECT_THROW(Keypair::from_secret(secret<64>(kAliceSecret), *ss58_decode(kBob)), Error);
}

TEST(Keypair, RefusesWhatIsNoDevelopmentKey) {
  for (const char* wrong : {"", "Alice", "/Alice", "//", "////", "//Alice/soft"}) {
    EXPECT_THROW(Keypair::from_dev_uri(wrong), Error) << wrong;
  }
}

TEST(Keypair, IsNoneWhereTheBytesAreNoPoint) {
  PublicKey nonsense;
  nonsense.fill(0xff);
  EXPECT_FALSE(verify(nonsense, "", Signature{}));
  EXPECT_FALSE(verify(PublicKey{}, "", Signature{}));
}

}  // namespace
}  // namespace aml::bittensor
