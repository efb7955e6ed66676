#include "http/tokens.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>

#include "../base/scratch_folder.h"
#include "base/error.h"
#include "base/log.h"
#include "http/router.h"

namespace aml::http {
namespace {

using test::ScratchFolder;
using ::testing::HasSubstr;

const std::string kToken = "0123456789abcdef0123456789abcdef";

class TokensTest : public ::testing::Test {
 protected:
  Tokens tokens(const std::string& text) {
    std::ofstream(folder_.path() / "tokens") << text;
    return Tokens::read(folder_.path() / "tokens");
  }
  ScratchFolder folder_;
};

TEST_F(TokensTest, AdmitWhoHasOne) {
  const Tokens known = tokens("# ours\n\n" + kToken + "\r\nanother-token-of-16\n");
  EXPECT_TRUE(known.admit("Bearer " + kToken));
  EXPECT_TRUE(known.admit("bearer another-token-of-16"));
  for (const char* field : {"", "Bearer", "Bearer ", "Basic 0123456789abcdef0123456789abcdef",
                            "Bearer 0123456789abcdef0123456789abcdee", "Bearer # ours",
                            "Bearer  another-token-of-16"}) {
    EXPECT_FALSE(known.admit(field)) << field;
  }
}

TEST_F(TokensTest, AdmitTheFirstBehindAnEditorsMark) {
  EXPECT_TRUE(tokens("\xEF\xBB\xBF" + kToken + "\r\n").admit("Bearer " + kToken));
}

TEST_F(TokensTest, OfNobodyAdmitNobody) {
  const Access access(Tokens::of_nobody());
  EXPECT_FALSE(access.is_open());
  for (const std::string& field : {std::string(), std::string("Bearer "), "Bearer " + kToken,
                                   "Bearer " + std::string(64, '-')}) {
    EXPECT_FALSE(access.admit(field)) << field;
  }
}

TEST_F(TokensTest, RefuseAFileThatProtectsNothing) {
  for (const char* text : {"", "# none\n", "short\n", "a token with spaces in it\n"}) {
    EXPECT_THROW(tokens(text), Error) << text;
  }
  EXPECT_THROW(Tokens::read(folder_.path() / "missing"), Error);
}

TEST_F(TokensTest, GuardAllButOpenRoutes) {
  const auto hello = [](const Call&) -> Answer { return Response{}; };
  Router router({{.pattern = "/closed", .answer = hello},
                 {.pattern = "/open", .answer = hello, .open = true}},
                {.access = std::make_shared<Access>(tokens(kToken))});
  const auto status = [&](const char* target, Fields fields) {
    Request request{.method = "GET", .target = target, .fields = std::move(fields)};
    return router.answer(request).status;
  };
  EXPECT_EQ(status("/open", {}), 200);
  EXPECT_EQ(status("/closed", {}), 401);
  EXPECT_EQ(status("/closed", {{"Authorization", "Bearer " + kToken}}), 200);
  EXPECT_THAT(log::without_secrets("seen " + kToken), HasSubstr("***"));
}

TEST_F(TokensTest, AreReplacedWhileOthersAsk) {
  Access access;
  EXPECT_TRUE(access.is_open());
  EXPECT_TRUE(access.admit(""));
  access.replace(tokens(kToken));
  EXPECT_TRUE(access.admit("Bearer " + kToken));
  EXPECT_FALSE(access.admit(""));
  access.replace(tokens("another-token-of-16\n"));
  EXPECT_FALSE(access.admit("Bearer " + kToken));
  EXPECT_TRUE(access.admit("Bearer another-token-of-16"));
}

TEST_F(TokensTest, AreNoMoreThanCanBeLookedThrough) {
  std::string text;
  for (std::size_t i = 0; i <= Tokens::kMost; ++i) text += fmt::format("token-number-{:08}\n", i);
  EXPECT_THROW(tokens(text), Error);
}

}  // namespace
}  // namespace aml::http
