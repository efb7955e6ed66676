#include "sot/s3_answers.h"

#include <gmock/gmock.h>

#include "base/error.h"

namespace aml::sot {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Error error_of(int status, const std::string& body) {
  HttpResponse response;
  response.status = status;
  response.body = body;
  try {
    throw_s3_error(response, "s3://sot/snapshots/x", "sot");
  } catch (const Error& e) {
    return e;
  }
}

std::string xml_error(const std::string& code) {
  return "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code></Error>";
}

TEST(S3Answers, MeanWhatTheirCodeSays) {
  EXPECT_EQ(error_of(404, xml_error("NoSuchBucket")).kind(), ErrorKind::not_found);
  EXPECT_THAT(error_of(404, xml_error("NoSuchBucket")).what(), HasSubstr("no bucket 'sot'"));
  EXPECT_EQ(error_of(403, xml_error("SignatureDoesNotMatch")).kind(), ErrorKind::denied);
  EXPECT_EQ(error_of(400, xml_error("ExpiredToken")).kind(), ErrorKind::denied);
  EXPECT_EQ(error_of(301, xml_error("PermanentRedirect")).kind(), ErrorKind::usage);
}

TEST(S3Answers, MeanWhatTheirStatusSaysWhereThereIsNoCode) {
  EXPECT_EQ(error_of(403, "").kind(), ErrorKind::denied);
  EXPECT_EQ(error_of(404, "<html>").kind(), ErrorKind::not_found);
  EXPECT_EQ(error_of(412, "").kind(), ErrorKind::unavailable);
  EXPECT_EQ(error_of(503, xml_error("SlowDown")).kind(), ErrorKind::unavailable);
  EXPECT_THAT(error_of(503, xml_error("SlowDown")).what(), HasSubstr("SlowDown (503)"));
}

TEST(S3Answers, ListFoldersPageByPage) {
  const FolderPage page = parse_folder_page(
      "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IsTruncated>true"
      "</IsTruncated><NextContinuationToken>abc</NextContinuationToken><CommonPrefixes><Prefix>"
      "x/a&amp;b/</Prefix></CommonPrefixes><CommonPrefixes><Prefix>x/c/</Prefix></CommonPrefixes>"
      "</ListBucketResult>",
      "s3://sot/x/");
  EXPECT_THAT(page.prefixes, ElementsAre("x/a&b/", "x/c/"));
  EXPECT_EQ(page.next_token, "abc");
}

TEST(S3Answers, AreRefusedWhereTheyAreNotS3s) {
  EXPECT_THROW(parse_folder_page("<html>", "s3://sot/x/"), Error);
  EXPECT_THROW(parse_upload_id("{}", "s3://sot/x"), Error);
}

TEST(S3Answers, CompleteAnUploadWithItsParts) {
  const std::string xml = complete_upload_xml({"\"e1\"", "\"e2\""});
  EXPECT_THAT(xml, HasSubstr("<PartNumber>1</PartNumber><ETag>&quot;e1&quot;</ETag>"));
  EXPECT_THAT(xml, HasSubstr("<PartNumber>2</PartNumber>"));
}

}  // namespace
}  // namespace aml::sot
