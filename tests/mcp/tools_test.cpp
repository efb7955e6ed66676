#include "mcp/tools.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"

namespace aml::mcp {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::HasSubstr;

const Tool& tool(const std::string& name) {
  for (const auto& tools : {api_tools(), case_tools()}) {
    for (const Tool& one : tools) {
      if (one.name == name) return one;
    }
  }
  throw std::runtime_error("no tool " + name);
}

std::string target(const std::string& name, const char* arguments) {
  return target_of(tool(name), Json::parse(arguments));
}

std::string refusal(const std::string& name, const char* arguments) {
  try {
    return "taken: " + target(name, arguments);
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::usage);
    return e.what();
  }
}

TEST(Tools, AskTheNewestDayAndFewRowsUnlessToldOtherwise) {
  EXPECT_EQ(target("ranked_alerts", "{}"), "/rankings/alerts/latest?limit=20");
  EXPECT_EQ(
      target("ranked_alerts", R"({"date":"2025-10-26","limit":3,"offset":5,"min_score":0.5})"),
      "/rankings/alerts/2025-10-26?limit=3&offset=5&min_score=0.5");
  EXPECT_EQ(target("scored_alerts", R"({"explain":true})"),
            "/scores/alerts/latest?limit=20&explain=true");
}

TEST(Tools, LetNoTextLeadToAnotherAddress) {
  EXPECT_EQ(target("alert_detail", R"({"alert_id":"../../metadata?x=1#y&z"})"),
            "/alerts/latest/..%2F..%2Fmetadata%3Fx%3D1%23y%26z");
  EXPECT_EQ(target("alert_detail", R"({"date":"{alert_id}","alert_id":"ü"})"),
            "/alerts/%7Balert_id%7D/%C3%BC");
}

TEST(Tools, NameTheArgumentThatIsWrong) {
  EXPECT_THAT(refusal("alert_detail", "{}"), HasSubstr("alert_id is missing"));
  EXPECT_THAT(refusal("alert_detail", R"({"alert_id":7})"), HasSubstr("alert_id must be a string"));
  EXPECT_THAT(refusal("alert_detail", R"({"alert_id":""})"), HasSubstr("1 to 1024 bytes"));
  EXPECT_THAT(
      refusal("alert_detail", (R"({"alert_id":")" + std::string(1025, 'x') + "\"}").c_str()),
      HasSubstr("1 to 1024 bytes"));
  EXPECT_THAT(refusal("ranked_alerts", R"({"limit":201})"),
              HasSubstr("limit must be from 1 to 200"));
  EXPECT_THAT(refusal("ranked_alerts", R"({"limit":1.5})"),
              HasSubstr("limit must be of type integer"));
  EXPECT_THAT(refusal("ranked_alerts", R"({"limit":"3"})"),
              HasSubstr("limit must be of type integer"));
  EXPECT_THAT(refusal("ranked_alerts", R"({"limit":18446744073709551615})"), HasSubstr("limit"));
  EXPECT_THAT(refusal("ranked_alerts", R"({"min_score":-0.1})"),
              HasSubstr("min_score must be from"));
  EXPECT_THAT(refusal("scored_alerts", R"({"explain":"no"})"),
              HasSubstr("explain must be true or"));
  EXPECT_THAT(refusal("list_days", R"({"limit":1})"), HasSubstr("\"limit\" is no argument of it"));
}

TEST(Tools, SayWhatTheyTake) {
  std::set<std::string> names;
  for (const auto& tools : {api_tools(), case_tools()}) {
    for (const Tool& one : tools) {
      EXPECT_TRUE(names.insert(one.name).second) << one.name;
      const Json json = described(one);
      EXPECT_EQ(json.at("inputSchema").at("type"), "object");
      EXPECT_EQ(json.at("annotations").at("readOnlyHint"), true);
      for (const Argument& argument : one.arguments) {
        EXPECT_TRUE(json.at("inputSchema").at("properties").contains(argument.name));
        // What stands in braces is always filled in.
        const bool in_braces = one.pattern.find("{" + argument.name + "}") != std::string::npos;
        EXPECT_TRUE(!in_braces || argument.required || !argument.otherwise.empty()) << one.name;
      }
    }
  }
}

}  // namespace
}  // namespace aml::mcp
