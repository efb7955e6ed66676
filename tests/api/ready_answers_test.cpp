#include "api/ready_answers.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace aml::api {
namespace {

// Longer than any test takes.
constexpr std::chrono::hours kLong{1};

http::Response large(const http::Body& body) {
  return {.fields = {{"ETag", "\"a\""}}, .body = body};
}

TEST(ReadyAnswers, AreGivenAgainWithTheirHead) {
  ReadyAnswers answers(kLong);
  const http::Body body = http::make_body(std::string(10'000, 'x'));
  answers.keep("/a", 1, large(body));
  const auto found = answers.find("/a", 1);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->body, body);
  EXPECT_EQ(http::response_head(*found, {}), http::response_head(large(body), {}));
}

TEST(ReadyAnswers, EndWithTheBatchesTheyCameFrom) {
  ReadyAnswers answers(kLong);
  const http::Body body = http::make_body(std::string(10'000, 'x'));
  answers.keep("/a", 1, large(body));
  EXPECT_FALSE(answers.find("/a", 2));
  EXPECT_FALSE(answers.find("/b", 1));
}

TEST(ReadyAnswers, HoldNoLargeBodyThatTheCacheGaveUp) {
  ReadyAnswers answers(kLong);
  http::Body body = http::make_body(std::string(10'000, 'x'));
  answers.keep("/large", 1, large(body));
  answers.keep("/small", 1, large(http::make_body("x")));
  body.reset();
  EXPECT_FALSE(answers.find("/large", 1));
  EXPECT_TRUE(answers.find("/small", 1));
}

TEST(ReadyAnswers, AreNoRefusals) {
  ReadyAnswers answers(kLong);
  answers.keep("/a", 1, http::refusal(404, "no"));
  EXPECT_FALSE(answers.find("/a", 1));
}

TEST(ReadyAnswers, AreReadyForAMoment) {
  ReadyAnswers answers;
  answers.keep("/a", 1, large(http::make_body("x")));
  std::this_thread::sleep_for(ReadyAnswers::kLifetime + std::chrono::milliseconds(1));
  EXPECT_FALSE(answers.find("/a", 1));
}

TEST(ReadyAnswers, AreDroppedTogetherWhereTheyAreTooMany) {
  ReadyAnswers answers(kLong);
  const auto keep = [&](int number) {
    answers.keep("/" + std::to_string(number), 1, large(http::make_body("x")));
  };
  for (int i = 0; i < 256; ++i) keep(i);
  EXPECT_TRUE(answers.find("/0", 1));
  keep(256);
  EXPECT_FALSE(answers.find("/0", 1));
  EXPECT_TRUE(answers.find("/256", 1));
}

TEST(ReadyAnswers, AreKeptForNoVeryLongQuestion) {
  ReadyAnswers answers(kLong);
  for (const std::size_t bytes : {1'024, 1'025}) {
    answers.keep(std::string(bytes, 'q'), 1, large(http::make_body("x")));
    EXPECT_EQ(answers.find(std::string(bytes, 'q'), 1).has_value(), bytes == 1'024);
  }
}

}  // namespace
}  // namespace aml::api
