#include "base/threads.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/error.h"

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

}  // namespace
}  // namespace aml
