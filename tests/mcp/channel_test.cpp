#include "mcp/channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/descriptor.h"

namespace aml::mcp {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::ElementsAre;

constexpr const char* kPing = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";

const Server kServer({api_tools()});

http::Response nothing(const std::string&) { return http::refusal(404, "nothing"); }

// The codes of the answers, 0 for a result.
std::vector<int> codes(const std::string& sent) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe(ends.data()), 0);
  const Descriptor in(ends[0]);
  std::jthread writer([&sent, to = ends[1]] {
    const Descriptor out(to);
    for (std::size_t at = 0; at < sent.size();) {
      const ssize_t wrote = ::write(out.get(), sent.data() + at, sent.size() - at);
      if (wrote <= 0) return;
      at += static_cast<std::size_t>(wrote);
    }
  });
  std::vector<int> codes;
  serve_lines(kServer, nothing, in.get(), [&](std::string_view line) {
    EXPECT_TRUE(line.ends_with('\n'));
    const Json json = Json::parse(line);
    codes.push_back(json.contains("error") ? json["error"]["code"].get<int>() : 0);
  });
  return codes;
}

TEST(McpLines, AreAnsweredOneByOne) {
  const std::string ping = kPing;
  EXPECT_THAT(codes(ping + "\n" + ping + "\r\n"), ElementsAre(0, 0));
  EXPECT_THAT(codes(ping), ElementsAre(0)) << "without an end";
  EXPECT_THAT(codes("\n  \n" + ping + "\n"), ElementsAre(0)) << "empty lines ask nothing";
  EXPECT_THAT(codes(""), ElementsAre());
  EXPECT_THAT(codes("{\n" + ping + "\n"), ElementsAre(-32700, 0));
}

TEST(McpLines, AreRefusedWhereTheyAreTooLongAndTheNextIsAnswered) {
  const std::string long_one(3 * Server::kMostMessageBytes, 'x');
  EXPECT_THAT(codes(long_one + "\n" + kPing + "\n"), ElementsAre(-32600, 0));
  const std::string padding(Server::kMostMessageBytes - std::string(kPing).size(), ' ');
  EXPECT_THAT(codes(kPing + padding + "\n"), ElementsAre(0)) << "the longest there may be";
  EXPECT_THAT(codes(kPing + padding + " \n"), ElementsAre(-32600));
}

TEST(McpPost, IsAnsweredByStatusAndBody) {
  http::Request request{.method = "POST", .target = "/mcp", .body = kPing};
  const http::Response answer = answer_post(kServer, nothing, request);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(*answer.body, R"({"jsonrpc":"2.0","id":1,"result":{}})");
  request.body = R"({"jsonrpc":"2.0","method":"notifications/initialized"})";
  const http::Response to_notification = answer_post(kServer, nothing, request);
  EXPECT_EQ(to_notification.status, 202);
  EXPECT_EQ(to_notification.body, nullptr);
}

}  // namespace
}  // namespace aml::mcp
