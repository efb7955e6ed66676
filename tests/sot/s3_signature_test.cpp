#include "sot/s3_signature.h"

#include <gmock/gmock.h>

#include "base/hash.h"
#include "base/percent.h"

namespace aml::sot {
namespace {

using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::Pair;

// The examples of https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
const S3Credentials kExample{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                             ""};
const auto kExampleTime =
    std::chrono::sys_days(std::chrono::year(2013) / std::chrono::May / 24) + std::chrono::hours(0);

RequestToSign example_request() {
  RequestToSign request;
  request.method = "GET";
  request.host = "examplebucket.s3.amazonaws.com";
  request.path = "/";
  request.payload_sha256 = hash_text(HashKind::sha256, "");
  return request;
}

void expect_signature(const RequestToSign& request, const std::string& signature) {
  EXPECT_THAT(signed_headers(request, kExample, "us-east-1", kExampleTime),
              Contains(Pair("Authorization", EndsWith("Signature=" + signature))));
}

TEST(S3Signature, EqualsAmazonsForAPartOfAnObject) {
  RequestToSign request = example_request();
  request.path = "/test.txt";
  request.headers = {{"range", "bytes=0-9"}};
  expect_signature(request, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(S3Signature, EqualsAmazonsForAnUpload) {
  RequestToSign request = example_request();
  request.method = "PUT";
  request.path = "/" + percent_encoded("test$file.text", true);
  request.headers = {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
                     {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
  request.payload_sha256 = hash_text(HashKind::sha256, "Welcome to Amazon S3.");
  expect_signature(request, "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(S3Signature, EqualsAmazonsForAParameterWithoutValue) {
  RequestToSign request = example_request();
  request.query = canonical_query({{"lifecycle", ""}});
  expect_signature(request, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST(S3Signature, EqualsAmazonsForAList) {
  RequestToSign request = example_request();
  request.query = canonical_query({{"prefix", "J"}, {"max-keys", "2"}});
  expect_signature(request, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(S3Signature, SignsASessionToken) {
  S3Credentials temporary = kExample;
  temporary.session_token = "token";
  const HttpHeaders headers =
      signed_headers(example_request(), temporary, "us-east-1", kExampleTime);
  EXPECT_THAT(headers, Contains(Pair("x-amz-security-token", "token")));
  EXPECT_THAT(headers, Contains(Pair("Authorization",
                                     ::testing::HasSubstr("x-amz-date;x-amz-security-token"))));
}

TEST(S3Signature, EncodesAllButUnreservedCharacters) {
  EXPECT_EQ(percent_encoded("a b/ü+~", true), "a%20b/%C3%BC%2B~");
  EXPECT_EQ(percent_encoded("a/b", false), "a%2Fb");
  EXPECT_EQ(canonical_query({{"b", "x/y"}, {"a", ""}}), "a=&b=x%2Fy");
}

}  // namespace
}  // namespace aml::sot
