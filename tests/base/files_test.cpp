#include "base/files.h"

#include <gtest/gtest.h>

#include <iterator>
#include <string>

#include "base/error.h"
#include "scratch_folder.h"

namespace aml {
namespace {

TEST(Files, AnAtomicWriteReplacesAndLeavesNothingElse) {
  const test::ScratchFolder scratch;
  write_file_atomically(scratch / "a", "old");
  write_file_atomically(scratch / "a", std::string("new\0bytes", 9));
  EXPECT_EQ(read_file(scratch / "a"), std::string("new\0bytes", 9));
  const std::filesystem::directory_iterator entries(scratch.path());
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 1);
}

TEST(Files, AMissingFileIsNamed) {
  try {
    read_file("/nowhere/at/all");
    FAIL() << "read";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::not_found);
    EXPECT_NE(std::string(e.what()).find("/nowhere/at/all"), std::string::npos);
  }
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
