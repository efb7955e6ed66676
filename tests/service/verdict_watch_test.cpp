#include "service/verdict_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

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
    if (is_info) ++asked_;
    return {.body = std::make_shared<std::string>(is_info ? info_
                                                          : history(day("2025-10-26", "day", 0)))};
  }
  void wait_for_info() const {
    while (asked_ == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }

  std::string info_ = "{\"hotkey\":\"5F\"}";

 private:
  std::atomic<int> asked_ = 0;
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
  watch.configure({{url + "/"}, "bitcoin"}, [&] { return url; });
  std::unique_lock lock(mutex);
  told.wait(lock, [&] { return !events.empty(); });
  EXPECT_EQ(events[0].event, "verdict.zero");
  EXPECT_EQ(events[0].network, "bitcoin");
  EXPECT_EQ(events[0].processing_date, "2025-10-26");
  EXPECT_THAT(events[0].reason, HasSubstr(url + "/validation/2025-10-26/5F"));
  lock.unlock();
  watch.configure({{url + "/", url + "/none"}, "bitcoin"},  // asked again, with another one
                  [&] { return url; });
  watch.configure({});
  lock.lock();
  EXPECT_EQ(events.size(), 1U);
}

TEST(VerdictWatch, FindsAMinerThatHadNoAddressAtFirst) {
  Both both;
  http::test::Served server(both);
  std::atomic<int> asked = 0;
  std::atomic<int> told = 0;
  VerdictWatch watch([&](const DayEvent& /*event*/) { ++told; });
  const std::string url = server.url();
  const auto miner = [&] { return ++asked == 1 ? "http://127.0.0.1:0" : url; };
  watch.configure({{url}, "bitcoin"}, miner);
  while (asked == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  watch.configure({{url, url + "/none"}, "bitcoin"}, miner);
  while (told == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

TEST(VerdictWatch, OutlivesAMinerThatSaysNoHotkey) {
  for (const char* info : {"{\"hotkey\":5}", "{\"hotkey\":null}", "{}", "[]", "5", ""}) {
    Both both;
    both.info_ = info;
    http::test::Served server(both);
    VerdictWatch watch([](const DayEvent& event) { ADD_FAILURE() << event.event; });
    const std::string url = server.url();
    watch.configure({{url}, "bitcoin"}, [&] { return url; });
    both.wait_for_info();
  }
}

}  // namespace
}  // namespace aml::service
