#include "service/verdict_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "../base/scratch_folder.h"
#include "../http/running_server.h"
#include "base/date.h"
#include "base/error.h"
#include "base/files.h"

namespace aml::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string day(const char* date, const char* stage, double score) {
  return std::string("{\"processing_date\":\"") + date + "\",\"stage\":\"" + stage +
         "\",\"final_score\":" + std::to_string(score) + "}";
}

std::string history(const std::string& days) {
  return "{\"hotkey\":\"5F\",\"history\":[" + days + "]}";
}

std::vector<std::string> zeros_in(const std::string& days) {
  std::vector<std::string> zeros;
  for (const DayVerdict& verdict : newest_verdicts(history(days))) {
    if (verdict.is_zero) zeros.push_back(verdict.processing_date + " " + verdict.stage);
  }
  return zeros;
}

TEST(VerdictWatch, ReadsTheVerdictsOfTheNewestDays) {
  EXPECT_THAT(zeros_in(day("2025-10-26", "day", 0) + "," + day("2025-10-25", "truth", 0) + "," +
                       day("2025-10-27", "day", 1)),
              ElementsAre("2025-10-25 truth", "2025-10-26 day"));
  EXPECT_THAT(newest_verdicts(history("")), IsEmpty());
  EXPECT_THAT(zeros_in(R"({"processing_date":"2025-10-26","stage":"day","final_score":0,)"
                       R"("set_aside":true})"),
              IsEmpty());
  std::string many = day("2025-01-01", "day", 0);
  for (std::size_t i = 0; i < 3 * kMostVerdictDays; ++i) {
    const std::string date =
        Date(std::chrono::year(2025) / 2 / 1).plus_days(static_cast<int>(i % 61)).text();
    many += "," + day(date.c_str(), i % 2 == 0 ? "day" : "truth", 0);
  }
  const auto verdicts = newest_verdicts(history(many));
  EXPECT_LE(verdicts.size(), 2 * kMostVerdictDays);
  EXPECT_EQ(verdicts.front().processing_date, "2025-02-02");
  EXPECT_EQ(verdicts.back().processing_date, "2025-04-02");
}

TEST(VerdictWatch, WhatIsNoHistoryIsRefused) {
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{}"), std::string("{\"history\":5}"),
        history("5"), history("{}"),
        history("{\"processing_date\":1,\"stage\":2,\"final_score\":\"x\"}"),
        history(day("../../2025-10-26", "day", 0)), history(day("2025-02-30", "day", 0)),
        history(day("2025-10-26", "", 0)),
        history(day("2025-10-26", std::string(1 << 20, 'x').c_str(), 0))}) {
    EXPECT_THROW(newest_verdicts(text), Error) << text.substr(0, 200);
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
    ++(is_info ? asked_ : histories_);
    return {.body = std::make_shared<std::string>(is_info ? info_ : history(days()))};
  }
  void wait_for_info() const {
    while (asked_ == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }

  int histories() const { return histories_; }

  std::string days() {
    const std::lock_guard lock(mutex_);
    return days_;
  }
  void answer_with(const std::string& days) {
    const std::lock_guard lock(mutex_);
    days_ = days;
  }

  std::string info_ = "{\"hotkey\":\"5F\"}";

 private:
  std::atomic<int> asked_ = 0;
  std::atomic<int> histories_ = 0;
  std::mutex mutex_;
  std::string days_ = day("2025-10-26", "day", 0);
};

// Who is told, and takes it or not.
class Receiver {
 public:
  VerdictWatch::Tell tell() {
    return [this](const DayEvent& event, const std::function<void(bool)>& told) {
      told(takes_);
      const std::lock_guard lock(mutex_);
      events_.push_back(event);
      changed_.notify_all();
    };
  }
  void take(bool takes) { takes_ = takes; }
  std::vector<DayEvent> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return events_.size() >= count; });
    return events_;
  }
  std::vector<std::string> days() {
    std::vector<std::string> days;
    for (const DayEvent& event : wait_for(0)) days.push_back(event.processing_date);
    return days;
  }

 private:
  std::atomic<bool> takes_ = true;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<DayEvent> events_;
};

// Lets the watch ask once more, and waits until the validator was asked.
void ask_again(VerdictWatch& watch, const Both& both, const std::string& url, const char* network,
               const std::filesystem::path& file = {}) {
  const int before = both.histories();
  watch.configure({{url}, network, file}, [url] { return url; });
  while (both.histories() == before) std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

TEST(VerdictWatch, AZeroIsToldOnce) {
  Both both;
  http::test::Served server(both);
  Receiver receiver;
  {
    VerdictWatch watch(receiver.tell());
    const std::string url = server.url();
    watch.configure({{url + "/"}, "bitcoin"}, [&] { return url; });
    const DayEvent event = receiver.wait_for(1)[0];
    EXPECT_EQ(event.event, "verdict.zero");
    EXPECT_EQ(event.network, "bitcoin");
    EXPECT_EQ(event.processing_date, "2025-10-26");
    EXPECT_THAT(event.reason, HasSubstr(url + "/validation/2025-10-26/5F"));
    for (const char* network : {"tron", "bitcoin"}) ask_again(watch, both, url, network);
  }  // which waits for what it does
  EXPECT_EQ(receiver.days().size(), 1U);
}

TEST(VerdictWatch, AZeroThatNobodyGotIsToldAgain) {
  const test::ScratchFolder folder;
  const std::filesystem::path file = folder.path() / kToldVerdictsFile;
  Both both;
  http::test::Served server(both);
  const std::string url = server.url();
  Receiver receiver;
  receiver.take(false);
  for (std::size_t times = 1; times <= 2; ++times) {  // also after a restart
    VerdictWatch watch(receiver.tell());
    watch.configure({{url}, "bitcoin", file}, [&] { return url; });
    receiver.wait_for(times);
    EXPECT_THAT(read_told_verdicts(file).at(url + " 5F"), IsEmpty());
  }
  receiver.take(true);
  {
    VerdictWatch watch(receiver.tell());
    watch.configure({{url}, "bitcoin", file}, [&] { return url; });
    receiver.wait_for(3);
    ask_again(watch, both, url, "tron", file);
  }
  EXPECT_EQ(receiver.days().size(), 3U);
  EXPECT_THAT(read_told_verdicts(file).at(url + " 5F"), ElementsAre("2025-10-26/day"));
}

TEST(VerdictWatch, TellsOfAnEarlierDayWhoseTruthBringsAZero) {
  Both both;
  http::test::Served server(both);
  Receiver receiver;
  VerdictWatch watch(receiver.tell());
  const std::string url = server.url();
  both.answer_with(day("2025-10-01", "truth", 0) + "," + day("2025-10-05", "day", 9) + "," +
                   day("2025-10-26", "day", 0));
  watch.configure({{url}, "bitcoin"}, [&] { return url; });
  receiver.wait_for(1);
  both.answer_with(day("2025-10-01", "truth", 0) + "," + day("2025-10-05", "truth", 0) + "," +
                   day("2025-10-26", "day", 0));
  watch.configure({{url}, "tron"}, [&] { return url; });  // asked again
  receiver.wait_for(2);
  EXPECT_THAT(receiver.days(), ElementsAre("2025-10-26", "2025-10-05"));
}

// What a watch that begins with this file tells of what a validator says.
std::vector<std::string> told_after_start(const std::filesystem::path& file, const std::string& url,
                                          const Both& both) {
  Receiver receiver;
  {
    VerdictWatch watch(receiver.tell());
    const int before = both.histories();
    watch.configure({{url}, "bitcoin", file}, [&] { return url; });
    while (both.histories() == before) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }  // which waits for what it does
  return receiver.days();
}

TEST(VerdictWatch, ARestartTellsOfNothingAgainAndOfWhatCameMeanwhile) {
  const test::ScratchFolder folder;
  const std::filesystem::path file = folder.path() / kToldVerdictsFile;
  Both both;
  http::test::Served server(both);
  const std::string url = server.url();
  both.answer_with(day("2025-10-05", "day", 0) + "," + day("2025-10-26", "day", 0));
  EXPECT_THAT(told_after_start(file, url, both), ElementsAre("2025-10-26"));
  EXPECT_THAT(told_after_start(file, url, both), IsEmpty());
  both.answer_with(day("2025-10-05", "day", 9) + "," + day("2025-10-25", "truth", 0) + "," +
                   day("2025-10-26", "day", 0) + "," + day("2025-10-27", "day", 9));
  EXPECT_THAT(told_after_start(file, url, both), ElementsAre("2025-10-25"));
  EXPECT_THAT(told_after_start(file, url, both), IsEmpty());
  // Damaged, or too large: as at first.
  for (const std::string& text : {std::string("{"), std::string("[]"), std::string("{\"a\":5}"),
                                  std::string("\xff"), std::string(kMostToldBytes + 1, ' ')}) {
    write_file_atomically(file, text);
    EXPECT_THAT(read_told_verdicts(file), IsEmpty());
  }
  both.answer_with(day("2025-10-25", "truth", 0) + "," + day("2025-10-26", "day", 0));
  EXPECT_THAT(told_after_start(file, url, both), ElementsAre("2025-10-26"));
  // What cannot be noted is told all the same.
  EXPECT_THAT(told_after_start(file / "below", url, both), ElementsAre("2025-10-26"));
}

TEST(VerdictWatch, FindsAMinerThatHadNoAddressAtFirst) {
  Both both;
  http::test::Served server(both);
  std::atomic<int> asked = 0;
  std::atomic<int> told = 0;
  VerdictWatch watch([&](const DayEvent& /*event*/, const auto& /*told*/) { ++told; });
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
    VerdictWatch watch(
        [](const DayEvent& event, const auto& /*told*/) { ADD_FAILURE() << event.event; });
    const std::string url = server.url();
    watch.configure({{url}, "bitcoin"}, [&] { return url; });
    both.wait_for_info();
  }
}

}  // namespace
}  // namespace aml::service
