#include "base/threads.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <memory>
#include <thread>
#include <vector>

#include "base/error.h"
#include "sanitizers.h"

namespace aml {
namespace {

TEST(ParallelBlocks, VisitEveryItemOnce) {
  for (const int threads : {1, 2, 4}) {
    std::vector<int> visits(1000, 0);
    parallel_blocks(visits.size(), 7, threads, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) ++visits[i];
    });
    EXPECT_EQ(visits, std::vector<int>(1000, 1));
  }
}

TEST(ParallelBlocks, NothingToDoIsFine) {
  parallel_blocks(0, 10, 4, [](std::size_t, std::size_t) { FAIL(); });
}

TEST(ParallelBlocks, HandOnTheFirstFailure) {
  EXPECT_THROW(parallel_blocks(100, 1, 4,
                               [](std::size_t begin, std::size_t) {
                                 if (begin == 50) throw Error(ErrorKind::bad_input, "row 50");
                               }),
               Error);
}

TEST(ParallelBlocks, PassOnTheStopScope) {
  std::atomic<bool> is_stopped{false};
  const StopScope scope(std::make_shared<StopQuestion>([&] { return is_stopped.load(); }));
  std::atomic<int> blocks{0};
  EXPECT_THROW(parallel_blocks(1000, 1, 4,
                               [&](std::size_t, std::size_t) {
                                 if (++blocks == 100) is_stopped = true;
                                 throw_if_stop_requested();
                               }),
               Error);
  EXPECT_LT(blocks, 1000);
}

TEST(StopScope, AsksTheInnermostOnly) {
  EXPECT_FALSE(stop_requested());
  const auto answer = [](bool yes) {
    return std::make_shared<StopQuestion>([yes] { return yes; });
  };
  const StopScope outer(answer(true));
  EXPECT_TRUE(stop_requested());
  {
    const StopScope inner(answer(false));
    EXPECT_FALSE(stop_requested());
  }
  EXPECT_TRUE(stop_requested());
  std::thread([] { EXPECT_FALSE(stop_requested()); }).join();
}

constexpr bool kIsSanitized = test::kAddressSanitizer || test::kThreadSanitizer;

// Where the system gives no more threads, as little room for addresses does here.
void use_up_threads() {
  rlimit room{};
  std::ifstream sizes("/proc/self/statm");
  sizes >> room.rlim_cur;
  constexpr rlim_t kFew = 64 << 20;
  room.rlim_cur = room.rlim_max = room.rlim_cur * static_cast<rlim_t>(::getpagesize()) + kFew;
  ::setrlimit(RLIMIT_AS, &room);
}

TEST(Threads, AreMissedInASentence) {
  if (kIsSanitized) GTEST_SKIP() << "sanitizers need the room";
  const auto start_many = [] {
    use_up_threads();
    std::vector<std::jthread> threads;
    try {
      while (true) {
        threads.push_back(start_thread([](const std::stop_token& stop) {
          while (!stop.stop_requested()) std::this_thread::yield();
        }));
      }
    } catch (const Error& e) {
      ::_exit(e.kind() == ErrorKind::unavailable ? 0 : 1);
    }
  };
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(start_many(), testing::ExitedWithCode(0), "");
}

TEST(Threads, AreFewerForBlocksWhereThereAreNoMore) {
  if (kIsSanitized) GTEST_SKIP() << "sanitizers need the room";
  const auto work = [] {
    use_up_threads();
    std::atomic<int> visits{0};
    parallel_blocks(1000, 1, 1000, [&](std::size_t, std::size_t) { ++visits; });
    ::_exit(visits == 1000 ? 0 : 1);
  };
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(work(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace aml
