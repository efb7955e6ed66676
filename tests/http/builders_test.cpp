#include "http/builders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/threads.h"

namespace aml::http {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// One builder thread that is busy until told otherwise.
class BuildersTest : public ::testing::Test {
 protected:
  BuildersTest() {
    builders_.emplace(1, 3);
    std::promise<void> begun;
    builders_->post({.run =
                         [this, &begun] {
                           begun.set_value();
                           go_on_.get_future().wait();
                         },
                     .drop = [] {}});
    begun.get_future().wait();
  }
  // Notes by its name whether it was run or dropped.
  Task task(const std::string& name, const std::string& client = "", int priority = 0) {
    return {.priority = priority,
            .client = client,
            .run = [this, name] { run_.push_back(name); },
            .drop = [this, name] { dropped_.push_back(name); }};
  }
  bool post(const std::string& name, const std::string& client = "", int priority = 0) {
    return builders_->post(task(name, client, priority));
  }
  void finish() {
    go_on_.set_value();
    builders_.reset();
  }
  std::promise<void> go_on_;
  std::vector<std::string> run_;
  std::vector<std::string> dropped_;
  std::optional<Builders> builders_;
};

TEST_F(BuildersTest, TakeHigherPrioritiesFirst) {
  post("1", "", 1);
  post("5", "", 5);
  post("1 too", "", 1);
  finish();
  EXPECT_THAT(run_, ElementsAre("5", "1", "1 too"));
}

TEST_F(BuildersTest, RefuseMoreThanMayWait) {
  for (const char* name : {"a", "b", "c"}) EXPECT_TRUE(post(name));
  EXPECT_FALSE(post("d", "", 9));
  Task more = task("more");
  more.goes_on = true;
  EXPECT_TRUE(builders_->post(more)) << "what has begun goes on";
  finish();
  EXPECT_THAT(run_, ElementsAre("a", "b", "c", "more"));
  EXPECT_THAT(dropped_, IsEmpty());
}

TEST_F(BuildersTest, GiveEachClientItsTurn) {
  post("a1", "a");
  post("a2", "a");
  post("b1", "b");
  finish();
  EXPECT_THAT(run_, ElementsAre("a1", "b1", "a2"));
}

TEST_F(BuildersTest, MakeRoomForWhoHasLessWaiting) {
  post("a1", "a");
  post("a2", "a");
  post("a3", "a");
  EXPECT_FALSE(post("a4", "a")) << "of its own";
  EXPECT_TRUE(post("b1", "b"));
  EXPECT_THAT(dropped_, ElementsAre("a3"));
  EXPECT_FALSE(post("b2", "b")) << "it would have as much as the other";
  EXPECT_FALSE(post("b3", "b", 5)) << "whatever its priority";
  EXPECT_FALSE(post("a5", "a"));
  finish();
  EXPECT_THAT(run_, ElementsAre("a1", "b1", "a2"));
}

TEST_F(BuildersTest, SkipWhatNobodyWaitsFor) {
  std::stop_source gone;
  Task unwanted = task("unwanted");
  unwanted.gone = gone.get_token();
  builders_->post(unwanted);
  post("wanted");
  gone.request_stop();
  finish();
  EXPECT_THAT(run_, ElementsAre("wanted"));
  EXPECT_THAT(dropped_, ElementsAre("unwanted"));
}

TEST_F(BuildersTest, TellWhatIsUnderWayThatNobodyWaits) {
  std::stop_source gone;
  builders_->post({.gone = gone.get_token(),
                   .run =
                       [&] {
                         EXPECT_FALSE(stop_requested());
                         gone.request_stop();
                         EXPECT_TRUE(stop_requested());
                         run_.push_back("seen");
                       },
                   .drop = [] {}});
  finish();
  EXPECT_THAT(run_, ElementsAre("seen"));
}

TEST_F(BuildersTest, DropAtTheEndWhatHasNotBegun) {
  post("waits", "a");
  Task more = task("goes on", "b");
  more.goes_on = true;
  builders_->post(more);
  builders_->stop();
  EXPECT_THAT(dropped_, ElementsAre("waits"));
  EXPECT_FALSE(post("comes later", "c")) << "the thread is busy";
  finish();
  EXPECT_THAT(run_, ElementsAre("goes on"));
}

TEST(Builders, TakeAtTheEndWhatBeginsAtOnce) {
  Builders builders(1, 3);
  ASSERT_TRUE(builders.wait_until_idle(10s));
  builders.stop();
  std::promise<void> run;
  EXPECT_TRUE(builders.post({.run = [&] { run.set_value(); }, .drop = [] {}}));
  run.get_future().wait();
}

TEST(Builders, DropNothingAtTheEndThatAnIdleThreadIsAboutToBegin) {
  for (int i = 0; i < 500; ++i) {
    std::atomic<int> run = 0;
    std::atomic<int> dropped = 0;
    {
      Builders builders(2, 3);
      ASSERT_TRUE(builders.wait_until_idle(10s));
      builders.post({.run = [&] { ++run; }, .drop = [&] { ++dropped; }});
      builders.stop();
    }
    ASSERT_EQ(std::make_pair(run.load(), dropped.load()), std::make_pair(1, 0)) << i;
  }
}

TEST(Builders, EndWhatIsUnderWayWhenCancelled) {
  Builders builders(2, 3);
  std::promise<void> begun;
  builders.post({.run =
                     [&] {
                       begun.set_value();
                       while (!stop_requested()) std::this_thread::yield();
                     },
                 .drop = [] {}});
  begun.get_future().wait();
  EXPECT_FALSE(builders.wait_until_idle(1ms));
  builders.cancel();
  EXPECT_TRUE(builders.wait_until_idle(60s));
  bool is_dropped = false;
  EXPECT_FALSE(builders.post({.run = [] {}, .drop = [&] { is_dropped = true; }}));
  EXPECT_FALSE(is_dropped) << "it was not taken";
}

}  // namespace
}  // namespace aml::http
