#include "http/conditional.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace aml::http {
namespace {

std::string field(const Response& response, std::string_view name) {
  const auto found = std::find_if(response.fields.begin(), response.fields.end(),
                                  [&](const auto& f) { return f.first == name; });
  return found == response.fields.end() ? "" : found->second;
}

TEST(Conditional, IsWholeForWhoHasAnother) {
  const Request request{.method = "GET", .target = "/", .fields = {{"If-None-Match", "\"b\""}}};
  const Response response = conditional(
      request,
      Representation{
          .etag = "\"a\"", .cache_control = "max-age=1", .coding = "gzip", .vary = "Accept"});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(field(response, "ETag"), "\"a\"");
  EXPECT_EQ(field(response, "Cache-Control"), "max-age=1");
  EXPECT_EQ(field(response, "Content-Encoding"), "gzip");
  EXPECT_EQ(field(response, "Vary"), "Accept");
}

TEST(Conditional, Is304ForWhoHasIt) {
  const Request request{
      .method = "GET", .target = "/", .fields = {{"If-None-Match", "\"b\", W/\"a\""}}};
  const Response response = conditional(request, Representation{.etag = "\"a\"", .coding = "gzip"});
  EXPECT_EQ(response.status, 304);
  EXPECT_EQ(field(response, "ETag"), "\"a\"");
  EXPECT_EQ(field(response, "Content-Encoding"), "");
  EXPECT_EQ(field(response, "Vary"), "");
}

TEST(Encoded, PacksWhatIsWorthIt) {
  EXPECT_EQ(encoded("short", "gzip").coding, "identity");
  const std::string text(10'000, 'x');
  const Encoded packed = encoded(text, "zstd");
  EXPECT_EQ(packed.coding, "zstd");
  EXPECT_LT(packed.body->size(), 1'000U);
  EXPECT_NE(packed.etag, encoded(text, "identity").etag);
  EXPECT_EQ(packed.etag, encoded(text, "zstd").etag);
  const Request has_it{.method = "GET", .target = "/", .fields = {{"If-None-Match", packed.etag}}};
  EXPECT_EQ(conditional(has_it, packed).status, 304);
  EXPECT_EQ(conditional(has_it, packed).body, nullptr);
  EXPECT_EQ(conditional(Request{}, packed).body, packed.body);
}

}  // namespace
}  // namespace aml::http
