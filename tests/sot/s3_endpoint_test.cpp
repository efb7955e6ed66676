#include "sot/s3_endpoint.h"

#include <gmock/gmock.h>

#include "base/error.h"

namespace aml::sot {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string sent(const std::string& text) {
  const S3Endpoint endpoint = parse_endpoint(text, "S3_ENDPOINT");
  return endpoint.scheme + "://" + endpoint.authority() + endpoint.base_path;
}

std::string refusal(const std::string& text) {
  try {
    return "accepted as " + sent(text);
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::usage);
    return e.what();
  }
}

TEST(S3Endpoint, LeavesThePortOfTheSchemeOut) {
  EXPECT_EQ(sent("http://host:80"), "http://host");
  EXPECT_EQ(sent("https://host:443"), "https://host");
  EXPECT_EQ(sent("http://host:443"), "http://host:443");
  EXPECT_EQ(sent("https://host:80"), "https://host:80");
  EXPECT_EQ(sent("http://host:080"), "http://host");
  EXPECT_EQ(sent("http://127.0.0.1:9000"), "http://127.0.0.1:9000");
}

TEST(S3Endpoint, IsInOneForm) {
  EXPECT_EQ(sent("HTTP://S3.Example.COM/"), "http://s3.example.com");
  EXPECT_EQ(sent("http://host:9000/s3/gate//"), "http://host:9000/s3/gate");
  EXPECT_EQ(sent("http://host/a b/+%20"), "http://host/a%20b/%2B%20");
}

TEST(S3Endpoint, MayBeAnIpv6Address) {
  EXPECT_EQ(sent("http://[::1]:9000"), "http://[::1]:9000");
  EXPECT_EQ(sent("https://[::1]:443/"), "https://[::1]");
  EXPECT_TRUE(parse_endpoint("http://[::1]", "S3_ENDPOINT").is_address());
  EXPECT_TRUE(parse_endpoint("http://127.0.0.1:9000", "S3_ENDPOINT").is_address());
  EXPECT_FALSE(parse_endpoint("http://localhost", "S3_ENDPOINT").is_address());
}

TEST(S3Endpoint, RefusesWhatIsNoAddress) {
  for (const char* text :
       {"", "host", "127.0.0.1:9000", "http://", "http:///x", "ftp://host", "http://host:0x",
        "http://host:70000", "http://host?x=1", "http://host#x", "http://a b/", "http://[::1"}) {
    EXPECT_THAT(refusal(text), HasSubstr("S3_ENDPOINT")) << text;
  }
}

TEST(S3Endpoint, DoesNotRepeatAPassword) {
  for (const char* text :
       {"http://user:geheim@host", "ftp://user:geheim@host", "user:geheim@host"}) {
    EXPECT_THAT(refusal(text), Not(HasSubstr("geheim"))) << text;
  }
}

}  // namespace
}  // namespace aml::sot
