#include "base/path_identity.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "scratch_folder.h"

namespace aml {
namespace {

namespace fs = std::filesystem;

class PathIdentity : public ::testing::Test {
 protected:
  void link(const std::string& name, const fs::path& target) {
    fs::create_symlink(target, root_ / name);
  }

  const test::ScratchFolder scratch_;
  const fs::path root_ = fs::canonical(scratch_.path());
};

TEST_F(PathIdentity, LinksAreFollowedWhereverTheyStand) {
  fs::create_directories(root_ / "data/day");
  link("srv", root_ / "data");
  link("data/latest", "day");
  EXPECT_EQ(resolved_path(root_ / "srv/latest/alerts.parquet"), root_ / "data/day/alerts.parquet");
  EXPECT_TRUE(would_lie_in(root_ / "srv/day", root_ / "data"));
  EXPECT_FALSE(would_lie_in(root_ / "srv", root_ / "data/day"));
}

TEST_F(PathIdentity, LinksLeadToWhatIsNotThereYet) {
  link("first", "second");
  link("second", root_ / "out");
  EXPECT_EQ(resolved_path(root_ / "first/truth"), root_ / "out/truth");
  EXPECT_TRUE(would_lie_in(root_ / "first/truth", root_ / "out"));
}

TEST_F(PathIdentity, TwoDotsLeadOutOfWhatALinkLeadsTo) {
  fs::create_directories(root_ / "data/x");
  link("link", root_ / "data/x");
  EXPECT_EQ(resolved_path(root_ / "link/../new.csv"), root_ / "data/new.csv");
  EXPECT_EQ(resolved_path(root_ / "a/./b/../../../../../../../../../../../../x"), fs::path("/x"));
}

TEST_F(PathIdentity, LinksInACircleEnd) {
  link("a", "b");
  link("b", "a");
  EXPECT_FALSE(resolved_path(root_ / "a/c").empty());
}

}  // namespace
}  // namespace aml
