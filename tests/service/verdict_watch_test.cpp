#include "service/verdict_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "../http/running_server.h"
#include "base/error.h"

namespace aml::service {
namespace {

using ::testing::HasSubstr;

std::string day(const char* date, const char* stage, double score) {
  return std::string("{\"processing_date\":\"") + date + "\",\"stage\":\"" + stage +
         "\",\"final_score\":" + std::to_string(score) + "}";
}

std::string history(const std::string& days) {
  return "{\"hotkey\":\"5F\",\"history\":[" + days + "]}";
}

TEST(VerdictWatch, TheNewestVerdictCounts) {
  const auto zero =
      newest_zero(history(day("2025-10-25", "day", 50) + "," + day("2025-10-26", "truth", 0)));
  ASSERT_TRUE(zero);
  EXPECT_EQ(zero->processing_date, "2025-10-26");
  EXPECT_EQ(zero->stage, "truth");
  EXPECT_FALSE(
      newest_zero(history(day("2025-10-26", "day", 5) + "," + day("2025-10-25", "truth", 0))));
  EXPECT_FALSE(newest_zero(history("")));
}

TEST(VerdictWatch, WhatIsNoHistoryIsRefused) {
  for (const char* text :
       {"", "[]", "{}", "{\"history\":5}", "{\"history\":[5]}", "{\"history\":[{}]}",
        "{\"history\":[{\"processing_date\":1,\"stage\":2,\"final_score\":\"x\"}]}"}) {
    EXPECT_THROW(newest_zero(text), Error) << text;
  }
}

// The miner and a validator at once.
class Both : public http::Handler {
 public:
  std::optional<http::Response> answer_now(http::Request& /*request*/) override {
    return std::nullopt;
  }
  http::Response answer(http::Request& request) override {
    const bool is_info = request.target == "/v1/info";
    if (!is_info && request.target != "/miners/5F/history") return {.status = 404};
    return {.body = std::make_shared<std::string>(is_info ? "{\"hotkey\":\"5F\"}"
                                                          : history(day("2025-10-26", "day", 0)))};
  }
};

TEST(VerdictWatch, AZeroIsToldOnce) {
  Both both;
  http::test::Served server(both);
  std::mutex mutex;
  std::condition_variable told;
  std::vector<DayEvent> events;
  VerdictWatch watch([&](const DayEvent& event) {
    const std::lock_guard lock(mutex);
    events.push_back(event);
    told.notify_all();
  });
  const std::string url = server.url();
  watch.configure({{url + "/"}, url, "bitcoin"});
  std::unique_lock lock(mutex);
  told.wait(lock, [&] { return !events.empty(); });
  EXPECT_EQ(events[0].event, "verdict.zero");
  EXPECT_EQ(events[0].network, "bitcoin");
  EXPECT_EQ(events[0].processing_date, "2025-10-26");
  EXPECT_THAT(events[0].reason, HasSubstr(url + "/validation/2025-10-26/5F"));
  lock.unlock();
  watch.configure({{url + "/", url + "/none"}, url, "bitcoin"});  // asked again, with another one
  watch.configure({});
  lock.lock();
  EXPECT_EQ(events.size(), 1U);
}

}  // namespace
}  // namespace aml::service
