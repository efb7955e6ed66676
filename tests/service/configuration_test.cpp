#include "service/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "scratch_folder.h"
#include "service/settings.h"

namespace aml::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string refusal(const std::string& text) {
  try {
    parse_configuration(text, "a.toml");
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::usage);
    return e.what();
  }
  return "";
}

TEST(Configuration, SeveralNetworksHaveFoldersOfTheirNames) {
  const Configuration c =
      parse_configuration("networks = [\"bitcoin\", \"tron\"]\ninput-root = \"in\"", "a.toml");
  EXPECT_THAT(all_networks(c), ElementsAre("bitcoin", "tron"));
  const Configuration tron = of_network(c, "tron");
  EXPECT_EQ(tron.network, "tron");
  EXPECT_EQ(tron.input_root, "in/tron");
  EXPECT_EQ(tron.output_root, "./output/tron");
  const Configuration first = parse_configuration(
      "network = \"tron\"\nnetworks = [\"bitcoin\", \"eth\", \"tron\"]", "a.toml");
  EXPECT_THAT(all_networks(first), ElementsAre("tron", "bitcoin", "eth"));
  const Configuration one = parse_configuration("network = \"bitcoin\"", "a.toml");
  EXPECT_THAT(all_networks(one), ElementsAre("bitcoin"));
  EXPECT_EQ(of_network(one, "bitcoin").output_root, "./output");
}

TEST(Configuration, NetworksAreFewNamesThatDiffer) {
  EXPECT_THAT(refusal("network = \"a\"\nnetworks = [\"b\"]"), HasSubstr("none of networks"));
  EXPECT_THAT(refusal("networks = [\"a\", \"a\"]"), HasSubstr("more than once"));
  EXPECT_THAT(refusal("networks = [\"scores\"]"), HasSubstr("how a path of the server begins"));
  EXPECT_THAT(refusal("networks = [\"../b\"]"), HasSubstr("small letters"));
  std::string many;
  for (int i = 0; i < 17; ++i) many += "\"n" + std::to_string(i) + "\", ";
  EXPECT_THAT(refusal("networks = [" + many + "]"), HasSubstr("at most 16"));
  EXPECT_THAT(refusal(""), HasSubstr("network must be set"));
}

TEST(Configuration, InputsAndBatchesHaveFoldersOfTheirOwn) {
  const std::string network = "network = \"a\"\n";
  EXPECT_THAT(refusal(network + "input-root = \"x\"\noutput-root = \"./y/../x/\""),
              HasSubstr("are one folder"));
  EXPECT_EQ(refusal(network + "input-root = \"x\"\noutput-root = \"x/output\""), "");
  const test::ScratchFolder root;
  std::filesystem::create_directory(root / "x");
  std::filesystem::create_symlink(root / "x", root / "link");
  EXPECT_THAT(refusal(network + "input-root = \"" + (root / "x").string() + "\"\noutput-root = \"" +
                      (root / "link").string() + "\""),
              HasSubstr("are one folder"));
  // A link above it, and folders that are not there yet.
  EXPECT_THAT(refusal(network + "input-root = \"" + (root / "x/day").string() +
                      "\"\noutput-root = \"" + (root / "link/day").string() + "\""),
              HasSubstr("are one folder"));
}

TEST(Configuration, HandsTheCommandsTheirOptions) {
  const Configuration c = parse_configuration(R"(network = "bitcoin"
days = 30
[schedule]
poll-seconds = 0.5
late-after-hours = 30
[process]
threads = 2
labels = ["a.csv", "b.csv"]
check-ranges = true
[check]
enabled = false
[serve]
max-age = 1.5
port = 0
[mine]
enabled = true
netuid = 7
v10 = true
allow = ["a", "b"]
[retention]
input-gb = 0.5)",
                                              "a.toml");
  EXPECT_EQ(c.days, 30);
  EXPECT_EQ(c.poll, std::chrono::milliseconds(500));
  EXPECT_EQ(c.late_after, std::chrono::hours(30));
  EXPECT_EQ(c.inputs.bytes, 500'000'000U);
  EXPECT_FALSE(c.checks);
  EXPECT_TRUE(c.serves);
  EXPECT_THAT(c.process, ::testing::UnorderedElementsAre("--threads", "2", "--labels", "a.csv",
                                                         "--labels", "b.csv", "--check-ranges"));
  EXPECT_THAT(c.serve, ElementsAre("--max-age", "1.5", "--port", "0"));
  EXPECT_TRUE(c.mines);
  EXPECT_THAT(c.mine, ::testing::UnorderedElementsAre("--netuid", "7", "--v10", "--allow", "a",
                                                      "--allow", "b"));
}

TEST(Configuration, TrainsWhereModelsMayChange) {
  const std::string head = "network = \"x\"\nmodels-dir = \"m\"\n[train]\n";
  const Configuration c = parse_configuration(
      head +
          "retrain = \"weekly\"\npromote = \"auto\"\nmost-days = 5\nthreads = 2\n"
          "param = [\"num_leaves=7\"]\nsecond-stage = true\ntimeout-seconds = 60",
      "a.toml");
  EXPECT_EQ(c.training.every_days, 7);
  EXPECT_TRUE(c.training.promotes);
  EXPECT_EQ(c.training.most_days, 5);
  EXPECT_EQ(c.training.timeout, std::chrono::minutes(1));
  EXPECT_THAT(c.train, ::testing::UnorderedElementsAre("--threads", "2", "--param", "num_leaves=7",
                                                       "--second-stage"));
  EXPECT_EQ(parse_configuration(head + "retrain = \"10\"", "").training.every_days, 10);
  EXPECT_EQ(parse_configuration("network = \"x\"", "").training.every_days, 0);
  EXPECT_FALSE(parse_configuration(head + "promote = \"ask\"", "").training.promotes);
  for (const char* interval : {"monthly", "0", "-1", "1.5", "367"}) {
    EXPECT_EQ(refusal(head + "retrain = \"" + interval + "\""),
              "a.toml:4: train.retrain may be off, daily, weekly or a number of days from \"1\" to "
              "\"366\"");
  }
  EXPECT_EQ(refusal(head + "promote = \"yes\""), "a.toml:4: train.promote may be ask, auto");
  EXPECT_THAT(refusal("network = \"x\"\n[train]\nretrain = \"daily\""),
              HasSubstr("models-dir must be set for train.retrain"));
  EXPECT_THAT(refusal(head + "retrain = \"daily\"\n[process]\nmodel-version = \"1.0.0\""),
              HasSubstr("process.model-version must not be set with train.retrain"));
}

TEST(Configuration, TellsAMinerWhereItsScoresAre) {
  const std::string mine = "network = \"x\"\n[mine]\nenabled = true\n";
  EXPECT_EQ(refusal(mine), "");
  EXPECT_EQ(refusal(mine + "[serve]\nenabled = false"),
            "a.toml: mine.api must be set, since serve.enabled is false");
  EXPECT_EQ(refusal(mine + "[serve]\ntls-cert = \"a\""),
            "a.toml: mine.api must be set, since the server speaks TLS under a name");
  EXPECT_EQ(refusal(mine + "api = \"https://a\"\n[serve]\nenabled = false"), "");
}

TEST(Configuration, RefusesWithLineKeyAndWhatIsAllowed) {
  EXPECT_THAT(refusal(""), HasSubstr("a.toml: network must be set"));
  EXPECT_EQ(refusal("network = \"x\"\nnetwrk = 1"),
            "a.toml:2: netwrk is no setting; did you mean network?");
  EXPECT_EQ(refusal("[serve]\nprot = 1"), "a.toml:2: serve.prot is no setting; did you mean port?");
  EXPECT_EQ(refusal("[serv]\nport = 1"), "a.toml:1: serv is no setting; did you mean serve?");
  EXPECT_EQ(refusal("days = 0"), "a.toml:1: days must be a whole number from 1 to 36500");
  EXPECT_EQ(refusal("days = 1.5"), "a.toml:1: days must be a whole number from 1 to 36500");
  EXPECT_EQ(refusal("days = \"7\""), "a.toml:1: days must be a whole number from 1 to 36500");
  EXPECT_EQ(refusal("[schedule]\npoll-seconds = nan"),
            "a.toml:2: schedule.poll-seconds must be a number from 0.1 to 86400");
  EXPECT_EQ(refusal("[check]\nenabled = 1"), "a.toml:2: check.enabled must be true or false");
  EXPECT_EQ(refusal("network = 1"), "a.toml:1: network must be a text in quotes, not empty");
  EXPECT_EQ(refusal("[process]\nlabels = \"a\""),
            "a.toml:2: process.labels must be a list of texts in quotes");
  EXPECT_EQ(refusal("[process]\nlabels = [\"a\",\n1]"),
            "a.toml:3: process.labels must be a text in quotes, not empty");
  EXPECT_THAT(refusal("network = \"../x\""), HasSubstr("network must be set to a name"));
  EXPECT_THAT(refusal("serve = 1"), HasSubstr("a.toml:1: serve is a table: write [serve]"));
  EXPECT_THAT(refusal("a = = 1"), HasSubstr("a.toml:1: "));
  EXPECT_THAT(refusal(std::string(100'000, '[')), HasSubstr("a.toml:1: "));
}

TEST(Configuration, TheExampleHasEverySettingAndIsRead) {
  const std::string file = std::string(AML_SOURCE_DIR) + "/aml-miner.example.toml";
  std::string text = read_file(file);
  parse_configuration(text, file);
  // What is commented out is a setting with its default, and can be read too.
  for (std::size_t at = 0; (at = text.find("\n#", at)) != std::string::npos; ++at) {
    if (at + 2 < text.size() && text[at + 2] != ' ' && text[at + 2] != '\n') text.erase(at + 1, 1);
  }
  parse_configuration(text, file);
  const std::string manual = read_file(std::string(AML_SOURCE_DIR) + "/docs/configuration.md");
  for (const Setting& setting : all_settings()) {
    EXPECT_THAT(text, HasSubstr("\n" + std::string(setting.key) + " = "));
    EXPECT_THAT(manual, HasSubstr("`" + std::string(setting.key) + "`"));
  }
}

TEST(Configuration, WhatStandsInTheTableOfSettingsAreTheDefaults) {
  std::string text = "network = \"x\"\n";
  std::string_view table;
  for (const Setting& setting : all_settings()) {
    const bool is_default = setting.type != SettingType::text && setting.type != SettingType::texts;
    if (setting.meaning.empty() || !is_default) continue;
    if (setting.table != table) text += "[" + std::string(setting.table) + "]\n";
    table = setting.table;
    text += std::string(setting.key) + " = " + std::string(setting.example) + "\n";
  }
  const Configuration said = parse_configuration(text, "");
  const Configuration c;
  EXPECT_EQ(said.days, c.days);
  EXPECT_EQ(said.poll, c.poll);
  EXPECT_EQ(said.late_after, c.late_after);
  EXPECT_EQ(said.schedule.catch_up_days, c.schedule.catch_up_days);
  EXPECT_EQ(said.inputs.days, c.inputs.days);
  EXPECT_EQ(said.inputs.bytes, c.inputs.bytes);
  EXPECT_EQ(said.outputs.days, c.outputs.days);
  EXPECT_EQ(said.outputs.bytes, c.outputs.bytes);
  EXPECT_EQ(said.webhooks.attempts, c.webhooks.attempts);
  EXPECT_EQ(said.webhooks.timeout, c.webhooks.timeout);
  EXPECT_EQ(said.limits.nice, c.limits.nice);
  EXPECT_EQ(said.limits.timeout, c.limits.timeout);
  EXPECT_EQ(said.limits.address_space, c.limits.address_space);
  EXPECT_EQ(said.training.most_days, c.training.most_days);
  EXPECT_EQ(said.training.judged_days, c.training.judged_days);
  EXPECT_EQ(said.training.keep, c.training.keep);
  EXPECT_EQ(said.training.timeout, c.training.timeout);
  EXPECT_EQ(said.checks, c.checks);
  EXPECT_EQ(said.serves, c.serves);
  EXPECT_EQ(said.mines, c.mines);
}

TEST(Configuration, IsNoLongFile) {
  const std::string file = ::testing::TempDir() + "/long.toml";
  write_file_atomically(file, std::string(kMostConfigurationBytes + 1, '\n'));
  EXPECT_THROW(read_configuration(file), Error);
}

}  // namespace
}  // namespace aml::service
