#include "http/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "http/tokens.h"

namespace aml::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

std::string field(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.fields) {
    if (key == name) return value;
  }
  return "";
}

// Answers with what stands for the braces.
Answer parameters(const Call& call) {
  std::string text;
  for (const auto& [name, value] : call.path) text += name + "=" + value + ";";
  return Response{.body = make_body(std::move(text))};
}

Answer failing(const Call& call) {
  const std::string& kind = call.path.find("kind")->second;
  if (kind == "usage") throw Error(ErrorKind::usage, "wrong");
  if (kind == "gone") throw Error(ErrorKind::not_found, "not there");
  if (kind == "busy") throw Error(ErrorKind::unavailable, "later");
  throw std::runtime_error("secret of the inside");
}

Router router(RouterOptions options = {}) {
  return Router({{.pattern = "/a/fixed", .answer = parameters},
                 {.pattern = "/a/{id}", .answer = parameters},
                 {.pattern = "/files/{path...}", .answer = parameters},
                 {.method = "POST", .pattern = "/a/{id}", .answer = parameters},
                 {.pattern = "/fail/{kind}", .answer = failing},
                 {.pattern = "/open", .answer = parameters, .open = true},
                 {.pattern = "/slow",
                  .answer = [](const Call& call) -> Answer {
                    if (!call.patient) return std::nullopt;
                    return Response{};
                  }}},
                std::move(options));
}

Response ask(Router& router, const std::string& method, const std::string& target,
             Fields fields = {}) {
  Request request{.method = method, .target = target, .fields = std::move(fields)};
  return router.answer(request);
}

std::string get(const std::string& target) {
  Router r = router();
  const Response response = ask(r, "GET", target);
  return response.status == 200 ? *response.body : std::to_string(response.status);
}

TEST(Router, TellsWhatStandsForTheBraces) {
  EXPECT_EQ(get("/a/fixed"), "");
  EXPECT_EQ(get("/a/x%2Fy"), "id=x/y;");
  EXPECT_EQ(get("/files/js/app.js"), "path=js/app.js;");
}

TEST(Router, LeadsNoFileNameElsewhere) {
  for (const char* target : {"/files", "/files/", "/files//a", "/files/../a", "/files/a/..",
                             "/files/%2e%2e/a", "/files/..%2fa", "/files/a%2fb", "/files/.git",
                             "/files/a/.env", "/files/a%5cb", "/a/..", "/a/", "/a/x/"}) {
    EXPECT_EQ(get(target), "404") << target;
  }
}

TEST(Router, KnowsTheMethodsOfAnAddress) {
  Router r = router();
  EXPECT_EQ(*ask(r, "POST", "/a/1").body, "id=1;");
  EXPECT_EQ(ask(r, "HEAD", "/a/1").status, 200);
  const Response response = ask(r, "DELETE", "/a/1");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(field(response, "Allow"), "GET, HEAD, POST");
  EXPECT_EQ(field(ask(r, "POST", "/slow"), "Allow"), "GET, HEAD");
  EXPECT_EQ(ask(r, "OPTIONS", "/a/1").status, 405);
  EXPECT_EQ(ask(r, "DELETE", "/b").status, 404);
}

TEST(Router, MakesErrorsStatuses) {
  Router r = router();
  EXPECT_EQ(ask(r, "GET", "/fail/usage").status, 400);
  EXPECT_EQ(ask(r, "GET", "/fail/gone").status, 404);
  EXPECT_EQ(ask(r, "GET", "/fail/busy").status, 503);
  const Response defect = ask(r, "GET", "/fail/x");
  EXPECT_EQ(defect.status, 500);
  EXPECT_EQ(defect.body->find("secret"), std::string::npos);
}

TEST(Router, NamesTheRouteThatAnswered) {
  Router r = router();
  EXPECT_STREQ(ask(r, "GET", "/a/1").route, "/a/{id}");
  EXPECT_STREQ(ask(r, "GET", "/fail/gone").route, "/fail/{kind}");
  EXPECT_STREQ(ask(r, "GET", "/b").route, "");
}

TEST(Router, WaitsOnlyWhereItMay) {
  Router r = router();
  Request request{.method = "GET", .target = "/slow"};
  EXPECT_FALSE(r.answer_now(request));
  EXPECT_EQ(r.answer(request).status, 200);
}

TEST(Router, LetsPagesOfNamedOriginsRead) {
  Router r = router({.cors_origins = {"https://a.example"}});
  const Fields own{{"Origin", "https://a.example"}};
  EXPECT_EQ(field(ask(r, "GET", "/a/1", own), "Access-Control-Allow-Origin"), "https://a.example");
  EXPECT_EQ(field(ask(r, "GET", "/a/1", {{"Origin", "https://b.example"}}),
                  "Access-Control-Allow-Origin"),
            "");
  const Response preflight = ask(r, "OPTIONS", "/a/1", own);
  EXPECT_EQ(preflight.status, 204);
  EXPECT_THAT(field(preflight, "Access-Control-Allow-Headers"), HasSubstr("Authorization"));
  Router closed = router();
  EXPECT_EQ(field(ask(closed, "GET", "/a/1", own), "Access-Control-Allow-Origin"), "");
}

// A route with readers of its own asks for their tokens, not for those of the rest.
TEST(Router, LetsARouteHaveReadersOfItsOwn) {
  const auto access_of = [](std::string_view token) {
    Tokens tokens;
    tokens.add(token);
    return std::make_shared<const Access>(std::move(tokens));
  };
  const std::string reader = "Bearer reader-0123456789", everyone = "Bearer everyone-01234567";
  for (const bool is_closed : {false, true}) {
    RouterOptions options;
    if (is_closed) options.access = access_of(everyone.substr(7));
    Router r({{.pattern = "/secret", .answer = parameters, .access = access_of(reader.substr(7))},
              {.pattern = "/rest", .answer = parameters}},
             std::move(options));
    EXPECT_EQ(ask(r, "GET", "/secret", {{"Authorization", reader}}).status, 200);
    EXPECT_EQ(ask(r, "GET", "/secret", {{"Authorization", everyone}}).status, 401);
    const Response refused = ask(r, "GET", "/secret");
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(field(refused, "WWW-Authenticate"), "Bearer");
    EXPECT_EQ(ask(r, "GET", "/rest", {{"Authorization", reader}}).status, is_closed ? 401 : 200);
    EXPECT_EQ(ask(r, "GET", "/rest", {{"Authorization", everyone}}).status, 200);
  }
}

TEST(MatchPattern, MatchesSegmentBySegment) {
  EXPECT_THAT(*match_pattern("/a/{x}/{y}", {"a", "1", "2"}),
              ElementsAre(Pair("x", "1"), Pair("y", "2")));
  EXPECT_FALSE(match_pattern("/a/{x}", {"a"}));
  EXPECT_FALSE(match_pattern("/a", {"a", "b"}));
  EXPECT_TRUE(match_pattern("/", {""}));
}

}  // namespace
}  // namespace aml::http
