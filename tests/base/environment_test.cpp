#include "base/environment.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "scratch_folder.h"

namespace aml {
namespace {

TEST(EnvFile, FillsInWhatTheEnvironmentDoesNotSay) {
  const test::ScratchFolder scratch;
  ::setenv("AML_TEST_SET", "mine", 1);
  ::unsetenv("AML_TEST_NEW");
  write_file_atomically(scratch / ".env",
                        "# settings\n\nexport AML_TEST_NEW='a b=c'\nAML_TEST_SET=other\r\n");
  load_env_file(scratch / ".env");
  EXPECT_EQ(environment("AML_TEST_NEW"), "a b=c");
  EXPECT_EQ(environment("AML_TEST_SET"), "mine");
}

TEST(EnvFile, NeedNotExist) { EXPECT_NO_THROW(load_env_file("/nowhere/.env")); }

TEST(EnvFile, NamesTheBadLineWithoutQuotingIt) {
  const test::ScratchFolder scratch;
  write_file_atomically(scratch / ".env", "A=1\nmy secret without equals\n");
  try {
    load_env_file(scratch / ".env");
    FAIL() << "accepted";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::usage);
    EXPECT_NE(std::string(e.what()).find(".env:2"), std::string::npos);
    EXPECT_EQ(std::string(e.what()).find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace aml
