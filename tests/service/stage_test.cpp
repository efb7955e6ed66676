#include "service/stage.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <string>
#include <thread>

#include "../base/scratch_folder.h"

namespace aml::service {
namespace {

using namespace std::chrono_literals;

StageEnd shell(
    const std::string& script, StageLimits limits = {.nice = 0},
    const std::function<bool()>& keep_on = [] { return true; }) {
  return run_stage("/bin/sh", {"-c", script}, limits, keep_on);
}

TEST(Stage, GivesExitCodeAndLastError) {
  const StageEnd end = shell(
      "echo '{\"level\":\"error\",\"message\":\"first\"}' >&2;"
      "echo '{\"level\":\"error\",\"message\":\"no room\"}' >&2;"
      "echo '{\"level\":\"info\",\"message\":\"bye\"}' >&2; exit 7");
  EXPECT_EQ(end.exit_code, 7);
  EXPECT_EQ(end.error, "no room");
  EXPECT_FALSE(end.timed_out);
  EXPECT_EQ(shell("exit 0").exit_code, 0);
  EXPECT_EQ(shell("echo plain words >&2; exit 1").error, "plain words");
}

TEST(Stage, ADeathBySignalIsNoSuccess) {
  EXPECT_EQ(shell("kill -9 $$").exit_code, 128 + SIGKILL);
  EXPECT_EQ(run_stage("/no/such/program", {}, {}, [] { return true; }).exit_code, 126);
}

TEST(Stage, IsStoppedWhenItsTimeIsOver) {
  const StageEnd end = shell("sleep 600", {.nice = 0, .timeout = 200ms});
  EXPECT_TRUE(end.timed_out);
  EXPECT_NE(end.exit_code, 0);
  EXPECT_NE(end.error.find("stages.timeout-seconds"), std::string::npos);
}

TEST(Stage, IsStoppedWhenNobodyWantsIt) {
  EXPECT_EQ(shell("sleep 600", {.nice = 0}, [] { return false; }).exit_code, 128 + SIGTERM);
}

TEST(Stage, IsStoppedWithAllThatItStarted) {
  const test::ScratchFolder scratch;
  const std::string pipe = (scratch / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  EXPECT_TRUE(
      shell("sleep 600 > " + pipe + " & sleep 600; exit 1", {.nice = 0, .timeout = 1s}).timed_out);
  // Reads the end once nobody holds the other end any more.
  const auto deadline = std::chrono::steady_clock::now() + 300s;
  char byte = 0;
  while (::read(reader, &byte, 1) != 0) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::sleep_for(1ms);
  }
  ::close(reader);
}

TEST(Stage, TakesALogOfAnyLength) {
  const StageEnd end = shell("head -c 3000000 /dev/zero | tr '\\0' x >&2; exit 3");
  EXPECT_EQ(end.exit_code, 3);
  EXPECT_LE(end.error.size(), 64U << 10);
}

TEST(Stage, TakesLinesOfOthersInJson) {
  const StageEnd end = shell(
      R"(echo '{"level":20,"message":"theirs"}' >&2; echo '{"level":"error","message":["x"]}' >&2; exit 3)");
  EXPECT_EQ(end.exit_code, 3);
}

TEST(Stage, HasOurEnvironmentAndWhatIsAdded) {
  ::setenv("AML_STAGE_TEST", "ours", 1);
  Child child(
      "/bin/sh",
      {"-c", "test \"$AML_STAGE_TEST $AML_STAGE_TEST_2 ${HOME+home}\" = \"added ours home\""},
      {.nice = 0}, Child::Errors::ours,
      {"AML_STAGE_TEST=added", "AML_STAGE_TEST_2=ours", "HOME=/"});
  std::optional<int> code;
  while (!(code = child.exit_code())) {
  }
  EXPECT_EQ(code, 0);
}

TEST(Stage, HasItsLimits) {
  const StageEnd end =
      shell("echo $(nice) $(ulimit -v) >&2; exit 1", {.nice = 5, .address_space = 1ULL << 30});
  EXPECT_EQ(end.error.substr(end.error.find(' ') + 1), "1048576");
}

}  // namespace
}  // namespace aml::service
