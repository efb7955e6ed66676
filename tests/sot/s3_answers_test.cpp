#include "sot/s3_answers.h"

#include <gmock/gmock.h>

#include "base/error.h"

namespace aml::sot {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

FolderPage page_of(const std::string& inside, const std::string& attributes = "") {
  return parse_folder_page("<?xml version=\"1.0\"?><ListBucketResult" + attributes + ">" + inside +
                               "</ListBucketResult>",
                           "s3://sot/x/");
}

HttpResponse answer(int status, HttpHeaders headers) {
  HttpResponse response;
  response.status = status;
  response.headers = std::move(headers);
  return response;
}

TEST(S3Answers, ListFoldersPageByPage) {
  const FolderPage page = page_of(
      "<IsTruncated>true</IsTruncated><NextContinuationToken>a+/&amp; </NextContinuationToken>"
      "<CommonPrefixes><Prefix>x/a&amp;b/</Prefix></CommonPrefixes>"
      "<CommonPrefixes><Prefix>x/c/</Prefix></CommonPrefixes><Contents><Key>x/d</Key></Contents>",
      " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"");
  EXPECT_THAT(page.names, ElementsAre("x/a&b/", "x/c/", "x/d"));
  EXPECT_TRUE(page.is_truncated);
  EXPECT_EQ(page.next_token, "a+/& ");
}

TEST(S3Answers, SayInMoreThanOneWayThatTheyAreCutOff) {
  const std::string token = "<NextContinuationToken>t</NextContinuationToken>";
  for (const char* truth : {"true", " true\n", "TRUE", "1"}) {
    EXPECT_TRUE(page_of(token + "<IsTruncated>" + truth + "</IsTruncated>").is_truncated) << truth;
  }
  EXPECT_TRUE(page_of(token).is_truncated);
  EXPECT_TRUE(page_of("<NextMarker>x/c/</NextMarker>").is_truncated);
  EXPECT_FALSE(page_of("").is_truncated);
  EXPECT_FALSE(page_of(token + "<IsTruncated> False </IsTruncated>").is_truncated);
  EXPECT_THROW(page_of(token + "<IsTruncated>perhaps</IsTruncated>"), Error);
}

TEST(S3Answers, MayNameTheirNamespace) {
  const FolderPage page = parse_folder_page(
      "<s3:ListBucketResult "
      "xmlns:s3=\"http://s3.amazonaws.com/doc/2006-03-01/\"><s3:CommonPrefixes>"
      "<s3:Prefix>x/</s3:Prefix></s3:CommonPrefixes></s3:ListBucketResult>",
      "s3://sot/");
  EXPECT_THAT(page.names, ElementsAre("x/"));
}

TEST(S3Answers, MayEncodeNames) {
  const FolderPage page = page_of(
      "<EncodingType>url</EncodingType><CommonPrefixes><Prefix>a+b%2Bc%01/</Prefix></"
      "CommonPrefixes>"
      "<CommonPrefixes><Prefix>100%/%zz%4</Prefix></CommonPrefixes><NextMarker>%C3%A9</"
      "NextMarker>");
  EXPECT_THAT(page.names, ElementsAre("a b+c\x01/", "100%/%zz%4"));
  EXPECT_EQ(page.next_marker, "\u00e9");
  EXPECT_THAT(page_of("<CommonPrefixes><Prefix>a+b%20/</Prefix></CommonPrefixes>").names,
              ElementsAre("a+b%20/"));
}

TEST(S3Answers, AreRefusedWhereTheyAreNotS3s) {
  for (const std::string xml :
       {"", "<html>", "{}", "<html></html>", "<ListBucketResult>", "<ListBucketResult></x>"}) {
    EXPECT_THROW(parse_folder_page(xml, "s3://sot/x/"), Error) << xml;
  }
  EXPECT_THROW(parse_upload_id("{}", "s3://sot/x"), Error);
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  EXPECT_THROW(page_of(deep), Error);
}

TEST(S3Answers, CompleteAnUploadWithItsParts) {
  const std::string xml = complete_upload_xml({"\"e1\"", "\"<&\""});
  EXPECT_THAT(xml, HasSubstr("<PartNumber>1</PartNumber><ETag>&quot;e1&quot;</ETag>"));
  EXPECT_THAT(xml, HasSubstr("<PartNumber>2</PartNumber><ETag>&quot;&lt;&amp;&quot;</ETag>"));
}

TEST(S3Answers, BeginAnUploadUnderAnyRoot) {
  for (const std::string root : {"InitiateMultipartUploadResult", "InitiateMultipartUpload"}) {
    EXPECT_EQ(parse_upload_id("<" + root + "><UploadId>x</UploadId></" + root + ">", "s3://sot/x"),
              "x");
  }
}

TEST(S3Answers, SayThatAnUploadIsComplete) {
  const std::string result =
      "<CompleteMultipartUploadResult><ETag>&quot;abc-2&quot;</ETag></"
      "CompleteMultipartUploadResult>";
  EXPECT_EQ(parse_completed_upload(result), "abc-2");
  EXPECT_EQ(parse_completed_upload("  \n \n<?xml version=\"1.0\"?>" + result), "abc-2");
  for (const std::string xml :
       {"", "   ", "<CompleteMultipartUploadResult/>", "<Error><Code>InternalError</Code></Error>",
        "<CompleteMultipartUploadResult><ETag>x</ETag>"}) {
    EXPECT_EQ(parse_completed_upload(xml), std::nullopt) << xml;
  }
}

TEST(S3Answers, TellTheSizeOfAnObject) {
  EXPECT_EQ(object_info("HEAD", answer(200, {{"content-length", "12"}}))->size, 12);
  EXPECT_EQ(
      object_info("GET", answer(206, {{"content-length", "1"}, {"content-range", "bytes 0-0/12"}}))
          ->size,
      12);
  EXPECT_EQ(object_info("GET", answer(416, {{"content-range", "bytes */0"}}))->size, 0);
  EXPECT_EQ(object_info("GET", answer(416, {}))->size, 0);
  EXPECT_FALSE(object_info("HEAD", answer(200, {})));
  EXPECT_FALSE(object_info("HEAD", answer(200, {{"content-length", "12x"}})));
  EXPECT_FALSE(object_info("GET", answer(206, {{"content-range", "bytes 0-0/*"}})));
}

TEST(S3Answers, HaveEtagsOfManyKinds) {
  const std::string md5 = "d41d8cd98f00b204e9800998ecf8427e";
  EXPECT_TRUE(
      object_info("HEAD", answer(200, {{"content-length", "0"}, {"etag", "\"" + md5 + "\""}}))
          ->etag_is_md5);
  EXPECT_FALSE(object_info("HEAD", answer(200, {{"content-length", "0"},
                                                {"etag", "\"" + md5 + "\""},
                                                {"x-amz-server-side-encryption", "aws:kms"}}))
                   ->etag_is_md5);
  EXPECT_EQ(unquoted_etag("W/\"" + md5 + "\""), "W/" + md5);
  EXPECT_FALSE(is_md5_etag("W/" + md5));
  EXPECT_TRUE(is_multipart_etag(md5 + "-12"));
  EXPECT_FALSE(is_multipart_etag(md5));
  EXPECT_FALSE(is_multipart_etag("x-1"));
}

// printf '' | md5sum, twice, as bytes, through md5sum.
TEST(S3Answers, GiveMultipartUploadsTheEtagOfTheirParts) {
  const std::string md5 = "\"d41d8cd98f00b204e9800998ecf8427e\"";
  EXPECT_EQ(multipart_etag({md5, md5}), "5873dd45edd01f09c1ef2e7819369e8e-2");
  EXPECT_EQ(multipart_etag({md5, "\"x\""}), std::nullopt);
}

}  // namespace
}  // namespace aml::sot
