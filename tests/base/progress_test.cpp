#include "base/progress.h"

#include <gtest/gtest.h>

namespace aml {
namespace {

TEST(Progress, FitsANarrowTerminal) {
  for (const char* what : {"train", "score alerts", "a name that is far longer than others"}) {
    for (const double share : {0.0, 0.004, 0.5, 0.999, 1.0, 2.0}) {
      for (const char* rate : {"0", "999", "1.2M", "999.9GB"}) {
        for (const char* left : {"0s", "59m59s", "99h59m"}) {
          const std::string line = progress_line(what, share, rate, left);
          EXPECT_LT(line.size(), kProgressColumns) << line;
        }
      }
    }
  }
  EXPECT_EQ(progress_line("score alerts", 0.5, "12.5k", "3s"),
            "score alerts [======       ]  50% 12.5k/s 3s left");
}

}  // namespace
}  // namespace aml
