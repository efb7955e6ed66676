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

// An API whose days are large.
class LargeDays : public OneDay {
 public:
  static constexpr std::size_t kBytes = 5 << 20;
  std::optional<http::Response> answer_now(http::Request& request) override {
    const std::string day = request.target.substr(request.target.rfind('/') + 1);
    if (request.target.starts_with("/metadata/")) {
      return http::Response{.body = http::make_body(results::example_metadata(day).to_json())};
    }
    return http::Response{.body = http::make_body(std::string(kBytes, ' '))};
  }
};

TEST(ScoreSourceBudget, HoldsWhatSlowReadersHold) {
  LargeDays api;
  const http::test::Served server(api);
  const auto budget = std::make_shared<http::Budget>(http::Budget::kLeastBytes);
  ScoreSource source({.url = server.url(), .budget = budget});
  const auto key = [](const char* date) {
    return ListKey{date, bittensor::ScoresKind::alert_scores, "identity"};
  };
  auto first = source.fetch(key("2025-10-26"));
  EXPECT_GE(budget->bytes(), LargeDays::kBytes);
  auto second = source.fetch(key("2025-10-27"));
  EXPECT_THROW(source.fetch(key("2025-10-28")), http::Shortage);
  // What is in nobody's hands gives room.
  first.reset();
  EXPECT_EQ(source.fetch(key("2025-10-28"))->bytes.size(), LargeDays::kBytes);
  EXPECT_LE(budget->bytes(), budget->max_bytes());
  EXPECT_EQ(second->bytes.size(), LargeDays::kBytes);
}

}  // namespace
}  // namespace aml::miner
