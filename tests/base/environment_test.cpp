#include "base/environment.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

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

TEST(EnvFile, NeedNotExistAndMayBeAFolder) {
  const test::ScratchFolder scratch;
  EXPECT_TRUE(load_env_file("/nowhere/.env").empty());
  EXPECT_TRUE(load_env_file(scratch.path()).empty());  // as a Python environment often is
}

TEST(EnvFile, RefusesWhatIsTooLongForSettings) {
  const test::ScratchFolder scratch;
  write_file_atomically(scratch / ".env", "A=" + std::string(1'048'577, 'x'));
  EXPECT_THROW(load_env_file(scratch / ".env"), Error);
}

TEST(EnvFile, TakesTheLaterOfTwoLines) {
  const test::ScratchFolder scratch;
  ::unsetenv("AML_TEST_TWICE");
  write_file_atomically(scratch / ".env", "AML_TEST_TWICE=1\nAML_TEST_TWICE=2\n");
  EXPECT_EQ(load_env_file(scratch / ".env").size(), 2U);
  EXPECT_EQ(environment("AML_TEST_TWICE"), "2");
}

struct ValueCase {
  const char* text;
  const char* value;
};

class EnvValue : public testing::TestWithParam<ValueCase> {};

TEST_P(EnvValue, IsReadAsOtherReadersDo) {
  const std::vector<EnvSetting> settings = parse_env_file(GetParam().text, ".env");
  ASSERT_EQ(settings.size(), 1U) << GetParam().text;
  EXPECT_EQ(settings[0].name, "A");
  EXPECT_EQ(settings[0].value, GetParam().value) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Plain, EnvValue,
    testing::Values(ValueCase{"A=b", "b"}, ValueCase{"A=b # comment", "b"},
                    ValueCase{"A=b\t#comment", "b"}, ValueCase{"A=b#c", "b#c"},
                    ValueCase{"A=#b", "#b"}, ValueCase{"A= # comment", ""}, ValueCase{"A=", ""},
                    ValueCase{"  A = b c  ", "b c"}, ValueCase{"export A=b", "b"},
                    ValueCase{"\texport\t A=b", "b"}, ValueCase{"A=b=c==", "b=c=="},
                    ValueCase{"A=b\r\n", "b"}, ValueCase{"# A=c\r\n\r\nA=b # d\r\n", "b"},
                    ValueCase{"\xEF\xBB\xBF"
                              "A=b\n",
                              "b"},
                    ValueCase{"A=it's \"so\"", "it's \"so\""}, ValueCase{"A=\\n$B", "\\n$B"}));

INSTANTIATE_TEST_SUITE_P(
    Quoted, EnvValue,
    testing::Values(ValueCase{"A=\"b\"", "b"}, ValueCase{"A='b'", "b"}, ValueCase{"A=\"\"", ""},
                    ValueCase{"A=\"b\" # comment", "b"}, ValueCase{"A='b'# comment", "b"},
                    ValueCase{"A=\"b # c\"  ", "b # c"}, ValueCase{"A=' b '\r\n", " b "},
                    ValueCase{R"(A="b\n\t\"c\"\\\$D\x")", "b\n\t\"c\"\\$D\\x"},
                    ValueCase{R"(A='b\n\\ it\'s "c"')", R"(b\n\\ it's "c")"},
                    ValueCase{"A=\"it's\"", "it's"}, ValueCase{"A=\"b\nc\"\n", "b\nc"},
                    ValueCase{"A='b\n# c\n'\n# d\n", "b\n# c\n"}));

TEST(EnvFile, KnowsTheLinesOfItsSettings) {
  const auto settings = parse_env_file("\r\nA='1\r\n2'\r\n# c\r\nB=3\nC=4", ".env");
  ASSERT_EQ(settings.size(), 3U);
  EXPECT_EQ(settings[0].line, 2);
  EXPECT_EQ(settings[1].line, 5);
  EXPECT_EQ(settings[2].line, 6);
}

struct BadCase {
  const char* text;
  const char* says;
};

class BadEnvFile : public testing::TestWithParam<BadCase> {};

TEST_P(BadEnvFile, IsRefusedByLineWithoutBeingQuoted) {
  try {
    parse_env_file(GetParam().text, ".env");
    FAIL() << "accepted";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::usage);
    EXPECT_NE(std::string(e.what()).find(GetParam().says), std::string::npos) << e.what();
    EXPECT_EQ(std::string(e.what()).find("secret"), std::string::npos) << e.what();
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, BadEnvFile,
    testing::Values(BadCase{"A=1\nmy secret without equals\n", ".env:2: expected NAME=value"},
                    BadCase{"A-secret=1", ".env:1: expected NAME=value"},
                    BadCase{"=secret", ".env:1: expected"}, BadCase{"export =secret", ".env:1: "},
                    BadCase{"A=1\nB=\"secret\nC=1\n", ".env:2: the quote \" is not closed"},
                    BadCase{"A='secret", ".env:1: the quote ' is not closed"},
                    BadCase{"A=1\n\nB=\"a\" secret", ".env:3: text stands behind"}));

TEST(EnvFile, MustBePlainText) {
  EXPECT_THROW(parse_env_file(std::string_view("\xFF\xFE"
                                               "A\0=\0",
                                               6),
                              ".env"),
               Error);
}

}  // namespace
}  // namespace aml
