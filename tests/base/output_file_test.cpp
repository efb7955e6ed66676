#include "base/output_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <future>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "sanitizers.h"
#include "scratch_folder.h"

namespace aml {
namespace {

namespace fs = std::filesystem;

mode_t mode_of(const fs::path& path) {
  struct stat status{};
  EXPECT_EQ(::lstat(path.c_str(), &status), 0);
  return status.st_mode;
}

std::string refusal(const fs::path& path, ErrorKind kind, OutputOptions options = {}) {
  try {
    const OutputFile file(path, options);
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), kind) << e.what();
    return e.what();
  }
  ADD_FAILURE() << path << " was not refused";
  return "";
}

TEST(OutputFile, ReplacesAndLeavesNothingElse) {
  const test::ScratchFolder scratch;
  write_file_atomically(scratch / "a", "old");
  write_file_atomically(scratch / "a", std::string("new\0bytes", 9));
  EXPECT_EQ(read_file(scratch / "a"), std::string("new\0bytes", 9));
  EXPECT_EQ(list_folder(scratch.path()).size(), 1u);
}

TEST(OutputFile, LeavesTheOldFileUntilItIsPublished) {
  const test::ScratchFolder scratch;
  write_file_atomically(scratch / "a", "old");
  {
    OutputFile file(scratch / "a");
    file.write("new");
    EXPECT_EQ(read_file(scratch / "a"), "old");
  }
  EXPECT_EQ(read_file(scratch / "a"), "old");
  EXPECT_EQ(list_folder(scratch.path()).size(), 1u);
}

TEST(OutputFile, ASymbolicLinkStaysOneAndItsTargetGetsTheBytes) {
  const test::ScratchFolder scratch;
  make_folders(scratch / "deep");
  write_file_atomically(scratch / "deep/target", "old");
  fs::create_symlink("deep/target", scratch / "link");
  fs::create_symlink("link", scratch / "second");
  fs::create_symlink("deep/none-yet", scratch / "dangling");
  write_file_atomically(scratch / "second", "new");
  write_file_atomically(scratch / "dangling", "first");
  EXPECT_TRUE(is_link(scratch / "second") && is_link(scratch / "link"));
  EXPECT_TRUE(is_link(scratch / "dangling"));
  EXPECT_EQ(read_file(scratch / "deep/target"), "new");
  EXPECT_EQ(read_file(scratch / "deep/none-yet"), "first");
  EXPECT_EQ(list_folder(scratch / "deep").size(), 2u);
}

TEST(OutputFile, ALinkToNowhereIsRefusedBeforeAnyWork) {
  const test::ScratchFolder scratch;
  fs::create_symlink("nowhere/file", scratch / "link");
  fs::create_symlink("round", scratch / "round");
  refusal(scratch / "link", ErrorKind::not_found);
  refusal(scratch / "round", ErrorKind::bad_input);
}

TEST(OutputFile, AReplacedFileKeepsItsModeAndNewOnesFollowTheUmask) {
  const test::ScratchFolder scratch;
  for (const mode_t mode : {0600, 0640, 0664, 0666, 0444}) {
    write_file_atomically(scratch / "a", "old");
    ASSERT_EQ(::chmod((scratch / "a").c_str(), mode), 0);
    const OutputFile file(scratch / "a");
    EXPECT_EQ(mode_of(file.path()) & 0777, mode);  // nor does the file aside show what is private
    write_file_atomically(scratch / "a", "new");
    EXPECT_EQ(mode_of(scratch / "a") & 0777, mode);
    remove_tree(scratch / "a");
  }
  const mode_t before = ::umask(027);
  write_file_atomically(scratch / "shared", "");
  write_file_atomically(scratch / "secret", "", {.access = Access::owner});
  ::umask(0);
  write_file_atomically(scratch / "secret, too", "", {.access = Access::owner});
  ::umask(before);
  EXPECT_EQ(mode_of(scratch / "shared") & 0777, 0640u);
  EXPECT_EQ(mode_of(scratch / "secret") & 0777, 0600u);
  EXPECT_EQ(mode_of(scratch / "secret, too") & 0777, 0600u);
}

TEST(OutputFile, APipeGetsTheBytesAndStaysOne) {
  const test::ScratchFolder scratch;
  const fs::path pipe = scratch / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const std::string bytes(1'000'000, 'x');  // more than a pipe holds
  auto reader = std::async(std::launch::async, [&] {
    std::ifstream file(pipe, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  });
  write_file_atomically(pipe, bytes);
  EXPECT_EQ(reader.get(), bytes);
  EXPECT_TRUE(S_ISFIFO(mode_of(pipe)));
}

TEST(OutputFile, APipeThatNobodyReadsIsRefused) {
  const test::ScratchFolder scratch;
  ASSERT_EQ(::mkfifo((scratch / "pipe").c_str(), 0600), 0);
  EXPECT_NE(refusal(scratch / "pipe", ErrorKind::usage).find("nobody reads"), std::string::npos);
  EXPECT_TRUE(S_ISFIFO(mode_of(scratch / "pipe")));
}

// On devices of our own: were they replaced, the machine would not miss them.
TEST(OutputFile, ADeviceStaysOne) {
  const test::ScratchFolder scratch;
  const auto device = [&](const char* name, unsigned minor) {
    const bool is_made = ::mknod((scratch / name).c_str(), S_IFCHR | 0666, makedev(1, minor)) == 0;
    return is_made && Descriptor(::open((scratch / name).c_str(), O_WRONLY)).is_open();
  };
  if (!device("null", 3) || !device("full", 7)) GTEST_SKIP() << "no devices can be made here";
  write_file_atomically(scratch / "null", "bytes");
  EXPECT_TRUE(S_ISCHR(mode_of(scratch / "null")));
  try {
    write_file_atomically(scratch / "full", "bytes");
    FAIL() << "written";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::no_space);
  }
  EXPECT_TRUE(S_ISCHR(mode_of(scratch / "full")));
}

TEST(OutputFile, FoldersSocketsAndDisksAreRefused) {
  const test::ScratchFolder scratch;
  const fs::path socket = scratch / "socket";
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  std::strncpy(address.sun_path, socket.c_str(), sizeof address.sun_path - 1);
  const Descriptor server(::socket(AF_UNIX, SOCK_STREAM, 0));
  ASSERT_EQ(::bind(server.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  refusal(scratch.path(), ErrorKind::usage);
  refusal(scratch / "", ErrorKind::usage);
  refusal(socket, ErrorKind::usage);
  EXPECT_TRUE(S_ISSOCK(mode_of(socket)));
  if (::mknod((scratch / "disk").c_str(), S_IFBLK | 0600, makedev(7, 250)) == 0) {
    refusal(scratch / "disk", ErrorKind::usage);
  }
}

TEST(OutputFile, AnOpenDescriptorIsWrittenWhereItStands) {
  const test::ScratchFolder scratch;
  const fs::path path = scratch / "log";
  {
    const Descriptor log(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600));
    write_all(log, "before ", path);
    write_file_atomically("/dev/fd/" + std::to_string(log.get()), "result ");
    fs::create_symlink("/proc/self/fd/" + std::to_string(log.get()), scratch / "link");
    write_file_atomically(scratch / "link", "second ");
    write_all(log, "after", path);
  }
  EXPECT_EQ(read_file(path), "before result second after");
  EXPECT_EQ(list_folder(scratch.path()).size(), 2u);
}

TEST(OutputFile, MissingFoldersAndLongNamesAreNamed) {
  const test::ScratchFolder scratch;
  EXPECT_NE(refusal(scratch / "none/a", ErrorKind::not_found).find("folder"), std::string::npos);
  refusal(scratch / std::string(300, 'x'), ErrorKind::usage);
  write_file_atomically(scratch / std::string(255, 'x'), "fits");
  EXPECT_EQ(read_file(scratch / std::string(255, 'x')), "fits");
  EXPECT_EQ(list_folder(scratch.path()).size(), 1u);
}

TEST(OutputFile, NeverOverAnotherWhereThatIsAsked) {
  const test::ScratchFolder scratch;
  const OutputOptions fresh{.access = Access::owner, .replace = false};
  OutputFile first(scratch / "key", fresh);
  first.write("first");
  write_file_atomically(scratch / "key", "meanwhile");
  try {
    first.publish();
    FAIL() << "replaced";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::usage);
  }
  refusal(scratch / "key", ErrorKind::usage, fresh);
  EXPECT_EQ(read_file(scratch / "key"), "meanwhile");
  write_file_atomically(scratch / "other", "new", fresh);
  EXPECT_EQ(read_file(scratch / "other"), "new");
}

TEST(OutputFile, TheNextWriterClearsWhatAKilledOneLeft) {
  if (!test::kCanFork) GTEST_SKIP() << "this build cannot fork";
  const test::ScratchFolder scratch;
  const pid_t child = ::fork();
  if (child == 0) {
    OutputFile file(scratch / "a");
    file.write("a part");
    ::_exit(0);  // as if it were killed
  }
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  ASSERT_EQ(list_folder(scratch.path()).size(), 1u);
  write_file_atomically(scratch / "a", "whole");
  EXPECT_EQ(read_file(scratch / "a"), "whole");
  EXPECT_EQ(list_folder(scratch.path()).size(), 1u);
}

TEST(OutputFile, ManyWritersAtATimeLeaveOneOfTheirFiles) {
  const test::ScratchFolder scratch;
  std::vector<std::jthread> writers;
  for (int i = 0; i < 8; ++i) {
    writers.emplace_back([&, letter = static_cast<char>('a' + i)] {
      for (int round = 0; round < 20; ++round) {
        write_file_atomically(scratch / "file", std::string(10'000, letter));
      }
    });
  }
  writers.clear();
  const std::string bytes = read_file(scratch / "file");
  EXPECT_EQ(bytes, std::string(10'000, bytes.at(0)));
  EXPECT_EQ(list_folder(scratch.path()).size(), 1u);
}

TEST(OutputFile, OfMoreWritersAtATimeThanThereMayBeIsRefused) {
  const test::ScratchFolder scratch;
  std::vector<std::unique_ptr<OutputFile>> writers;
  for (int i = 0; i < 64; ++i) writers.push_back(std::make_unique<OutputFile>(scratch / "file"));
  EXPECT_NE(refusal(scratch / "file", ErrorKind::unavailable).find("64 other processes"),
            std::string::npos);
  writers.pop_back();
  writers.push_back(std::make_unique<OutputFile>(scratch / "file"));
  writers.back()->write("bytes");
  writers.back()->publish();
  writers.clear();
  EXPECT_EQ(read_file(scratch / "file"), "bytes");
  EXPECT_EQ(list_folder(scratch.path()).size(), 1u);
}

TEST(OutputFile, LinksInPlaceOfTheFileAsideAreNotFollowed) {
  const test::ScratchFolder scratch;
  write_file_atomically(scratch / "victim", "untouched");
  fs::create_symlink("victim", scratch / ".a.partial");
  write_file_atomically(scratch / "a", "bytes");
  EXPECT_EQ(read_file(scratch / "victim"), "untouched");
  EXPECT_EQ(read_file(scratch / "a"), "bytes");
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(scratch / "a")));
}

}  // namespace
}  // namespace aml
