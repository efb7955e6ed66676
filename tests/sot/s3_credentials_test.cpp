#include "sot/s3_credentials.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <map>

#include "base/error.h"
#include "base/files.h"
#include "scratch_folder.h"

namespace aml::sot {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ThrowsMessage;

constexpr const char* kNames[] = {"S3_ACCESS_KEY",
                                  "S3_SECRET_KEY",
                                  "S3_SESSION_TOKEN",
                                  "AWS_ACCESS_KEY_ID",
                                  "AWS_SECRET_ACCESS_KEY",
                                  "AWS_SESSION_TOKEN",
                                  "AWS_PROFILE",
                                  "AWS_SHARED_CREDENTIALS_FILE",
                                  "HOME"};

// The settings of one test, and no others.
class CredentialsOf : public ::testing::Test {
 protected:
  CredentialsOf() {
    for (const char* name : kNames) {
      if (const char* value = std::getenv(name)) before_[name] = value;
      ::unsetenv(name);
    }
  }
  ~CredentialsOf() override {
    for (const char* name : kNames) {
      ::unsetenv(name);
      if (before_.contains(name)) ::setenv(name, before_[name].c_str(), 1);
    }
  }

  static std::optional<S3Credentials> read(const std::map<std::string, std::string>& settings) {
    for (const char* name : kNames) ::unsetenv(name);
    for (const auto& [name, value] : settings) ::setenv(name.c_str(), value.c_str(), 1);
    return s3_credentials_from_environment();
  }

  static std::string refusal(const std::map<std::string, std::string>& settings) {
    try {
      return read(settings) ? "accepted" : "anonymous";
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::usage) << e.what();
      return e.what();
    }
  }

  std::string file(const std::string& name, const std::string& text) {
    const auto path = scratch_ / name;
    write_file_atomically(path, text);
    return path.string();
  }

  test::ScratchFolder scratch_;
  std::map<std::string, std::string> before_;
};

TEST_F(CredentialsOf, AreNoneWhereNoneAreNamed) {
  EXPECT_EQ(refusal({}), "anonymous");
  EXPECT_EQ(refusal({{"HOME", scratch_.path().string()}}), "anonymous");
  EXPECT_EQ(refusal({{"AWS_SHARED_CREDENTIALS_FILE", "/dev/null"}}), "anonymous");
}

TEST_F(CredentialsOf, ComeFromOneFamily) {
  const auto found = read({{"S3_ACCESS_KEY", "a"},
                           {"S3_SECRET_KEY", "b"},
                           {"AWS_ACCESS_KEY_ID", "c"},
                           {"AWS_SESSION_TOKEN", "d"}});
  EXPECT_EQ(found->access_key, "a");
  EXPECT_EQ(found->session_token, "");
}

TEST_F(CredentialsOf, AreNotHalf) {
  EXPECT_THAT(refusal({{"S3_ACCESS_KEY", "a"}}), HasSubstr("S3_SECRET_KEY is not"));
  EXPECT_THAT(refusal({{"S3_SECRET_KEY", "a"}}), HasSubstr("S3_ACCESS_KEY is not"));
  EXPECT_THAT(refusal({{"S3_SESSION_TOKEN", "a"}}), HasSubstr("S3_SESSION_TOKEN is set but"));
  EXPECT_THAT(refusal({{"AWS_SECRET_ACCESS_KEY", "a"}}), HasSubstr("AWS_ACCESS_KEY_ID is not"));
  EXPECT_THAT(refusal({{"AWS_SESSION_TOKEN", "a"}}), HasSubstr("AWS_SESSION_TOKEN is set but"));
}

TEST_F(CredentialsOf, HoldNoBlanks) {
  EXPECT_THAT(refusal({{"S3_ACCESS_KEY", "a"}, {"S3_SECRET_KEY", "b\nHost: x"}}),
              HasSubstr("S3_SECRET_KEY holds"));
  EXPECT_THAT(refusal({{"S3_ACCESS_KEY", "a "}, {"S3_SECRET_KEY", "b"}}),
              HasSubstr("S3_ACCESS_KEY holds"));
}

TEST_F(CredentialsOf, ComeFromAProfile) {
  const std::string path =
      file("credentials",
           "; comment\n[default]\naws_access_key_id = a\naws_secret_access_key=b=\n"
           "[ miner ]\r\nAWS_ACCESS_KEY_ID = c\r\naws_secret_access_key = d\r\naws_session_token = "
           "e\r\n");
  EXPECT_EQ(read({{"AWS_SHARED_CREDENTIALS_FILE", path}})->secret_key, "b=");
  const auto miner = read({{"AWS_SHARED_CREDENTIALS_FILE", path}, {"AWS_PROFILE", "miner"}});
  EXPECT_EQ(miner->access_key, "c");
  EXPECT_EQ(miner->session_token, "e");
}

TEST_F(CredentialsOf, ComeFromWhatAnEditorMarked) {
  const std::string keys = "[default]\r\naws_access_key_id = a\r\naws_secret_access_key = b\r\n";
  const std::string path = file("credentials", "\xEF\xBB\xBF" + keys);
  EXPECT_EQ(read({{"AWS_SHARED_CREDENTIALS_FILE", path}})->secret_key, "b");
  std::string wide = "\xFF\xFE";  // UTF-16, little-endian
  for (const char c : keys) wide += {c, '\0'};
  const std::string wide_path = file("wide", wide);
  EXPECT_THAT([&] { read({{"AWS_SHARED_CREDENTIALS_FILE", wide_path}}); },
              ThrowsMessage<Error>(HasSubstr("UTF-8")));
}

TEST_F(CredentialsOf, StandInAProfile) {
  const std::string path =
      file("credentials", "aws_access_key_id = a\naws_secret_access_key = b\n");
  EXPECT_THAT(refusal({{"AWS_SHARED_CREDENTIALS_FILE", path}}), HasSubstr("[default]"));
  EXPECT_THAT(refusal({{"AWS_SHARED_CREDENTIALS_FILE", path}}), Not(HasSubstr("anonymous")));
}

TEST_F(CredentialsOf, AreThereWhereTheyAreNamed) {
  const std::string path =
      file("credentials", "[half]\naws_access_key_id = a\n[token]\naws_session_token = t\n");
  const std::string missing = (scratch_ / "nope").string();
  EXPECT_THAT(refusal({{"AWS_SHARED_CREDENTIALS_FILE", missing}}),
              AllOf(HasSubstr("AWS_SHARED_CREDENTIALS_FILE"), HasSubstr(missing)));
  EXPECT_THAT(refusal({{"AWS_PROFILE", "x"}}), HasSubstr("AWS_PROFILE is 'x'"));
  EXPECT_THAT(refusal({{"AWS_PROFILE", "x"}, {"HOME", scratch_.path().string()}}),
              HasSubstr(".aws/credentials"));
  EXPECT_THAT(refusal({{"AWS_PROFILE", "x"}, {"AWS_SHARED_CREDENTIALS_FILE", path}}),
              AllOf(HasSubstr("no profile [x]"), HasSubstr("[half], [token]")));
  EXPECT_THAT(refusal({{"AWS_PROFILE", "x"}, {"AWS_SHARED_CREDENTIALS_FILE", "/dev/null"}}),
              HasSubstr("no profile [x]"));
  EXPECT_THAT(refusal({{"AWS_SHARED_CREDENTIALS_FILE", path}}), HasSubstr("no profile [default]"));
  EXPECT_THAT(refusal({{"AWS_PROFILE", "half"}, {"AWS_SHARED_CREDENTIALS_FILE", path}}),
              HasSubstr("has no aws_secret_access_key"));
  EXPECT_THAT(refusal({{"AWS_PROFILE", "token"}, {"AWS_SHARED_CREDENTIALS_FILE", path}}),
              HasSubstr("has no aws_access_key_id"));
  EXPECT_THAT(refusal({{"AWS_SHARED_CREDENTIALS_FILE", scratch_.path().string()}}),
              HasSubstr("is a folder"));
  EXPECT_THROW(read({{"AWS_SHARED_CREDENTIALS_FILE", "/dev/zero"}}), Error);
}

}  // namespace
}  // namespace aml::sot
