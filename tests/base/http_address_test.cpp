#include "base/http_address.h"

#include <gtest/gtest.h>

namespace aml {
namespace {

TEST(HttpAddress, NamesASchemeAndAHost) {
  for (const char* address :
       {"http://localhost", "https://example.org/hook?key=a#b", "HTTP://127.0.0.1:8000/",
        "http://[::1]:8000/api", "https://user:word@example.org/"}) {
    EXPECT_EQ(refuse_http_address(address), "") << address;
  }
  for (const char* address : {"", "localhost:8000", "ftp://example.org", "file:///etc/passwd",
                              "http://", "http:///path", "https://:443/", "http:example.org",
                              "http://a b/", "http://a\nb/", "http://[::1", "ws://example.org"}) {
    EXPECT_NE(refuse_http_address(address), "") << address;
  }
  for (const char* address : {"http://a:0x1", "http://a:65536/", "http://a:b/"}) {
    EXPECT_NE(refuse_http_address(address).find("port"), std::string::npos) << address;
  }
}

TEST(HttpAddress, ToWhichAPathIsAddedEndsWithOne) {
  EXPECT_EQ(refuse_http_base("http://localhost:8000/below/"), "");
  EXPECT_NE(refuse_http_base("http://localhost:8000/?network=bitcoin"), "");
  EXPECT_NE(refuse_http_base("http://localhost:8000/#a"), "");
  EXPECT_NE(refuse_http_base("ftp://localhost"), "");
}

}  // namespace
}  // namespace aml
