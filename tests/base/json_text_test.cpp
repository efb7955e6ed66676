#include "base/json_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

namespace aml {
namespace {

std::string json_of(std::string_view text) {
  std::string json;
  append_json_text(json, text);
  return json;
}

TEST(JsonText, EscapesWhatMustBe) {
  EXPECT_EQ(json_of("a\"b\\c\n\r\t"), "\"a\\\"b\\\\c\\n\\r\\t\"");
  EXPECT_EQ(json_of(std::string_view("\0\x01\x1f", 3)), "\"\\u0000\\u0001\\u001f\"");
  EXPECT_EQ(json_of(""), "\"\"");
  EXPECT_EQ(json_of("grün 猫 🙂"), "\"grün 猫 🙂\"");
}

TEST(JsonText, ReplacesWhatIsNotUtf8) {
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(json_of("a\xFFz"), "\"a" + bad + "z\"");
  EXPECT_EQ(json_of("\xC3"), "\"" + bad + "\"");                                // cut off
  EXPECT_EQ(json_of("\xC0\xAE"), "\"" + bad + bad + "\"");                      // overlong
  EXPECT_EQ(json_of("\xED\xA0\x80"), "\"" + bad + bad + bad + "\"");            // a surrogate
  EXPECT_EQ(json_of("\xF4\x90\x80\x80"), "\"" + bad + bad + bad + bad + "\"");  // beyond Unicode
}

TEST(JsonText, IsReadBackAsItWasByAnotherLibrary) {
  std::mt19937 random(42);
  const std::vector<std::string> pieces{"\"", "\\", "/",  "\n",   "a",
                                        "ü",  "猫", "🙂", "\x7f", "\x02"};
  for (int round = 0; round < 500; ++round) {
    std::string text;
    for (std::uint32_t i = random() % 20; i > 0; --i) text += pieces[random() % pieces.size()];
    EXPECT_EQ(nlohmann::json::parse(json_of(text)).get<std::string>(), text);
  }
}

TEST(JsonText, IsJsonWhateverTheBytes) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (std::uint32_t i = random() % 12; i > 0; --i) text += static_cast<char>(random());
    const std::string json = json_of(text);
    EXPECT_TRUE(nlohmann::json::accept(json)) << json;
    EXPECT_EQ(is_utf8(text), json.find("\xEF\xBF\xBD") == std::string::npos) << json;
  }
}

TEST(JsonText, WritesNumbersThatReadBackTheSame) {
  const auto number = [](double value) {
    std::string json;
    append_json_number(json, value);
    return json;
  };
  for (const double value : {0.1, 1e-300, 123456789.125, -0.25, 5e-324, 1.0 / 3}) {
    EXPECT_EQ(nlohmann::json::parse(number(value)).get<double>(), value);
  }
  EXPECT_EQ(number(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(number(-std::numeric_limits<double>::infinity()), "null");
}

TEST(JsonText, KnowsHowDeepItNests) {
  EXPECT_FALSE(nests_deeper("[[1], {\"a\": [2]}, [[3]]]", 3));
  EXPECT_TRUE(nests_deeper("[[1], {\"a\": [2]}, [[3]]]", 2));
  EXPECT_FALSE(nests_deeper("[\"[[[ \\\" [[[\", 1]", 1));
  EXPECT_TRUE(nests_deeper(std::string(100'000, '['), 16));
}

}  // namespace
}  // namespace aml
