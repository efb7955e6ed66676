#include "sot/known_since.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "scratch_folder.h"

namespace aml::sot {
namespace {

using test::ScratchFolder;

TEST(KnownSince, IsReadAsItWasWritten) {
  const ScratchFolder folder;
  const auto file = folder.path() / "labels.parquet";
  EXPECT_EQ(read_known_since(file), std::nullopt);
  write_known_since(file, 1762142706);
  EXPECT_EQ(read_file(known_since_path(file)), "2025-11-03T04:05:06Z\n");
  EXPECT_EQ(read_known_since(file), 1762142706);
}

TEST(KnownSince, RefusesOtherText) {
  const ScratchFolder folder;
  const auto file = folder.path() / "labels.csv";
  for (const std::string& text : {std::string("yesterday"), std::string(), std::string(65, ' ')}) {
    write_file_atomically(known_since_path(file), text);
    EXPECT_THROW(read_known_since(file), Error) << text;
  }
}

TEST(KnownSince, KnowsDaysAndTimes) {
  EXPECT_EQ(parse_time("1970-01-02"), 86400);
  for (const char* text : {"1970-01-02T01:02:03Z", "1970-01-02 01:02:03", "1970-01-02T01:02:03.5Z",
                           "1970-01-02T01:02:03+00:00"}) {
    EXPECT_EQ(parse_time(text), 86400 + 3723) << text;
  }
  for (const char* text : {"", "1970-01", "1970-02-30", "1970-01-02T24:00:00Z", "1970-01-02T",
                           "1970-01-02T01:02", "1970-01-02T01:02:03+02:00"}) {
    EXPECT_EQ(parse_time(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace aml::sot
