#include "base/files.h"

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"
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
