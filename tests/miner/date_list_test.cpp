#include "miner/date_list.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/error.h"
#include "base/threads.h"

namespace aml::miner {
namespace {

using namespace std::chrono_literals;

// What it knows once the API was asked, which a slow machine may put off.
DateList::Known first_known(DateList& dates) {
  while (dates.known().failure == DateList::kNotAsked) std::this_thread::yield();
  return dates.known();
}

TEST(DateList, KnowsAtOnceWhatAnApiThatIsThereSays) {
  DateList dates([] { return std::vector<std::string>{"2025-10-26"}; });
  EXPECT_EQ(first_known(dates).dates, std::vector<std::string>{"2025-10-26"});
  EXPECT_EQ(dates.known().failure, "");
}

TEST(DateList, SaysWhyItKnowsNothing) {
  DateList dates(
      []() -> std::vector<std::string> { throw Error(ErrorKind::unavailable, "no API"); });
  EXPECT_TRUE(first_known(dates).dates.empty());
  EXPECT_EQ(dates.known().failure, "no API");
}

// However many ask while the API is slow, they get what was known, and it is asked once.
TEST(DateList, MakesNobodyWaitForASlowApi) {
  std::atomic<int> asked{0};
  DateList dates([&asked] {
    if (++asked > 1) {
      while (true) {
        throw_if_stop_requested();
        std::this_thread::sleep_for(1ms);
      }
    }
    return std::vector<std::string>{"2025-10-26"};
  });
  first_known(dates);
  std::this_thread::sleep_for(DateList::kFreshness + 100ms);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(dates.known().dates, std::vector<std::string>{"2025-10-26"});
  }
  while (asked < 2) std::this_thread::yield();
  dates.known();
  EXPECT_EQ(asked, 2);
}  // and ends though the API does not answer

}  // namespace
}  // namespace aml::miner
