#include "validator/storing_thread.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

namespace aml::validator {
namespace {

using namespace std::chrono_literals;

TEST(StoringThread, DoesAllInOrderBesideWhoeverAsks) {
  std::vector<int> done;
  std::promise<void> open;
  const auto gate = open.get_future().share();
  StoringThread storing;
  for (int i = 0; i < 100; ++i) {
    storing.add([&done, gate, i] {
      gate.wait();
      done.push_back(i);
    });
  }
  open.set_value();  // all of it was taken before any of it was done
  storing.finish();
  ASSERT_EQ(done.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(done[static_cast<std::size_t>(i)], i);
}

TEST(StoringThread, TellsWhatFailedAndDoesNoMore) {
  bool went_on = false;
  StoringThread storing;
  std::promise<void> open;
  const auto gate = open.get_future().share();
  storing.add([gate] {
    gate.wait();
    throw std::runtime_error("the disk is full");
  });
  storing.add([&] { went_on = true; });
  open.set_value();
  EXPECT_THROW(storing.finish(), std::runtime_error);
  EXPECT_THROW(storing.add([] {}), std::runtime_error);
  EXPECT_FALSE(went_on);
}

TEST(StoringThread, FinishesWhatItWasGivenWhenItGoes) {
  int done = 0;
  {
    StoringThread storing;
    for (int i = 0; i < 10; ++i) storing.add([&] { ++done; });
  }
  EXPECT_EQ(done, 10);
}

}  // namespace
}  // namespace aml::validator
