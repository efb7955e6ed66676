#include "base/log.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace aml::log {
namespace {

TEST(Log, AJsonLineHoldsMessageAndTypedFields) {
  configure(Format::json, Level::info);
  testing::internal::CaptureStderr();
  info("say \"hi\"", {{"bytes", 12}, {"ratio", 0.5}, {"done", true}, {"key", "a b"}});
  const auto line = nlohmann::json::parse(testing::internal::GetCapturedStderr());
  EXPECT_EQ(line["message"], "say \"hi\"");
  EXPECT_EQ(line["level"], "info");
  EXPECT_EQ(line["bytes"], 12);
  EXPECT_EQ(line["ratio"], 0.5);
  EXPECT_EQ(line["done"], true);
  EXPECT_EQ(line["key"], "a b");
}

TEST(Log, ATextLineQuotesValuesWithBlanks) {
  configure(Format::text, Level::info);
  testing::internal::CaptureStderr();
  warning("downloaded", {{"key", "a b"}, {"files", 4}});
  const std::string line = testing::internal::GetCapturedStderr();
  EXPECT_NE(line.find("warning downloaded  key=\"a b\" files=4"), std::string::npos) << line;
}

TEST(Log, LinesThatMayWaitKeepTheirOrder) {
  configure(Format::json, Level::info);
  testing::internal::CaptureStderr();
  info_soon("first", {{"path", "/a"}});
  info_soon("second");
  info("third");
  info_soon("fourth");
  flush();
  const std::string lines = testing::internal::GetCapturedStderr();
  EXPECT_LT(lines.find("first"), lines.find("second"));
  EXPECT_LT(lines.find("second"), lines.find("third"));
  EXPECT_LT(lines.find("third"), lines.find("fourth"));
}

TEST(Log, LinesBelowTheLevelAreNotWritten) {
  configure(Format::json, Level::warning);
  testing::internal::CaptureStderr();
  info("quiet");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Log, SecretsAreHiddenInMessagesAndFields) {
  configure(Format::json, Level::debug);
  hide_secret("hunter2!");
  testing::internal::CaptureStderr();
  info_soon("hunter2! waits");
  debug("key hunter2! used", {{"also", "hunter2!hunter2!"}});
  const std::string line = testing::internal::GetCapturedStderr();
  EXPECT_EQ(line.find("hunter2"), std::string::npos) << line;
  EXPECT_EQ(without_secrets("x hunter2! y"), "x *** y");
}

}  // namespace
}  // namespace aml::log
