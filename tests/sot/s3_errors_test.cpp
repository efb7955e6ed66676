#include "sot/s3_errors.h"

#include <gmock/gmock.h>

#include <array>
#include <ctime>

#include "base/error.h"

namespace aml::sot {
namespace {

using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

HttpResponse answer(int status, const std::string& body, HttpHeaders headers = {}) {
  HttpResponse response;
  response.status = status;
  response.body = body;
  response.headers = std::move(headers);
  return response;
}

std::string xml_error(const std::string& code, const std::string& more = "") {
  return "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code>" + more + "</Error>";
}

Error error_of(const HttpResponse& response) {
  try {
    throw_s3_error(response, "s3://sot/snapshots/x", "sot");
  } catch (const Error& e) {
    return e;
  }
}

Error error_of(int status, const std::string& body) { return error_of(answer(status, body)); }

TEST(S3Errors, MeanWhatTheirCodeSays) {
  EXPECT_EQ(error_of(404, xml_error("NoSuchBucket")).kind(), ErrorKind::not_found);
  EXPECT_THAT(error_of(404, xml_error("NoSuchBucket")).what(), HasSubstr("no bucket 'sot'"));
  EXPECT_EQ(error_of(403, xml_error("SignatureDoesNotMatch")).kind(), ErrorKind::denied);
  EXPECT_EQ(error_of(400, xml_error("ExpiredToken")).kind(), ErrorKind::denied);
  EXPECT_EQ(error_of(301, xml_error("PermanentRedirect")).kind(), ErrorKind::usage);
}

TEST(S3Errors, MeanWhatTheirStatusSaysWhereThereIsNoCode) {
  EXPECT_EQ(error_of(403, "").kind(), ErrorKind::denied);
  EXPECT_EQ(error_of(404, "<html>").kind(), ErrorKind::not_found);
  EXPECT_EQ(error_of(412, "").kind(), ErrorKind::unavailable);
  EXPECT_EQ(error_of(407, "").kind(), ErrorKind::denied);
  EXPECT_EQ(error_of(500, "<html>").kind(), ErrorKind::unavailable);
}

TEST(S3Errors, NameTheServicesOwnCode) {
  for (const char* code :
       {"AccessDenied", "SignatureDoesNotMatch", "RequestTimeTooSkewed", "NoSuchBucket",
        "NoSuchKey", "SlowDown", "XMinioServerNotInitialized", "InvalidAccessKeyId",
        "EntityTooLarge", "AuthorizationHeaderMalformed", "PermanentRedirect", "NeverHeardOf"}) {
    EXPECT_THAT(error_of(400, xml_error(code)).what(),
                HasSubstr(std::string("(") + code + ", status 400)"));
  }
  EXPECT_THAT(error_of(400, xml_error("Odd", "<Message>do this</Message>")).what(),
              HasSubstr("do this"));
  EXPECT_THAT(
      error_of(400, "<ErrorResponse><Error><Code>Odd</Code></Error></ErrorResponse>").what(),
      HasSubstr("Odd"));
}

TEST(S3Errors, QuoteNothingThatATerminalWouldObey) {
  const std::string said =
      error_of(400, xml_error("\u001b[31m",
                              "<Message>\t\r\n\u0085" + std::string(9999, 'x') + "</Message>"))
          .what();
  EXPECT_THAT(said, AllOf(Not(HasSubstr("\t")), Not(HasSubstr("\n")), Not(HasSubstr("\u0085"))));
  EXPECT_LT(said.size(), 600);
}

TEST(S3Errors, QuoteTheBeginningOfWhatIsLong) {
  const std::string said =
      error_of(400, xml_error("Odd", "<Message>" + std::string(9999, 'x') + "</Message>")).what();
  EXPECT_THAT(said, HasSubstr(std::string(200, 'x')));
  EXPECT_THAT(said, Not(HasSubstr(std::string(201, 'x'))));
}

TEST(S3Errors, NameTheRegionToSet) {
  const HttpHeaders region{{"x-amz-bucket-region", "eu-west-1"}};
  EXPECT_THAT(error_of(answer(301, "", region)).what(), HasSubstr("S3_REGION=eu-west-1"));
  EXPECT_THAT(
      error_of(answer(400, xml_error("AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>")))
          .what(),
      HasSubstr("S3_REGION=eu-west-1"));
  const Error moved =
      error_of(answer(307, xml_error("TemporaryRedirect"), {{"location", "http://elsewhere/x"}}));
  EXPECT_EQ(moved.kind(), ErrorKind::usage);
  EXPECT_THAT(moved.what(), HasSubstr("http://elsewhere/x"));
}

TEST(S3Errors, TellHowWrongTheClockIs) {
  const HttpResponse skewed =
      answer(403, xml_error("RequestTimeTooSkewed"), {{"date", "Sun, 26 Oct 2036 00:00:00 GMT"}});
  EXPECT_THAT(error_of(skewed).what(), AllOf(HasSubstr("behind"), HasSubstr("minutes")));
}

TEST(S3Errors, OfAClockThatIsRightSayThatTheRequestCameLate) {
  const std::time_t now = std::time(nullptr);
  std::array<char, 64> date{};
  std::strftime(date.data(), date.size(), "%a, %d %b %Y %H:%M:%S GMT", std::gmtime(&now));
  const std::string said =
      error_of(answer(403, xml_error("RequestTimeTooSkewed"), {{"date", date.data()}})).what();
  EXPECT_THAT(said, HasSubstr("the request came late"));
  EXPECT_EQ(said.find("minutes"), std::string::npos) << said;
}

TEST(S3Errors, AskToTryAgainWhereItMayHelp) {
  for (const int status : {408, 425, 429, 500, 502, 503, 504, 509, 520, 524}) {
    EXPECT_TRUE(asks_to_try_again(answer(status, ""))) << status;
  }
  for (const int status : {200, 206, 301, 400, 401, 403, 404, 409, 412, 416, 501, 505, 507}) {
    EXPECT_FALSE(asks_to_try_again(answer(status, ""))) << status;
  }
  for (const char* code :
       {"InternalError", "SlowDown", "ServiceUnavailable", "RequestTimeout", "OperationAborted"}) {
    EXPECT_TRUE(asks_to_try_again(answer(200, xml_error(code)))) << code;
    EXPECT_TRUE(asks_to_try_again(answer(400, xml_error(code)))) << code;
  }
  EXPECT_FALSE(asks_to_try_again(answer(403, xml_error("RequestTimeTooSkewed"))));
}

TEST(S3Errors, MayStandInA200) {
  EXPECT_TRUE(is_success(answer(200, "")));
  EXPECT_TRUE(is_success(answer(200, "<ListBucketResult/>")));
  EXPECT_FALSE(is_success(answer(200, "  \n" + xml_error("InternalError"))));
  EXPECT_FALSE(is_success(answer(404, "")));
}

TEST(S3Errors, SayHowLongToWait) {
  EXPECT_EQ(asked_delay(answer(503, "", {{"retry-after", "7"}})), seconds(7));
  EXPECT_EQ(asked_delay(answer(503, "", {{"retry-after", "-7"}})), seconds(0));
  EXPECT_EQ(asked_delay(answer(503, "", {{"retry-after", "7x"}})), std::nullopt);
  EXPECT_EQ(asked_delay(answer(503, "")), std::nullopt);
  EXPECT_EQ(asked_delay(answer(503, "", {{"retry-after", "Sun, 26 Oct 2025 00:00:00 GMT"}})),
            seconds(0));
  EXPECT_GT(asked_delay(answer(503, "", {{"retry-after", "Sun, 26 Oct 2036 00:00:00 GMT"}})),
            seconds(60));
}

}  // namespace
}  // namespace aml::sot
