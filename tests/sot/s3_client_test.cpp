#include "sot/s3_client.h"

#include <gtest/gtest.h>

#include <chrono>

#include "base/error.h"
#include "deaf_listener.h"

namespace aml::sot {
namespace {

using namespace std::chrono_literals;

TEST(S3Client, WaitsForAnAnswerAsLongAsItsBytesMayTake) {
  S3Request request;
  EXPECT_EQ(longest_answer(request), 60s);
  request.to_come = 10 << 10;
  EXPECT_EQ(longest_answer(request), 70s);
  request.is_slow = true;
  EXPECT_EQ(longest_answer(request), 10min + 10s);
}

TEST(S3Client, GivesUpWhereNobodyTakesTheConnection) {
  const test::DeafListener deaf;
  S3Settings settings;
  settings.endpoint.scheme = "http";
  settings.endpoint.host = "127.0.0.1";
  settings.endpoint.port = ":" + std::to_string(deaf.port());
  StoreOptions options;
  options.connect_timeout = 100ms;
  options.retry.attempts = 1;
  S3Client client(settings, "bucket", options);
  const auto begin = std::chrono::steady_clock::now();
  try {
    client.send({});
    FAIL() << "somebody answered";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::unavailable) << e.what();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 50s) << "an answer may take a minute";
}

}  // namespace
}  // namespace aml::sot
