#include "sot/retry.h"

#include <gtest/gtest.h>

namespace aml::sot {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

TEST(Backoff, EndsAfterTheLastAttempt) {
  Backoff backoff({3, milliseconds(1), milliseconds(2)});
  EXPECT_TRUE(backoff.wait());
  EXPECT_TRUE(backoff.wait());
  EXPECT_FALSE(backoff.wait());
}

TEST(Backoff, CountsAnewAfterProgress) {
  Backoff backoff({2, milliseconds(1), milliseconds(1)});
  EXPECT_TRUE(backoff.wait());
  backoff.reset();
  EXPECT_TRUE(backoff.wait());
  EXPECT_FALSE(backoff.wait());
}

TEST(Backoff, WaitsAsLongAsTheServiceAsks) {
  Backoff backoff({2, milliseconds(1), milliseconds(1000)});
  const auto start = Clock::now();
  EXPECT_TRUE(backoff.wait(milliseconds(60)));
  EXPECT_GE(Clock::now() - start, milliseconds(60));
}

TEST(Backoff, DoublesItsPausesUpToTheLongest) {
  Backoff backoff({4, milliseconds(20), milliseconds(40)});
  const auto start = Clock::now();
  while (backoff.wait()) {
  }
  // At least half of 20, 40 and again 40 milliseconds.
  EXPECT_GE(Clock::now() - start, milliseconds(50));
}

TEST(Backoff, WaitsNoLongerThanItMayBeAsked) {
  Backoff backoff({2, milliseconds(1), milliseconds(1), milliseconds(20)});
  EXPECT_TRUE(backoff.wait(std::chrono::hours(1)));
}

TEST(Backoff, EndsWhereItHasWaitedLongEnough) {
  Backoff backoff({100, milliseconds(1), milliseconds(1), milliseconds(40), milliseconds(100)});
  EXPECT_TRUE(backoff.wait(milliseconds(40)));
  EXPECT_TRUE(backoff.wait(milliseconds(40)));
  EXPECT_FALSE(backoff.wait(milliseconds(40)));
  backoff.reset();
  EXPECT_TRUE(backoff.wait(milliseconds(40)));
}

}  // namespace
}  // namespace aml::sot
