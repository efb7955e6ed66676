#include "forest/text_section.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace aml::forest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(QuickNumber, IsWhatItsDigitsSay) {
  const std::vector<std::pair<const char*, double>> numbers = {
      {"0", 0},          {"7", 7},         {"09", 9},
      {"-1", -1},        {"12.5", 12.5},   {".25", 0.25},
      {"-.5", -0.5},     {"3.", 3},        {"2e3", 2000},
      {"25e-1", 2.5},    {"1.5e+2", 150},  {"-4e0", -4},
      {"5e7", 5e7},      {"5e8", 5e8},     {"5e9", 5e9},
      {"5e-8", 5 / 1e8}, {"1e-9", 1e-9},   {"1e50", 1e50},
      {"inf", 1e308},    {"-inf", -1e308}, {"0.0000000000000000000001", 1 / 1e22}};
  for (const auto& [text, value] : numbers) EXPECT_EQ(parse_quick(text), value) << text;
  EXPECT_TRUE(std::isnan(parse_quick("nan").value_or(0)));
  EXPECT_TRUE(std::signbit(parse_quick("-0").value_or(1)));
}

// LightGBM's Common::Atof makes a power of ten of 1e50s, then 1e8s, then tens, and rounds each
// time.
TEST(QuickNumber, MakesPowersOfTenAsLightGbmDoes) {
  EXPECT_EQ(parse_quick("1e32"), 1e8 * 1e8 * 1e8 * 1e8);
  EXPECT_EQ(parse_quick("1e33"), 1e8 * 1e8 * 1e8 * 1e8 * 10);
  EXPECT_EQ(parse_quick("1e150"), 1e50 * 1e50 * 1e50);
  EXPECT_EQ(parse_quick("3e158"), 3 * (1e50 * 1e50 * 1e50 * 1e8));
  EXPECT_EQ(parse_quick("3e-158"), 3 / (1e50 * 1e50 * 1e50 * 1e8));
  EXPECT_NE(parse_quick("1e33"), 1e33);
}

TEST(QuickNumber, TakesNoPowerBeyondThe308th) {
  const std::optional<double> most = parse_quick("1e308");
  EXPECT_NEAR(most.value_or(0) / 1e308, 1, 1e-14);
  EXPECT_EQ(parse_quick("1e309"), most);
  EXPECT_EQ(parse_quick("1e99999999999999999999"), most);
  EXPECT_NE(parse_quick("1e307"), most);
  EXPECT_EQ(parse_quick("1e-400"), 1 / most.value_or(1));
}

TEST(QuickNumber, IsNothingOfAnythingElse) {
  for (const char* text : {"",
                           "-",
                           ".",
                           "e5",
                           "-e5",
                           "x",
                           "1x",
                           "1e",
                           "1e+",
                           "1e-",
                           "1ex",
                           "1e5x",
                           "1e5.0",
                           "--1",
                           "+1",
                           "1 ",
                           "1.2.3",
                           "inf1",
                           "0.00000000000000000000001",
                           "/",
                           ":",
                           "1/",
                           "1:"}) {
    EXPECT_FALSE(parse_quick(text)) << text;
  }
}

TEST(Words, ArePartedByAnyNumberOfSpaces) {
  EXPECT_THAT(split_words("a bc  d "), ElementsAre("a", "bc", "d"));
  EXPECT_THAT(split_words("  x"), ElementsAre("x"));
  EXPECT_TRUE(split_words("").empty());
  EXPECT_TRUE(split_words("  ").empty());
}

TEST(Lines, CountEachLineEndAsOneByte) {
  const std::filesystem::path path = "m";
  Lines lines("ab\r\n\r\n\n\r\nc\nd", path);
  EXPECT_EQ(lines.next(), "ab");
  EXPECT_EQ(lines.length(), 3U);
  lines.skip_empty();
  EXPECT_EQ(lines.length(), 6U);
  lines.skip_empty();
  EXPECT_EQ(lines.next(), "c");
  EXPECT_EQ(lines.length(), 8U);
  EXPECT_FALSE(lines.at_end());
  EXPECT_EQ(lines.next(), "d");
  EXPECT_TRUE(lines.at_end());
  Lines ends("a\n\n", path);
  EXPECT_EQ(ends.next(), "a");
  EXPECT_FALSE(ends.at_end());
  ends.skip_empty();
  EXPECT_TRUE(ends.at_end());
}

TEST(Section, KeepsWhatStandsBehindTheFirstEqualsSign) {
  const std::filesystem::path path = "m";
  Lines lines("feature_names=a=b c\nx=\naverage_output\n=5\nn=-3\n\nrest=1\n", path);
  const Section section(lines, path, "here");
  EXPECT_EQ(section.size(), 5U);
  EXPECT_EQ(section.text("feature_names"), "a=b c");
  EXPECT_EQ(section.text("x"), "");
  EXPECT_EQ(section.text("average_output"), "");
  EXPECT_EQ(section.text(""), "5");
  EXPECT_EQ(section.integer("n"), -3);
  EXPECT_FALSE(section.has("rest"));
  EXPECT_EQ(lines.next(), "rest=1");
}

TEST(Section, RefusesOtherLines) {
  const std::vector<std::pair<std::string, std::string>> refusals = {
      {"a=1\na=1", "a stands twice"},
      {"a=1=2", "'a=1=2' is no line"},
      {"flag", "'flag' is no line"},
      {"average_outputs", "'average_outputs' is no line"},
      {"a\r=1", "broken line end"}};
  for (const auto& [text, reason] : refusals) {
    const std::filesystem::path path = "m";
    try {
      Lines lines(text, path);
      const Section section(lines, path, "here");
      ADD_FAILURE() << text;
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::bad_input);
      EXPECT_THAT(e.what(), HasSubstr(reason));
    }
  }
}

}  // namespace
}  // namespace aml::forest
