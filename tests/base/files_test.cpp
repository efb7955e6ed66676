#include "base/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <string>
#include <thread>

#include "base/error.h"
#include "base/text_file.h"
#include "scratch_folder.h"

namespace aml {
namespace {

TEST(Files, AMissingFileIsNamed) {
  try {
    read_file("/nowhere/at/all");
    FAIL() << "read";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::not_found);
    EXPECT_NE(std::string(e.what()).find("/nowhere/at/all"), std::string::npos);
  }
}

TEST(Files, AFileMayBeTooLong) {
  const test::ScratchFolder scratch;
  write_file_atomically(scratch / "a", "12345");
  EXPECT_EQ(read_file(scratch / "a", 5), "12345");
  EXPECT_THROW(read_file(scratch / "a", 4), Error);
  std::filesystem::resize_file(scratch / "a", kMostReadWhole + 1);
  EXPECT_THROW(read_file(scratch / "a"), Error);
}

TEST(Files, APipeIsReadToItsEnd) {
  const test::ScratchFolder scratch;
  const std::string pipe = (scratch / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const std::string bytes(300'001, 'x');
  std::thread writer([&] {
    const Descriptor end(::open(pipe.c_str(), O_WRONLY | O_CLOEXEC));
    write_all(end, std::string_view(bytes).substr(0, 100'000), pipe);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    write_all(end, std::string_view(bytes).substr(100'000), pipe);
  });
  EXPECT_EQ(read_file(pipe), bytes);
  writer.join();
}

TEST(Files, APipeThatNobodyWritesIsRefused) {
  const test::ScratchFolder scratch;
  ASSERT_EQ(::mkfifo((scratch / "pipe").c_str(), 0600), 0);
  const auto begin = std::chrono::steady_clock::now();
  try {
    read_file(scratch / "pipe");
    FAIL() << "read";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::usage);
    EXPECT_NE(std::string(e.what()).find("nobody writes"), std::string::npos) << e.what();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

TEST(Files, OfAPipeThatWasClosedNothingIsMissing) {
  const test::ScratchFolder scratch;
  const std::string pipe = (scratch / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer([&] { const Descriptor end(::open(pipe.c_str(), O_WRONLY | O_CLOEXEC)); });
  EXPECT_EQ(read_file(pipe), "");
  writer.join();
}

TEST(Files, DevicesAndFoldersAreNone) {
  const test::ScratchFolder scratch;
  EXPECT_EQ(read_file("/dev/null"), "");
  for (const std::filesystem::path& path : {std::filesystem::path("/dev/zero"), scratch.path()}) {
    EXPECT_THROW(read_blocks(path, [](std::string_view) { FAIL() << "read"; }), Error) << path;
  }
}

TEST(Files, ThatLibrariesOpenAreRegular) {
  const test::ScratchFolder scratch;
  write_file_atomically(scratch / "a", "");
  ASSERT_EQ(::mkfifo((scratch / "pipe").c_str(), 0600), 0);
  require_regular_file(scratch / "a");
  for (const auto& path : {scratch / "pipe", scratch / "b", scratch.path()}) {
    EXPECT_THROW(require_regular_file(path), Error) << path;
  }
}

TEST(Files, TextIsWithoutAnEditorsMark) {
  const test::ScratchFolder scratch;
  write_file_atomically(scratch / "a", "\xEF\xBB\xBFtext\r\n");
  EXPECT_EQ(read_text(scratch / "a"), "text\r\n");
  write_file_atomically(scratch / "b", std::string_view("\xFF\xFEt\0", 4));
  EXPECT_THROW(read_text(scratch / "b"), Error);
}

TEST(Files, ACopyIsTheSameBytes) {
  const test::ScratchFolder scratch;
  const std::string bytes(3'000'001, 'x');
  write_file_atomically(scratch / "a", bytes);
  copy_file_atomically(scratch / "a", scratch / "b");
  EXPECT_EQ(read_file(scratch / "b"), bytes);
}

TEST(Files, SizeIsOfRegularFilesOnly) {
  const test::ScratchFolder scratch;
  write_file_atomically(scratch / "a", "12345");
  EXPECT_EQ(file_size_if_exists(scratch / "a"), 5u);
  EXPECT_FALSE(file_size_if_exists(scratch.path()));
  EXPECT_FALSE(file_size_if_exists(scratch / "b"));
}

}  // namespace
}  // namespace aml
