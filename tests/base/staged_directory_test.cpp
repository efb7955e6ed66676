#include "base/staged_directory.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "scratch_folder.h"

namespace aml {
namespace {

namespace fs = std::filesystem;

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

TEST(StagedDirectory, ItsNamesAreToldFromBatches) {
  EXPECT_TRUE(is_staging_name("out/.2025-10-26.staging"));
  EXPECT_TRUE(is_staging_name(".2025-10-26.lock"));
  EXPECT_FALSE(is_staging_name("out/2025-10-26"));
}

}  // namespace
}  // namespace aml
