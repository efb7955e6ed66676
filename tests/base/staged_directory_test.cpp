#include "base/staged_directory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "sanitizers.h"
#include "scratch_folder.h"

namespace {

int g_exchange_error = 0;      // what RENAME_EXCHANGE says; 0: it works
int g_calls_until_death = 0;   // renames until the process is killed before one; 0: never
std::string g_refused_rename;  // name that nothing can be renamed to from a staging folder

int rename_or_die(const char* from, const char* to, unsigned flags) {
  if (g_calls_until_death > 0 && --g_calls_until_death == 0) ::raise(SIGKILL);
  if (g_exchange_error != 0 && (flags & RENAME_EXCHANGE) != 0) {
    errno = g_exchange_error;
    return -1;
  }
  const std::string name = std::filesystem::path(to).filename();
  if (name == g_refused_rename && std::string(from).ends_with(".staging")) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags));
}

}  // namespace

// In place of the C library's, for this program alone.
extern "C" int renameat2(int, const char* from, int, const char* to, unsigned flags) noexcept {
  return rename_or_die(from, to, flags);
}
extern "C" int rename(const char* from, const char* to) noexcept {
  return rename_or_die(from, to, 0);
}

namespace aml {
namespace {

namespace fs = std::filesystem;

void write_batch(const fs::path& target, const std::string& text) {
  StagedDirectory staged(target);
  write_file_atomically(staged.path() / "a", text);
  write_file_atomically(staged.path() / "b", text);
  staged.publish();
}

std::vector<std::string> names(const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::path& path : list_folder(folder)) names.push_back(path.filename());
  return names;
}

TEST(StagedDirectory, AppearsWhenPublishedAndNotBefore) {
  const test::ScratchFolder scratch;
  const fs::path target = scratch / "deep/er/2025-10-26";
  StagedDirectory staged(target);
  write_file_atomically(staged.path() / "a", "1");
  EXPECT_FALSE(fs::exists(target));
  staged.publish();
  EXPECT_EQ(read_file(target / "a"), "1");
  EXPECT_FALSE(fs::exists(staged.path()));
}

TEST(StagedDirectory, ReplacesTheWholeOfAPreviousOne) {
  const test::ScratchFolder scratch;
  const fs::path target = scratch / "batch";
  fs::create_directory(target);
  write_file_atomically(target / "old", "1");
  {
    StagedDirectory staged(target);
    write_file_atomically(staged.path() / "new", "2");
    staged.publish();
  }
  EXPECT_FALSE(fs::exists(target / "old"));
  EXPECT_EQ(read_file(target / "new"), "2");
}

TEST(StagedDirectory, LeavesThePreviousOneWhereItIsGivenUp) {
  const test::ScratchFolder scratch;
  const fs::path target = scratch / "batch/";
  fs::create_directory(target);
  write_file_atomically(target / "old", "1");
  {
    StagedDirectory staged(target);
    write_file_atomically(staged.path() / "new", "2");
  }
  EXPECT_EQ(read_file(target / "old"), "1");
  EXPECT_FALSE(fs::exists(scratch / ".batch.staging"));
}

TEST(StagedDirectory, KeepsWorkForALaterRunWhenAsked) {
  const test::ScratchFolder scratch;
  {
    StagedDirectory staged(scratch / "batch", StagedDirectory::Leftovers::keep);
    write_file_atomically(staged.path() / "part", "1");
    staged.keep_for_later();
  }
  {
    const StagedDirectory again(scratch / "batch", StagedDirectory::Leftovers::keep);
    EXPECT_EQ(read_file(again.path() / "part"), "1");
  }
  const StagedDirectory fresh(scratch / "batch");
  EXPECT_FALSE(fs::exists(fresh.path() / "part"));
}

TEST(StagedDirectory, OneWriterAtATime) {
  const test::ScratchFolder scratch;
  const StagedDirectory first(scratch / "batch");
  EXPECT_THROW(StagedDirectory(scratch / "batch"), Error);
  EXPECT_NO_THROW(StagedDirectory(scratch / "other"));
}

TEST(StagedDirectory, ALinkStaysOneAndItsFolderIsReplaced) {
  const test::ScratchFolder scratch;
  fs::create_directories(scratch / "disk/there");
  write_file_atomically(scratch / "disk/there/old", "1");
  fs::create_directory_symlink("disk/there", scratch / "link");
  fs::create_directory_symlink("disk/not-yet", scratch / "dangling");
  for (const char* name : {"link", "dangling"}) {
    StagedDirectory staged(scratch / name);
    write_file_atomically(staged.path() / "new", name);
    staged.publish();
    EXPECT_TRUE(fs::is_symlink(scratch / name));
    EXPECT_EQ(read_file(scratch / name / "new"), name);
  }
  EXPECT_FALSE(fs::exists(scratch / "disk/there/old"));
}

TEST(StagedDirectory, AFileIsNotReplaced) {
  const test::ScratchFolder scratch;
  write_file_atomically(scratch / "file", "mine");
  EXPECT_THROW(StagedDirectory(scratch / "file"), Error);
  EXPECT_EQ(read_file(scratch / "file"), "mine");
}

TEST(StagedDirectory, AMountPointIsRefusedBeforeAnyWork) {
  for (const char* path : {"/proc", "/"}) {
    try {
      const StagedDirectory staged(path);
      FAIL() << "staged";
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::usage);
      EXPECT_NE(std::string(e.what()).find("name a folder in it"), std::string::npos) << e.what();
    }
  }
}

TEST(StagedDirectory, AReplacedFolderKeepsItsMode) {
  const test::ScratchFolder scratch;
  for (const auto mode : {fs::perms(0700), fs::perms(0750), fs::perms(0775)}) {
    fs::create_directories(scratch / "batch");
    fs::permissions(scratch / "batch", mode);
    StagedDirectory staged(scratch / "batch");
    EXPECT_EQ(fs::status(staged.path()).permissions(), mode);
    staged.publish();
    EXPECT_EQ(fs::status(scratch / "batch").permissions(), mode);
  }
}

TEST(StagedDirectory, ANameMayBeAsLongAsTheFileSystemAllows) {
  const test::ScratchFolder scratch;
  const fs::path target = scratch / std::string(255, 'x');
  for (int round = 0; round < 2; ++round) {
    StagedDirectory staged(target);
    write_file_atomically(staged.path() / "a", "1");
    staged.publish();
  }
  EXPECT_EQ(read_file(target / "a"), "1");
  EXPECT_THROW(StagedDirectory(scratch / std::string(256, 'x')), Error);
}

TEST(StagedDirectory, ALinkInPlaceOfTheStagingFolderIsNotFollowed) {
  const test::ScratchFolder scratch;
  fs::create_directory(scratch / "victim");
  fs::create_directory_symlink("victim", scratch / ".batch.staging");
  StagedDirectory staged(scratch / "batch", StagedDirectory::Leftovers::keep);
  write_file_atomically(staged.path() / "a", "1");
  staged.publish();
  EXPECT_TRUE(fs::is_empty(scratch / "victim"));
  EXPECT_FALSE(fs::is_symlink(scratch / "batch"));
}

// A file system that cannot exchange two names, as many network file systems.
class WithoutExchange : public testing::TestWithParam<int> {
 protected:
  WithoutExchange() { g_exchange_error = GetParam(); }
  ~WithoutExchange() override {
    g_exchange_error = 0;
    g_calls_until_death = 0;
  }
};
INSTANTIATE_TEST_SUITE_P(StagedDirectory, WithoutExchange,
                         testing::Values(EINVAL, ENOSYS, EOPNOTSUPP, EPERM));

TEST_P(WithoutExchange, TheOldFolderIsReplacedAllTheSame) {
  const test::ScratchFolder scratch;
  write_batch(scratch / "batch", "old");
  write_batch(scratch / "batch", "new");
  EXPECT_EQ(read_file(scratch / "batch/a"), "new");
  EXPECT_EQ(names(scratch.path()), (std::vector<std::string>{".batch.lock", "batch"}));
}

TEST_P(WithoutExchange, TheOldFolderComesBackWhereTheNewOneCannotTakeItsPlace) {
  const test::ScratchFolder scratch;
  write_batch(scratch / "batch", "old");
  g_refused_rename = "batch";
  EXPECT_THROW(write_batch(scratch / "batch", "new"), Error);
  g_refused_rename.clear();
  EXPECT_EQ(read_file(scratch / "batch/a"), "old");
  EXPECT_EQ(names(scratch.path()), (std::vector<std::string>{".batch.lock", "batch"}));
}

// Killed before each of the names is changed, in turn.
TEST_P(WithoutExchange, AKillAnywhereLosesNeitherAndTheNextRunRepairs) {
  if (!test::kCanFork) GTEST_SKIP() << "this build cannot fork";
  const test::ScratchFolder scratch;
  bool is_done = false;
  for (int death = 1; !is_done; ++death) {
    ASSERT_LT(death, 20);
    fs::remove_all(scratch / "batch");
    write_batch(scratch / "batch", "old");
    const pid_t child = ::fork();
    if (child == 0) {
      g_calls_until_death = death;
      write_batch(scratch / "batch", "new");
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    is_done = WIFEXITED(status);
    EXPECT_TRUE(!is_done || death > 4);  // two files, the exchange, and two names
    StagedDirectory::recover(scratch / "batch");
    const std::string found = read_file(scratch / "batch/a");
    EXPECT_EQ(found, read_file(scratch / "batch/b"));
    EXPECT_TRUE(found == "old" || found == "new") << found;
    write_batch(scratch / "batch", "next");
    EXPECT_EQ(read_file(scratch / "batch/a"), "next");
    EXPECT_EQ(names(scratch.path()), (std::vector<std::string>{".batch.lock", "batch"}));
  }
}

}  // namespace
}  // namespace aml
