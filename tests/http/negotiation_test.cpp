#include "http/negotiation.h"

#include <gtest/gtest.h>

#include <array>

namespace aml::http {
namespace {

constexpr std::array<std::string_view, 3> kOffered{"application/json", "application/x-ndjson",
                                                   "application/vnd.apache.parquet"};

std::string type(std::string_view accept) {
  return std::string(choose_type(accept, kOffered).value_or("none"));
}

std::string encoding(std::string_view accept_encoding) {
  return std::string(choose_encoding(accept_encoding).value_or("none"));
}

TEST(Negotiation, GivesJsonWhereNothingElseIsAsked) {
  EXPECT_EQ(type(""), "application/json");
  EXPECT_EQ(type(" \t"), "application/json");
  EXPECT_EQ(type("*/*"), "application/json");
  EXPECT_EQ(type("application/*"), "application/json");
  EXPECT_EQ(type("text/html,application/xhtml+xml,*/*;q=0.8"), "application/json");
}

TEST(Negotiation, FollowsWeightsAndSpecificity) {
  EXPECT_EQ(type("application/x-ndjson"), "application/x-ndjson");
  EXPECT_EQ(type("Application/X-NDJSON ; charset=utf-8"), "application/x-ndjson");
  EXPECT_EQ(type("application/json;q=0.5, application/vnd.apache.parquet"),
            "application/vnd.apache.parquet");
  EXPECT_EQ(type("*/*, application/json;q=0"), "application/x-ndjson");
  EXPECT_EQ(type("application/*;q=0.2, application/x-ndjson;q=0.1"), "application/json");
  EXPECT_EQ(type("application/json;q=0.001"), "application/json");
}

TEST(Negotiation, FindsNothingWhereNothingFits) {
  EXPECT_EQ(type("text/html"), "none");
  EXPECT_EQ(type("application/json;q=0"), "none");
  EXPECT_EQ(type("application/json;q=2"), "none");  // malformed, so passed over
  EXPECT_EQ(type(";;,,q=1,/"), "none");
  EXPECT_EQ(type("application*"), "none");
}

TEST(Negotiation, CompressesWhereThatIsWelcome) {
  EXPECT_EQ(encoding(""), "identity");
  EXPECT_EQ(encoding("gzip, deflate, br, zstd"), "zstd");
  EXPECT_EQ(encoding("gzip, deflate"), "gzip");
  EXPECT_EQ(encoding("x-gzip"), "gzip");
  EXPECT_EQ(encoding("ZSTD;Q=0.5, gzip;q=0.9"), "gzip");
  EXPECT_EQ(encoding("*"), "zstd");
  EXPECT_EQ(encoding("*, zstd;q=0"), "gzip");
}

TEST(Negotiation, SendsPlainBytesWhereTheyAreLiked) {
  EXPECT_EQ(encoding("identity"), "identity");
  EXPECT_EQ(encoding("br"), "identity");
  EXPECT_EQ(encoding("gzip;q=0"), "identity");
  EXPECT_EQ(encoding("gzip;q=0.5, identity"), "identity");
  EXPECT_EQ(encoding("identity;q=0"), "none");
  EXPECT_EQ(encoding("*;q=0"), "none");
  EXPECT_EQ(encoding("br, *;q=0"), "none");
}

TEST(Negotiation, ComparesTagsWeakly) {
  EXPECT_TRUE(matches_etag("\"a\"", "\"a\""));
  EXPECT_TRUE(matches_etag("W/\"a\"", "\"a\""));
  EXPECT_TRUE(matches_etag("\"x\", W/\"y,z\" , \"a\"", "\"a\""));
  EXPECT_TRUE(matches_etag(" * ", "\"a\""));
  EXPECT_FALSE(matches_etag("", "\"a\""));
  EXPECT_FALSE(matches_etag("\"b\"", "\"a\""));
  EXPECT_FALSE(matches_etag("a", "\"a\""));
  EXPECT_FALSE(matches_etag("\"a", "\"a\""));
}

}  // namespace
}  // namespace aml::http
