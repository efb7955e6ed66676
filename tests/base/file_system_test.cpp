#include "base/file_system.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "base/path_identity.h"
#include "scratch_folder.h"

namespace aml {
namespace {

namespace fs = std::filesystem;

// Only our own error, with the path in its sentence, may come out of anything that is asked of a
// file system.
void expect_refused(const fs::path& path, const std::function<void()>& ask) {
  try {
    ask();
    FAIL() << "not refused: " << path.string().substr(0, 60);
  } catch (const Error& e) {
    EXPECT_NE(e.kind(), ErrorKind::internal);
    EXPECT_NE(std::string(e.what()).find(path.filename().string()), std::string::npos) << e.what();
  }
}

TEST(FileSystem, ANameOfThreeHundredLettersIsOurError) {
  const test::ScratchFolder scratch;
  const fs::path path = scratch / std::string(300, 'x');
  expect_refused(path, [&] { path_exists(path); });
  expect_refused(path, [&] { is_folder(path); });
  expect_refused(path, [&] { is_link(path); });
  expect_refused(path, [&] { list_folder(path); });
  expect_refused(path, [&] { make_folders(path); });
  expect_refused(path, [&] { rename_path(scratch.path(), path); });
  expect_refused(path, [&] { remove_tree(path); });
  expect_refused(path, [&] { follow_links(path); });
  expect_refused(path, [&] { is_below(path, scratch.path()); });
  expect_refused(path, [&] { changed_at(path); });
  EXPECT_FALSE(is_reachable_folder(path));
  EXPECT_TRUE(list_folder_if_possible(path).empty());
  EXPECT_NO_THROW(try_remove_tree(path));
}

TEST(FileSystem, LinksInACircleAreOurError) {
  const test::ScratchFolder scratch;
  const fs::path path = scratch / "round";
  fs::create_symlink("round", path);
  expect_refused(path, [&] { path_exists(path); });
  expect_refused(path, [&] { follow_links(path); });
  expect_refused(path, [&] { list_folder(path); });
  EXPECT_TRUE(is_link(path));
}

TEST(FileSystem, FortyLinksInARowAreFollowedAndNoMore) {
  const test::ScratchFolder scratch;
  write_file_atomically(scratch / "0", "");
  for (int i = 1; i <= 41; ++i) {
    fs::create_symlink(std::to_string(i - 1), scratch / std::to_string(i));
  }
  EXPECT_EQ(follow_links(scratch / "40"), scratch / "0");
  expect_refused(scratch / "1", [&] { follow_links(scratch / "41"); });
}

TEST(FileSystem, TheFolderOfABareNameIsThere) {
  make_folders(std::filesystem::path("name").parent_path());
}

TEST(FileSystem, WhatIsNotThereIsNotThere) {
  const test::ScratchFolder scratch;
  write_file_atomically(scratch / "file", "");
  for (const fs::path& path : {scratch / "nothing", scratch / "file/below"}) {
    EXPECT_FALSE(path_exists(path));
    EXPECT_FALSE(is_folder(path));
    EXPECT_FALSE(is_link(path));
    EXPECT_FALSE(is_mount_point(path));
    EXPECT_NO_THROW(remove_tree(path));
  }
  fs::create_symlink("nothing", scratch / "dangling");
  EXPECT_FALSE(path_exists(scratch / "dangling"));
  EXPECT_TRUE(is_link(scratch / "dangling"));
  EXPECT_EQ(follow_links(scratch / "dangling"), scratch / "nothing");
}

TEST(FileSystem, RemovingALinkKeepsWhatItLeadsTo) {
  const test::ScratchFolder scratch;
  make_folders(scratch / "kept/deep");
  fs::create_directory_symlink("kept", scratch / "link");
  remove_tree(scratch / "link");
  EXPECT_TRUE(is_folder(scratch / "kept/deep"));
}

TEST(FileSystem, ALinkMayLeadOutOfARoot) {
  const test::ScratchFolder scratch;
  make_folders(scratch / "root/inner");
  make_folders(scratch / "root-beside");
  fs::create_directory_symlink("../root-beside", scratch / "root/out");
  fs::create_directory_symlink("inner", scratch / "root/in");
  fs::create_directory_symlink("root", scratch / "alias");
  EXPECT_TRUE(is_below(scratch / "root/in", scratch / "root"));
  EXPECT_TRUE(is_below(scratch / "alias/inner", scratch / "root"));
  EXPECT_TRUE(is_below(scratch / "root/inner", scratch / "alias"));
  EXPECT_FALSE(is_below(scratch / "root/out", scratch / "root"));
  EXPECT_FALSE(is_below(scratch / "root-beside", scratch / "root"));
}

TEST(FileSystem, AbsolutePathsEndWithAName) {
  EXPECT_EQ(absolute_path("/a/./b/../c/"), "/a/c");
  EXPECT_EQ(absolute_path("/"), "/");
  EXPECT_EQ(absolute_path("x/"), fs::current_path() / "x");
  EXPECT_EQ(absolute_path("/../a/.."), "/");
}

TEST(FileSystem, BehindALinkTwoDotsLeadWhereTheSystemSays) {
  const test::ScratchFolder scratch;
  make_folders(scratch / "data/x/y");
  fs::create_directory_symlink("data/x", scratch / "first");
  fs::create_directory_symlink("first", scratch / "link");
  fs::create_directory_symlink("nowhere", scratch / "dangling");
  EXPECT_EQ(absolute_path(scratch / "link/../new"), scratch / "data/new");
  EXPECT_EQ(absolute_path(scratch / "link/y/../new/"), scratch / "link/new");
  EXPECT_EQ(absolute_path(scratch / "link/y/../../new"), scratch / "data/new");
  EXPECT_EQ(absolute_path(scratch / "dangling/../new"), scratch / "new");
  EXPECT_EQ(absolute_path(scratch / "link"), scratch / "link");
  EXPECT_TRUE(would_lie_in(scratch / "link/../new", scratch / "data"));
  EXPECT_FALSE(would_lie_in(scratch / "link/../new", scratch / "new"));
}

TEST(FileSystem, HiddenSiblingsOfLongNamesDiffer) {
  EXPECT_EQ(hidden_sibling("/a/b", ".staging"), "/a/.b.staging");
  const std::string longest(255, 'x');
  const fs::path one = hidden_sibling("/a/" + longest, ".staging");
  const fs::path other = hidden_sibling("/a/" + longest.substr(1) + "y", ".staging");
  EXPECT_LE(one.filename().string().size(), longest.size());
  EXPECT_NE(one, other);
}

TEST(FileSystem, ProcIsAMountPointAndAFolderInItIsNone) {
  EXPECT_TRUE(is_mount_point("/proc"));
  EXPECT_FALSE(is_mount_point("/proc/self"));
}

}  // namespace
}  // namespace aml
