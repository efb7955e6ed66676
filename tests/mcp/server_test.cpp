#include "mcp/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace aml::mcp {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::HasSubstr;

constexpr const char* kMeta =
    R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",
       "io.modelcontextprotocol/clientCapabilities":{}})";

http::Response echo(const std::string& target) {
  if (target == "/dates/available") {
    return {.body = http::make_body("{\n\"dates\":[\"a\\nb\"]}\n")};
  }
  if (target == "/metadata/latest") {
    return {.body = http::make_body(std::string(Server::kMostAnswerBytes + 1, ' '))};
  }
  return http::refusal(404, "nothing at " + target);
}

Reply ask(const std::string& message, const std::optional<Envelope>& envelope = std::nullopt) {
  static const Server kServer({api_tools()});
  return kServer.answer(message, echo, envelope);
}

Json result(const std::string& message) {
  const Reply reply = ask(message);
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.text);
  EXPECT_EQ(reply.text->find('\n'), std::string::npos);
  return Json::parse(*reply.text).at("result");
}

std::pair<int, int> refusal(const std::string& message,
                            const std::optional<Envelope>& envelope = std::nullopt) {
  const Reply reply = ask(message, envelope);
  if (!reply.text) return {0, reply.status};
  const Json json = Json::parse(*reply.text);
  return {json.contains("error") ? json["error"]["code"].get<int>() : 0, reply.status};
}

std::string request(const std::string& method, const std::string& params) {
  return R"({"jsonrpc":"2.0","id":7,"method":")" + method + R"(","params":{)" + params + "}}";
}

TEST(Mcp, RefusesAMessageThatNamesAMemberTwice) {
  const std::pair<int, int> invalid{-32600, 400};
  EXPECT_EQ(refusal(R"({"jsonrpc":"2.0","id":1,"id":2,"method":"ping"})"), invalid);
  EXPECT_EQ(refusal(request("tools/call", R"("name":"list_days","name":"list_models")")), invalid);
  EXPECT_EQ(refusal(request("ping", "")).first, 0);
}

TEST(Mcp, AgreesOnAVersionThatBothKnow) {
  const auto agreed = [](const std::string& version) {
    return result(
               request("initialize", R"("protocolVersion":")" + version + R"(","capabilities":{})"))
        .at("protocolVersion");
  };
  EXPECT_EQ(agreed("2025-06-18"), "2025-06-18");
  EXPECT_EQ(agreed("2025-11-25"), "2025-11-25");
  EXPECT_EQ(agreed("1999-01-01"), "2025-11-25");
  EXPECT_EQ(refusal(request("initialize", "")), std::pair(-32602, 200));
}

TEST(Mcp, AnswersWithoutAHandshakeWhoSaysSoInEachRequest) {
  const Json found = result(request("server/discover", kMeta));
  EXPECT_EQ(found.at("resultType"), "complete");
  EXPECT_EQ(found.at("supportedVersions").at(0), "2026-07-28");
  const Json listed = result(request("tools/list", kMeta));
  EXPECT_EQ(listed.at("cacheScope"), "private");
  EXPECT_EQ(listed.at("tools").size(), api_tools().size());
  EXPECT_FALSE(result(request("tools/list", "")).contains("resultType"));
  EXPECT_EQ(refusal(request("server/discover", "")), std::pair(-32602, 200));
  EXPECT_EQ(refusal(request("initialize", kMeta)), std::pair(-32601, 404));
  std::string other = kMeta;
  other.replace(other.find("2026-07-28"), 10, "2031-01-01");
  EXPECT_EQ(refusal(request("tools/list", other)), std::pair(-32022, 400));
}

TEST(Mcp, GivesAnAnswerAsTextAndAsJson) {
  const Json given = result(request("tools/call", R"("name":"list_days","arguments":{})"));
  EXPECT_EQ(given.at("isError"), false);
  EXPECT_EQ(given.at("structuredContent"), Json::parse("{\"dates\":[\"a\\nb\"]}"));
  EXPECT_EQ(Json::parse(given.at("content").at(0).at("text").get<std::string>()),
            given.at("structuredContent"));
}

TEST(Mcp, TellsTheModelWhatWentWrongWithATool) {
  const auto said = [](const std::string& params) {
    const Json given = result(request("tools/call", params));
    EXPECT_EQ(given.at("isError"), true);
    EXPECT_FALSE(given.contains("structuredContent"));
    return given.at("content").at(0).at("text").get<std::string>();
  };
  EXPECT_EQ(said(R"("name":"address_history","arguments":{"address":"x/y"})"),
            "404: nothing at /addresses/x%2Fy?days=30");
  EXPECT_THAT(said(R"("name":"address_history")"), HasSubstr("address is missing"));
  EXPECT_THAT(said(R"("name":"day_metadata")"), HasSubstr("more than 262144 bytes"));
}

TEST(Mcp, RefusesWhatIsNoRequest) {
  EXPECT_EQ(refusal("{"), std::pair(-32700, 400));
  EXPECT_EQ(refusal("\xff"), std::pair(-32700, 400));
  for (const char* text :
       {"7", "[]", R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])", R"({"id":1,"method":"ping"})",
        R"({"jsonrpc":"2.0","id":null,"method":"ping"})",
        R"({"jsonrpc":"2.0","id":1.5,"method":"ping"})", R"({"jsonrpc":"2.0","id":1})",
        R"({"jsonrpc":"2.0","id":1,"method":2})"}) {
    EXPECT_EQ(refusal(text), std::pair(-32600, 400)) << text;
  }
  EXPECT_EQ(refusal(R"({"jsonrpc":"2.0","id":1,"method":"ping","params":[]})"),
            std::pair(-32602, 200));
  EXPECT_EQ(refusal(request("resources/list", "")), std::pair(-32601, 200));
  EXPECT_EQ(refusal(request("tools/list", R"("cursor":"x")")), std::pair(-32602, 200));
  EXPECT_EQ(refusal(request("tools/call", R"("name":"rm")")), std::pair(-32602, 200));
  EXPECT_EQ(refusal(request("tools/call", R"("name":7)")), std::pair(-32602, 200));
  EXPECT_EQ(refusal(request("tools/call", R"("name":"list_days","arguments":[])")),
            std::pair(-32602, 200));
  EXPECT_EQ(refusal(std::string(Server::kMostMessageBytes + 1, ' ')), std::pair(-32600, 400));
  EXPECT_EQ(refusal(std::string(1'000, '[')), std::pair(-32600, 400));
}

TEST(Mcp, SaysNothingToWhatAsksNothing) {
  for (const char* text : {R"({"jsonrpc":"2.0","method":"notifications/initialized"})",
                           R"({"jsonrpc":"2.0","id":3,"result":{}})",
                           R"({"jsonrpc":"2.0","id":3,"error":{"code":1,"message":""}})"}) {
    EXPECT_EQ(refusal(text), std::pair(0, 202)) << text;
  }
  EXPECT_EQ(result(request("ping", "")), Json::object());
}

TEST(Mcp, HoldsAMessageToItsHeaderFields) {
  const std::string call = request("tools/call", std::string(R"("name":"list_days",)") + kMeta);
  const Envelope right{"2026-07-28", "tools/call", "list_days"};
  EXPECT_EQ(ask(call, right).status, 200);
  for (const Envelope& wrong :
       {Envelope{"2025-11-25", "tools/call", "list_days"}, Envelope{{}, "tools/call", "list_days"},
        Envelope{"2026-07-28", "tools/list", "list_days"}, Envelope{"2026-07-28", {}, "list_days"},
        Envelope{"2026-07-28", "tools/call", "alert_detail"},
        Envelope{"2026-07-28", "tools/call", {}}}) {
    EXPECT_EQ(refusal(call, wrong), std::pair(-32020, 400));
  }
  EXPECT_EQ(ask(request("ping", ""), Envelope{"2025-11-25", {}, {}}).status, 200);
  EXPECT_EQ(ask(request("ping", ""), Envelope{}).status, 200);
  for (const char* unknown : {"2019-01-01", "\xff"}) {
    EXPECT_EQ(refusal(request("ping", ""), Envelope{unknown, {}, {}}), std::pair(-32022, 400));
  }
  EXPECT_EQ(refusal(request("tools/list", ""), Envelope{"2026-07-28", "tools/list", {}}),
            std::pair(-32602, 400));
}

}  // namespace
}  // namespace aml::mcp
