#include "http/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aml::http {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Fields, ThatMayBeSentOnceHaveNoValueWhereTheyWereSentTwice) {
  const Fields fields{{"Accept", "a"}, {"X-Bittensor-Nonce", "1"}, {"accept", "b"}};
  EXPECT_EQ(fields.sole("x-bittensor-nonce"), "1");
  EXPECT_EQ(fields.sole("Accept"), "");
  EXPECT_EQ(fields.sole("Host"), std::nullopt);
}

TEST(Fields, AreFoundWhateverTheirCase) {
  const Fields fields{{"Accept", "a"}, {"X-Bittensor-Nonce", "1"}, {"accept", "b"}};
  EXPECT_EQ(fields.find("ACCEPT"), "a");
  EXPECT_EQ(fields.find("x-bittensor-nonce"), "1");
  EXPECT_EQ(fields.find("x-bittensor"), std::nullopt);
  EXPECT_EQ(fields.joined("Accept"), "a, b");
  EXPECT_EQ(fields.joined("Host"), "");
  EXPECT_EQ(fields.count("Accept"), 2U);
  EXPECT_EQ(fields.at(2).first, "accept");
}

TEST(ResponseHead, NamesTypeAndLength) {
  const std::string head = response_head({.body = make_body("{}")}, {});
  EXPECT_THAT(head, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"));
  EXPECT_THAT(head, EndsWith("\r\n\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("Connection")));
}

TEST(ResponseHead, HasNoLengthWhereThereIsNoBody) {
  EXPECT_THAT(response_head({.status = 304}, {}), Not(HasSubstr("Content-")));
}

TEST(ResponseHead, SaysHowTheConnectionGoesOn) {
  EXPECT_THAT(response_head({}, {.keep_alive = false}), HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(response_head({}, {.http_1_0 = true}), HasSubstr("Connection: keep-alive\r\n"));
}

}  // namespace
}  // namespace aml::http
