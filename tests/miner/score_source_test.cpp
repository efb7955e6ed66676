#include "miner/score_source.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "../http/running_server.h"
#include "../results/example.h"
#include "base/date.h"
#include "base/error.h"

namespace aml::miner {
namespace {

constexpr const char* kDay = "2025-10-26";

// An API that has one day.
class OneDay : public http::Handler {
 public:
  std::atomic<int> lists{0};  // that were given

  std::optional<http::Response> answer_now(http::Request& request) override {
    if (!request.target.ends_with(kDay)) return http::refusal(404, "there is no such day");
    if (request.target.starts_with("/metadata/")) {
      return http::Response{.body = http::make_body(results::example_metadata(kDay).to_json())};
    }
    ++lists;
    return http::Response{.fields = {{"ETag", "\"a\""}}, .body = http::make_body("{}")};
  }
  http::Response answer(http::Request&) override { return http::refusal(500, "not asked"); }
};

class ScoreSourceTest : public testing::Test {
 protected:
  ApiOptions options() const { return {.url = server_.url(), .freshness = std::chrono::hours(1)}; }
  static ListKey key(const std::string& date) {
    return {date, bittensor::ScoresKind::alert_scores, "identity"};
  }

  OneDay api_;
  http::test::Served server_{api_};
};

TEST_F(ScoreSourceTest, ForgetsTheListThatWasUsedTheLongestAgo) {
  constexpr int kMost = 1'024;
  ScoreSource source(options());
  source.fetch(key(kDay));
  EXPECT_TRUE(source.at_hand(key(kDay)));
  const Date first = Date::require("2000-01-01", "a day");
  for (int i = 0; i < kMost - 1; ++i) {
    EXPECT_THROW(source.fetch(key(first.plus_days(i).text())), Error);
  }
  EXPECT_GT(source.bytes(), 0u);
  EXPECT_THROW(source.fetch(key(first.plus_days(kMost).text())), Error);
  EXPECT_EQ(source.bytes(), 0u);
  EXPECT_FALSE(source.at_hand(key(kDay)));
  EXPECT_EQ(api_.lists, 1);
}

}  // namespace
}  // namespace aml::miner
