#include "api/ready_answers.h"

#include <gtest/gtest.h>

namespace aml::api {
namespace {

http::Response large(const http::Body& body) {
  return {.fields = {{"ETag", "\"a\""}}, .body = body};
}

TEST(ReadyAnswers, AreGivenAgainWithTheirHead) {
  ReadyAnswers answers;
  const http::Body body = http::make_body(std::string(10'000, 'x'));
  answers.keep("/a", 1, large(body));
  const auto found = answers.find("/a", 1);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->body, body);
  EXPECT_EQ(http::response_head(*found, {}), http::response_head(large(body), {}));
}

TEST(ReadyAnswers, EndWithTheBatchesTheyCameFrom) {
  ReadyAnswers answers;
  const http::Body body = http::make_body(std::string(10'000, 'x'));
  answers.keep("/a", 1, large(body));
  EXPECT_FALSE(answers.find("/a", 2));
  EXPECT_FALSE(answers.find("/b", 1));
}

TEST(ReadyAnswers, HoldNoLargeBodyThatTheCacheGaveUp) {
  ReadyAnswers answers;
  http::Body body = http::make_body(std::string(10'000, 'x'));
  answers.keep("/large", 1, large(body));
  answers.keep("/small", 1, large(http::make_body("x")));
  body.reset();
  EXPECT_FALSE(answers.find("/large", 1));
  EXPECT_TRUE(answers.find("/small", 1));
}

TEST(ReadyAnswers, AreNoRefusals) {
  ReadyAnswers answers;
  answers.keep("/a", 1, http::refusal(404, "no"));
  EXPECT_FALSE(answers.find("/a", 1));
}

}  // namespace
}  // namespace aml::api
