#include "service/resident_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "../results/example.h"
#include "base/error.h"
#include "base/files.h"

namespace aml::service {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

constexpr std::uint16_t kPort = 4711;

class ResidentCommandsTest : public ::testing::Test {
 protected:
  ResidentCommandsTest() {
    configuration_.output_root = folder_.path();
    configuration_.mines = true;
  }
  std::string file(const std::string& name, const std::string& text) {
    write_file_atomically(folder_.path() / name, text);
    return folder_.path() / name;
  }
  // What stands behind an option of a command.
  static std::string value(const ResidentCommand& command, const std::string& name) {
    const auto found = std::ranges::find(command.arguments, name);
    return found == command.arguments.end() ? "" : *(found + 1);
  }
  ResidentCommand miner() { return miner_command(configuration_, kPort).value(); }

  results::TemporaryFolder folder_;
  Configuration configuration_;
};

TEST_F(ResidentCommandsTest, AMinerAsksTheServerOfTheService) {
  configuration_.mine = {"--netuid", "7"};
  EXPECT_EQ(value(miner(), "--api"), "http://127.0.0.1:4711");
  EXPECT_EQ(value(miner(), "--netuid"), "7");
  EXPECT_TRUE(miner().environment.empty());
  configuration_.serve = {"--host", "::"};
  EXPECT_EQ(value(miner(), "--api"), "http://[::1]:4711");
  EXPECT_FALSE(miner_command(configuration_, std::nullopt));
  EXPECT_EQ(value(server_command(configuration_), "--embargo"), "");
  EXPECT_EQ(value(server_command(configuration_), "--commitments"), "");
}

TEST_F(ResidentCommandsTest, AMinerThatCommitsHasDaysHeldBackFromOthers) {
  configuration_.mine = {"--commit", "./c"};
  const ResidentCommand server = server_command(configuration_);
  const std::string token = read_file(value(server, "--embargo"));
  EXPECT_EQ(token.size(), 65U);
  EXPECT_EQ(value(server, "--commitments"), "./c");
  EXPECT_THAT(miner().environment, ElementsAre("AML_API_TOKEN=" + token.substr(0, 64)));
  EXPECT_EQ(server_command(configuration_), server);  // nothing is made twice
  for (const std::string& word : miner().arguments)
    EXPECT_EQ(word.find(token.substr(0, 64)), word.npos);
}

TEST_F(ResidentCommandsTest, ATokenMustOpenBothDoors) {
  configuration_.serve = {"--embargo",
                          file("embargo", "# ours\n\nfirst-of-the-embargo\r\nboth-of-the-files\n"),
                          "--token-file", file("tokens", "only-the-others\nboth-of-the-files\n")};
  EXPECT_THAT(miner().environment, ElementsAre("AML_API_TOKEN=both-of-the-files"));
  file("tokens", "only-the-others\n");
  EXPECT_THROW(miner(), Error);
  configuration_.serve = {"--token-file", file("tokens", "only-the-others\n")};
  EXPECT_THAT(miner().environment, ElementsAre("AML_API_TOKEN=only-the-others"));
}

TEST_F(ResidentCommandsTest, ThePortIsReadWhereItIsWritten) {
  EXPECT_EQ(port_in_file(configuration_), std::nullopt);
  configuration_.serve = {"--port-file", file("port", "80\n")};
  EXPECT_EQ(port_in_file(configuration_), 80);
  for (const char* text : {"", "x\n", "80\n90\n", "99999999\n"}) {
    file("port", text);
    EXPECT_EQ(port_in_file(configuration_), std::nullopt) << text;
  }
  EXPECT_THAT(value(server_command(configuration_), "--port-file"),
              StartsWith(folder_.path().string()));
}

}  // namespace
}  // namespace aml::service
