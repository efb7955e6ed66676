#include "api/watch.h"

#include <gtest/gtest.h>

#include <fstream>

#include "../base/scratch_folder.h"

namespace aml::api {
namespace {

namespace fs = std::filesystem;

class WatchTest : public ::testing::Test {
 protected:
  // Whether the generation changed with `step`, at once.
  template <typename Step>
  bool notices(Step step) {
    const auto before = watch_.generation();
    EXPECT_TRUE(before);
    EXPECT_EQ(watch_.generation(), before);
    step();
    return watch_.generation() != before;
  }
  void write(const fs::path& file) { std::ofstream(file) << "x"; }

  test::ScratchFolder folder_;
  Watch watch_{folder_.path()};
};

TEST_F(WatchTest, NoticesBatchesThatComeChangeAndGo) {
  if (!watch_.generation()) GTEST_SKIP() << "changes on this file system cannot be watched";
  const fs::path staging = folder_ / ".2025-10-26.staging";
  const fs::path batch = folder_ / "2025-10-26";
  fs::create_directory(staging);
  write(staging / "metadata.json");
  EXPECT_TRUE(notices([&] { fs::rename(staging, batch); }));
  EXPECT_TRUE(notices([&] { write(batch / "metadata.json"); }));
  EXPECT_TRUE(notices([&] { fs::remove_all(batch); }));
}

TEST_F(WatchTest, FollowsARootThatGoesAndComesAgain) {
  if (!watch_.generation()) GTEST_SKIP() << "changes on this file system cannot be watched";
  const auto before = watch_.generation();
  fs::remove_all(folder_.path());
  EXPECT_FALSE(watch_.generation());
  fs::create_directory(folder_.path());
  EXPECT_NE(watch_.generation(), before);
  EXPECT_TRUE(notices([&] { fs::create_directory(folder_ / "2025-10-26"); }));
}

}  // namespace
}  // namespace aml::api
