#include "bittensor/wallet.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <fstream>

#include "base/error.h"
#include "base/log.h"
#include "base/scratch_folder.h"

namespace aml::bittensor {
namespace {

using testing::HasSubstr;
using testing::Not;

// A hotkey as bittensor-wallet 4.1.1 wrote it, of a phrase that was never used for anything else.
constexpr const char* kHotkey =
    R"({"cryptoType":1,"publicKey":"0x00262cb6d7574aea15278c14b21bf7030c78549c96de668ee069cc6fcf954a7d",)"
    R"("ss58Address":"5C4uCQKfNqVEebM9nAyCL1s68x4HzsYZkyMaDjFB2GMbEaUB",)"
    R"("privateKey":"0x414194ca0b4954773e08d111f0233e9e36c4de35659fb60288102345d91933089b32e074831952b98df398563993c712e24aaa799230534edc76717a3ad6cfd7",)"
    R"("secretPhrase":"nothing flock avocado entire security update leader trim unusual satisfy usage oyster",)"
    R"("accountId":"0x00262cb6d7574aea15278c14b21bf7030c78549c96de668ee069cc6fcf954a7d",)"
    R"("secretSeed":"0x86744a0b386ae901d4b6aa6c14abea8b0714a06497d7cb1b2fbbf0d61d5b7374"})";
constexpr const char* kAddress = "5C4uCQKfNqVEebM9nAyCL1s68x4HzsYZkyMaDjFB2GMbEaUB";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

Keypair parse(const std::string& text) {
  return parse_hotkey(SecretString(text.begin(), text.end()), "hotkeys/h1");
}

std::string refusal(const std::string& text) {
  try {
    parse(text);
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::bad_input);
    EXPECT_THAT(e.what(), testing::StartsWith("hotkeys/h1"));
    return e.what();
  }
  return "accepted";
}

TEST(Wallet, ReadsAHotkey) { EXPECT_EQ(parse(kHotkey).ss58(), kAddress); }

TEST(Wallet, TakesAnySpellingOfTheScheme) {
  for (const char* spelling :
       {R"("cryptoType":"1",)", R"("cryptoType":"sr25519",)", R"("cryptoType":null,)", ""}) {
    EXPECT_EQ(parse(replaced(kHotkey, R"("cryptoType":1,)", spelling)).ss58(), kAddress);
  }
  for (const char* other :
       {R"("cryptoType":0,)", R"("cryptoType":2,)", R"("cryptoType":"ed25519",)",
        R"("cryptoType":1.5,)", R"("cryptoType":[1],)"}) {
    EXPECT_THAT(refusal(replaced(kHotkey, R"("cryptoType":1,)", other)), HasSubstr("sr25519"))
        << other;
  }
}

TEST(Wallet, MakesDoWithThePrivateKey) {
  const std::string without = replaced(kHotkey, "\"secretSeed\"", "\"otherSeed\"");
  EXPECT_EQ(parse(without).ss58(), kAddress);
  EXPECT_THAT(refusal(replaced(without, "\"privateKey\"", "\"otherKey\"")), HasSubstr("no secret"));
}

TEST(Wallet, RefusesAFileThatContradictsItself) {
  EXPECT_THAT(refusal(replaced(kHotkey, "0x8674", "0x8675")),
              HasSubstr("secretSeed is not that of"));
  EXPECT_THAT(refusal(replaced(kHotkey, "MbEaUB\"", "MbEaUC\"")), HasSubstr("ss58Address"));
  EXPECT_THAT(refusal(replaced(kHotkey, R"("publicKey":"0x0026)", R"("publicKey":"0x0027)")),
              HasSubstr("accountId is damaged"));
}

TEST(Wallet, RefusesEncryptedFilesWithAdvice) {
  for (const char* beginning : {"$NACL\x01\x02", "$ANSIBLE_VAULT;1.1;AES256\n", "gAAAAABk"}) {
    EXPECT_THAT(refusal(beginning), HasSubstr("--no-use-password"));
  }
}

TEST(Wallet, RefusesDamagedFilesWithoutQuotingThem) {
  const std::string whole = kHotkey;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string message = refusal(whole.substr(0, size));
    ASSERT_THAT(message, HasSubstr("no key file"));
    ASSERT_THAT(message, Not(HasSubstr("414194ca")));
  }
  for (const char* wrong : {"[]", "1", "{}", R"({"publicKey":1})", R"({"ss58Address":"x"})"}) {
    EXPECT_NE(refusal(wrong), "accepted") << wrong;
  }
}

TEST(Wallet, HidesSecretsFromTheLog) {
  parse(kHotkey);
  for (const char* part : {"86744a0b386ae901d4b6aa6c14abea8b0714a06497d7cb1b2fbbf0d61d5b7374",
                           "nothing flock avocado entire security update leader trim unusual"
                           " satisfy usage oyster"}) {
    EXPECT_EQ(log::without_secrets(std::string("so: ") + part), "so: ***");
  }
}

class HotkeyFile : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, const std::string& text) {
    const auto path = folder_.path() / "wallet" / "hotkeys" / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    ::chmod(path.c_str(), 0600);
    return path;
  }
  std::string failure(const std::filesystem::path& path) {
    try {
      load_hotkey(path);
    } catch (const Error& e) {
      return e.what();
    }
    return "accepted";
  }
  test::ScratchFolder folder_;
};

TEST_F(HotkeyFile, IsReadFromItsPlaceInAWallet) {
  write("h1", kHotkey);
  EXPECT_EQ(load_hotkey(hotkey_path(folder_.path(), "wallet", "h1")).ss58(), kAddress);
}

TEST_F(HotkeyFile, ForbidsCoreDumps) {
  load_hotkey(write("h1", kHotkey));
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_CORE, &limit), 0);
  EXPECT_EQ(limit.rlim_max, 0u);
}

TEST_F(HotkeyFile, ThatIsMissingBringsTheNamesThatAreThere) {
  write("h2", kHotkey);
  EXPECT_THAT(failure(hotkey_path(folder_.path(), "wallet", "h1")), HasSubstr("there are: h2"));
}

TEST_F(HotkeyFile, IsRefusedWhereItIsAColdkey) {
  EXPECT_THAT(failure(folder_.path() / "wallet" / "coldkey"), HasSubstr("is a coldkey"));
  const auto path = write("h1", kHotkey);
  std::ofstream(folder_.path() / "wallet" / "coldkeypub.txt")
      << R"({"ss58Address":")" << kAddress << R"("})";
  EXPECT_THAT(failure(path), HasSubstr("holds the wallet's coldkey"));
}

TEST_F(HotkeyFile, IsRefusedWhereItIsNoFile) {
  EXPECT_THAT(failure(folder_.path()), HasSubstr("not a regular file"));
  EXPECT_THAT(failure(write("big", std::string(70'000, ' '))), HasSubstr("over 64 kB"));
  EXPECT_THAT(failure(write("h1pub.txt", kHotkey)), HasSubstr("public key only"));
}

}  // namespace
}  // namespace aml::bittensor
