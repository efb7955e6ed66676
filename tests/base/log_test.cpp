#include "base/log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

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

TEST(Log, SecretsAreHiddenHoweverTheyAreSpelled) {
  configure(Format::json, Level::info);
  hide_secret("pass\"word\\1");
  hide_secret("key-1");
  hide_secret("key-1-and-more");
  testing::internal::CaptureStderr();
  info("it is pass\"word\\1", {{"key", "key-1-and-more"}});
  configure(Format::text, Level::info);
  info("as a field", {{"value", "a pass\"word\\1"}});
  const std::string lines = testing::internal::GetCapturedStderr();
  EXPECT_EQ(lines.find("word"), std::string::npos) << lines;
  EXPECT_EQ(lines.find("more"), std::string::npos) << lines;
}

// A line of a thread that ends as the process does is written, and shows no secret.
TEST(Log, LinesAtTheEndOfTheProcessAreWrittenAndSafe) {
  const auto end = [] {
    configure(Format::json, Level::info);
    hide_secret("hunter2!");
    std::thread([] { info_soon("of a thread: hunter2!"); }).join();
    info_soon("of main: hunter2!");
    std::exit(0);  // NOLINT(concurrency-mt-unsafe)
  };
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(end(), testing::ExitedWithCode(0), "of a thread: \\*\\*\\*.*\n.*of main: \\*\\*\\*");
}

// The reader of a full pipe stands still, or is gone: the process goes on, and ends.
TEST(Log, AFullPipeStopsNobody) {
  const auto end = [](bool is_read) {
    int ends[2];
    if (::pipe(ends) != 0 || ::dup2(ends[1], STDERR_FILENO) < 0) std::exit(1);
    ::signal(SIGPIPE, SIG_IGN);
    if (!is_read) ::close(ends[0]);
    configure(Format::json, Level::info);
    for (int i = 0; i < 3000; ++i) info(std::string(1000, 'x'));
    std::exit(dropped_lines() > 0 ? 0 : 2);
  };
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(end(true), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(end(false), testing::ExitedWithCode(0), "");
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
