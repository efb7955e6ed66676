#include "results/explain_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <sstream>

namespace aml::results {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(ExplainText, NamesTheLargestFirstAndSumsUpTheRest) {
  const std::vector<std::string> names{"degree", "volume_usd", "entropy", "unused", "age"};
  const std::vector<double> contributions{0.5, -2, 0.25, 0, 0.125, -1};
  const std::vector<double> values{12, 1234567.5, kMissing, 3, -0.0};
  EXPECT_EQ(explain_text(names, contributions, values, 3),
            "feature                                value   contrib.\n"
            "volume_usd                        1.2346e+06    -2.0000 -----------|\n"
            "degree                                    12    +0.5000            |+++\n"
            "entropy                              missing    +0.2500            |+\n"
            "1 other feature                                 +0.1250            |+\n"
            "base value                                      -1.0000\n"
            "raw score, their sum                            -2.1250\n");
}

TEST(ExplainText, FitsATerminalOfEightyColumns) {
  const std::vector<std::string> names{std::string(50, 'x'), "größe_größe_größe_größe_größe_größe"};
  const std::vector<double> contributions{-1.5e-300, 1.5e-300, -1.7e300};
  const std::vector<double> values{-1.7976931348623157e308, -123456.789};
  for (const std::string& line : lines_of(explain_text(names, contributions, values, 10))) {
    const auto characters = std::count_if(line.begin(), line.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    });
    EXPECT_LE(characters, 80) << line;
  }
}

TEST(ExplainText, ExplainsAModelWithoutSplits) {
  const std::vector<double> contributions{0, 0.75};
  const std::vector<double> values{1};
  const auto lines = lines_of(explain_text({"degree"}, contributions, values, 10));
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_THAT(lines[2], HasSubstr("+0.7500"));
}

TEST(BySize, LeavesOutWhatContributesNothing) {
  const std::vector<double> contributions{0.5, 0, -0.5, 2};
  EXPECT_THAT(by_size(contributions), ElementsAre(3, 0, 2));
}

}  // namespace
}  // namespace aml::results
