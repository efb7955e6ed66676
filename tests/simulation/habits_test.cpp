#include "simulation/habits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <string>

#include "../base/scratch_folder.h"
#include "base/error.h"
#include "simulation/alert_rules.h"
#include "simulation/typologies/typology.h"

namespace aml::simulation {
namespace {

using test::ScratchFolder;

std::filesystem::path file_with(const ScratchFolder& folder, const std::string& text) {
  std::filesystem::path path = folder.path() / "economy.json";
  std::ofstream(path) << text;
  return path;
}

std::string refusal(const std::string& text) {
  const ScratchFolder folder;
  try {
    read_habits(file_with(folder, text));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::bad_input);
    return error.what();
  }
  return "";
}

TEST(Habits, HaveANumberForEachTypologyAndRule) {
  EXPECT_EQ(typologies().size(), kTypologyCount);
  EXPECT_EQ(alert_rules().size(), kRuleCount);
  Habits habits;
  std::set<std::string> names;
  for (const Habit& habit : list_habits(habits)) {
    EXPECT_TRUE(names.insert(habit.name).second) << habit.name;
    EXPECT_GE(*habit.value, habit.least) << habit.name;
    EXPECT_LE(*habit.value, habit.most) << habit.name;
  }
}

TEST(Habits, AreDrawnFromTheSeedWithinTheirRanges) {
  std::set<std::string> networks;
  int shortest = 1000;
  int longest = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Habits habits = random_habits(seed);
    EXPECT_EQ(habits_json(habits), habits_json(random_habits(seed)));
    networks.insert(habits.network);
    shortest = std::min(shortest, habits.window_days);
    longest = std::max(longest, habits.window_days);
    for (const Habit& habit : list_habits(habits)) {
      EXPECT_GE(*habit.value, habit.least) << habit.name;
      EXPECT_LE(*habit.value, habit.most) << habit.name;
      EXPECT_GE(*habit.value, habit.random_least * (1 - 1e-9)) << habit.name;
      EXPECT_LE(*habit.value, habit.random_most * (1 + 1e-9)) << habit.name;
    }
  }
  EXPECT_GE(networks.size(), 4U);
  EXPECT_LE(shortest, 2);
  EXPECT_GE(longest, 200);
  EXPECT_LE(longest, 300);
  EXPECT_NE(habits_json(random_habits(1)), habits_json(random_habits(2)));
}

TEST(Habits, AreReadBackAsTheyWereWritten) {
  const ScratchFolder folder;
  const std::string text = habits_json(random_habits(7));
  EXPECT_EQ(habits_json(read_habits(file_with(folder, text))), text);
}

TEST(Habits, ThatAFileDoesNotNameAreTheFixedOnes) {
  const ScratchFolder folder;
  Habits expected;
  expected.strictness = 3;
  expected.launderers.haste.mean = 0.9;
  EXPECT_EQ(habits_json(read_habits(
                file_with(folder, R"({"strictness": 3, "launderers": {"haste": {"mean": 0.9}}})"))),
            habits_json(expected));
  EXPECT_EQ(habits_json(read_habits(file_with(folder, "{}"))), habits_json(Habits()));
}

TEST(Habits, OfAFileAreCheckedByName) {
  EXPECT_NE(refusal("not json").find("no JSON object"), std::string::npos);
  EXPECT_NE(refusal("{" + std::string(1 << 20, ' ') + "}").find("1048576"), std::string::npos);
  EXPECT_NE(refusal("[1]").find("no JSON object"), std::string::npos);
  EXPECT_NE(refusal(std::string(100'000, '[')).find("no JSON object"), std::string::npos);
  EXPECT_NE(refusal(R"({"launderers": {"hast": {"mean": 1}}})").find("launderers.hast.mean"),
            std::string::npos);
  EXPECT_NE(refusal(R"({"strictness": "much"})").find("\"strictness\" must be a number"),
            std::string::npos);
  EXPECT_NE(refusal(R"({"strictness": -1})").find("between 0 and 100"), std::string::npos);
  EXPECT_NE(refusal(R"({"strictness": 1e999})").find("no JSON object"), std::string::npos);
  EXPECT_NE(refusal(R"({"window_days": 0})").find("window_days"), std::string::npos);
  EXPECT_NE(refusal(R"({"window_days": 1.5})").find("window_days"), std::string::npos);
  EXPECT_NE(refusal(R"({"network": 5})").find("network"), std::string::npos);
  std::string nobody = R"({"rules": {)";
  for (const AlertRule& rule : alert_rules()) {
    nobody += std::string(nobody.ends_with("{") ? "" : ",") + '"' + rule.typology + "\": 0";
  }
  EXPECT_NE(refusal(nobody + "}}").find("\"rules\""), std::string::npos);
}

}  // namespace
}  // namespace aml::simulation
