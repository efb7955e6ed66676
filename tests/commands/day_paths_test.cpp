#include "commands/day_paths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "scratch_folder.h"

namespace aml::commands {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// A command that reads a day and what belongs to it, and writes what it makes.
class DayPaths : public ::testing::Test {
 protected:
  DayPaths() {
    for (const char* day : {"2025-10-24", "2025-10-25", "2025-10-26"}) {
      fs::create_directories(root_ / "in" / day);
    }
    fs::create_directories(root_ / "in/2025-13-45");
    fs::create_directories(root_ / "in/2025-10-27.old");
    for (const char* day : {"2025-10-24", "2025-10-25"}) {
      fs::create_directories(root_ / "truth");
      std::ofstream(root_ / "truth" / (std::string("truth_") + day + ".parquet")) << "x";
    }
  }

  // What the options hold after a command line; the error where it is refused.
  std::string parse(std::vector<std::string> words, const std::string& name = "process") {
    CLI::App app;
    CLI::App* const command = app.add_subcommand(name, "");
    input_.clear();
    output_.clear();
    truths_.clear();
    command->add_option("--input-dir", input_)->required()->option_text("DIR")->envname("T_INPUT");
    command->add_option("--output-dir", output_)->option_text("DIR");
    command->add_option("--ground-truth", truths_)->option_text("FILE ...");
    command->add_option("--name", name_)->option_text("NAME");
    understand_days(*command);
    for (std::string& word : words) {
      for (std::size_t at = 0; (at = word.find("@", at)) != std::string::npos;) {
        word.replace(at, 1, root_.path().string());
      }
    }
    words.insert(words.begin(), name);
    std::ranges::reverse(words);  // as CLI11 takes them
    try {
      app.parse(words);
    } catch (const CLI::ParseError& e) {
      return e.what();
    }
    return "";
  }
  std::string at(const std::string& path) const { return (root_ / path).string(); }

  test::ScratchFolder root_;
  std::string input_;
  std::string output_;
  std::string name_;
  std::vector<std::string> truths_;
};

TEST_F(DayPaths, AreWhatTheyAreWithoutADay) {
  EXPECT_EQ(
      parse({"--input-dir", "@/in/2025-10-24", "--output-dir", "relative/out", "--name", "{date}"}),
      "");
  EXPECT_EQ(input_, at("in/2025-10-24"));
  EXPECT_EQ(output_, "relative/out");
  EXPECT_EQ(name_, "{date}");
}

TEST_F(DayPaths, TheDayIsThatOfTheOption) {
  for (const auto& order :
       {std::vector<std::string>{"--date", "2025-10-25", "--input-dir", "@/in/{date}",
                                 "--output-dir", "o/{date}/{date}"},
        std::vector<std::string>{"--output-dir", "o/{date}/{date}", "--input-dir", "@/in/{date}",
                                 "--date", "2025-10-25"}}) {
    EXPECT_EQ(parse(order), "");
    EXPECT_EQ(input_, at("in/2025-10-25"));
    EXPECT_EQ(output_, "o/2025-10-25/2025-10-25");
  }
}

TEST_F(DayPaths, TheNewestIsThatOfAllThatIsRead) {
  EXPECT_EQ(parse({"--input-dir", "@/in/{date}", "--output-dir", "o/{date}"}), "");
  EXPECT_EQ(input_, at("in/2025-10-26"));
  EXPECT_EQ(output_, "o/2025-10-26");
  EXPECT_EQ(parse({"--input-dir", "@/in/{date}", "--ground-truth", "@/truth/truth_{date}.parquet",
                   "--date", "latest"}),
            "");
  EXPECT_EQ(input_, at("in/2025-10-25"));
  EXPECT_THAT(truths_, ::testing::ElementsAre(at("truth/truth_2025-10-25.parquet")));
  // What is read of a batch must be there, what is written need not.
  EXPECT_THAT(parse({"--input-dir", "@/in/{date}", "--output-dir", "@/out/{date}"}, "check"),
              HasSubstr("there is no day"));
}

TEST_F(DayPaths, LatestIsAFolderWhereOneIsCalledSo) {
  EXPECT_EQ(parse({"--input-dir", "@/in/latest"}), "");
  EXPECT_EQ(input_, at("in/2025-10-26"));
  fs::create_directories(root_ / "in/latest");
  EXPECT_EQ(parse({"--input-dir", "@/in/latest"}), "");
  EXPECT_EQ(input_, at("in/latest"));
  EXPECT_EQ(parse({"--input-dir", "@/nowhere/latest"}), "");
  EXPECT_EQ(input_, at("nowhere/latest"));
}

TEST_F(DayPaths, FoldersAboveADayAreEnough) {
  EXPECT_EQ(parse({"--input-dir", "@/in", "--output-dir", "o", "--date", "latest"}), "");
  EXPECT_EQ(input_, at("in/2025-10-26"));
  EXPECT_EQ(output_, "o/2025-10-26");
  EXPECT_EQ(parse({"--input-dir", "@/in/2025-10-24", "--date", "2025-10-24"}), "");
  EXPECT_EQ(input_, at("in/2025-10-24"));
  EXPECT_THAT(parse({"--input-dir", "@/in/2025-10-24", "--date", "2025-10-25"}),
              HasSubstr("of another day"));
}

TEST_F(DayPaths, WhatIsNoDayIsRefused) {
  EXPECT_THAT(parse({"--input-dir", "@/in/{date}", "--date", "yesterday"}),
              HasSubstr("must be a day such as 2025-10-26, or latest"));
  EXPECT_THAT(parse({"--input-dir", "@/nowhere/{date}"}), HasSubstr("there is no day"));
  EXPECT_THAT(parse({"--ground-truth", "x", "--date", "latest"}), HasSubstr("{date}"));
}

TEST_F(DayPaths, AreUnderstoodFromTheEnvironment) {
  ::setenv("T_INPUT", at("in/{date}").c_str(), 1);
  EXPECT_EQ(parse({}), "");
  ::unsetenv("T_INPUT");
  EXPECT_EQ(input_, at("in/2025-10-26"));
}

}  // namespace
}  // namespace aml::commands
