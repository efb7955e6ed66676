#include "http/openapi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "http/own_routes.h"
#include "http/router.h"
#include "http/tokens.h"

namespace aml::http {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

Answer nothing(const Call&) { return Response{}; }

OpenApi api() {
  return {.title = "test",
          .version = "1.0.0",
          .description = "",
          .schemas = {{"Thing", R"({"type":"object"})"}},
          .path_parameters = {{"id", "A thing's name", R"({"type":"string"})", "\"a\""}}};
}

Json described(const OpenApi& description, const std::vector<Route>& routes) {
  return Json::parse(openapi_json(description, routes));
}

TEST(OpenApi, DescribesEveryRouteOfTheTable) {
  const std::vector<Route> routes{
      {.pattern = "/things/{id}",
       .answer = nothing,
       .doc = {.summary = "One thing",
               .query = {{"deep", "All of it", R"({"type":"boolean"})"}},
               .bodies = {{"application/json", "Thing", R"({"a":1})"}},
               .is_tagged = true}},
      {.method = "POST",
       .pattern = "/things/{id}",
       .answer = nothing,
       .doc = {.summary = "Change it", .request_body = BodyDoc{"application/json", "Thing"}}},
      {.pattern = "/page", .answer = nothing, .doc = {.summary = "A page", .hidden = true}}};
  const Json document = described(api(), routes);
  EXPECT_EQ(document["openapi"], "3.1.0");
  EXPECT_EQ(document["paths"].size(), 1U);
  const Json& get = document["paths"]["/things/{id}"]["get"];
  EXPECT_EQ(get["parameters"][0]["in"], "path");
  EXPECT_EQ(get["parameters"][0]["required"], true);
  EXPECT_EQ(get["parameters"][1]["name"], "deep");
  EXPECT_EQ(get["responses"]["200"]["content"]["application/json"]["schema"]["$ref"],
            "#/components/schemas/Thing");
  EXPECT_EQ(get["responses"]["200"]["content"]["application/json"]["example"]["a"], 1);
  for (const char* status : {"304", "400", "404", "406", "503", "default"}) {
    EXPECT_TRUE(get["responses"].contains(status)) << status;
  }
  EXPECT_TRUE(document["paths"]["/things/{id}"]["post"].contains("requestBody"));
}

TEST(OpenApi, SaysWhereATokenIsNeeded) {
  OpenApi description = api();
  description.needs_token = true;
  const Json document =
      described(description, {{.pattern = "/closed", .answer = nothing},
                              {.pattern = "/open", .answer = nothing, .open = true}});
  EXPECT_TRUE(document["paths"]["/closed"]["get"].contains("security"));
  EXPECT_TRUE(document["paths"]["/closed"]["get"]["responses"].contains("401"));
  EXPECT_FALSE(document["paths"]["/open"]["get"].contains("security"));
}

TEST(OpenApi, SaysWhereARouteHasReadersOfItsOwn) {
  const auto readers = std::make_shared<const Access>();
  const Json document =
      described(api(), {{.pattern = "/closed", .answer = nothing, .access = readers},
                        {.pattern = "/open", .answer = nothing}});
  EXPECT_TRUE(document["components"]["securitySchemes"].contains("bearer"));
  EXPECT_TRUE(document["paths"]["/closed"]["get"].contains("security"));
  EXPECT_TRUE(document["paths"]["/closed"]["get"]["responses"].contains("401"));
  EXPECT_FALSE(document["paths"]["/open"]["get"].contains("security"));
}

TEST(OpenApi, RefusesADescriptionWithHoles) {
  EXPECT_THROW(described(api(), {{.pattern = "/{unknown}", .answer = nothing}}), Error);
  EXPECT_THROW(described(api(), {{.pattern = "/a",
                                  .answer = nothing,
                                  .doc = {.summary = "", .bodies = {{"a/b", "Unknown"}}}}}),
               Error);
  EXPECT_THROW(described(api(), {{.pattern = "/a",
                                  .answer = nothing,
                                  .doc = {.summary = "", .bodies = {{"a/b", "{broken"}}}}}),
               Error);
}

TEST(OpenApi, IsServedWithATag) {
  Router router({openapi_route(api(), {})});
  Request request{.method = "GET", .target = "/openapi.json"};
  const Response first = router.answer(request);
  EXPECT_TRUE(Json::parse(*first.body)["paths"].contains("/openapi.json"));
  request.fields.add("If-None-Match", first.fields.front().second);
  EXPECT_EQ(router.answer(request).status, 304);
}

TEST(Metrics, CountByRouteAndStatus) {
  Metrics metrics;
  const char* route = "/things/{id}";
  metrics.count_request(route, 200, 100, 0.002);
  metrics.count_request(route, 200, 100, 0.2);
  metrics.count_request("", 404, 10, 0.0001);
  metrics.count_connections(3);
  metrics.count_connections(-1);
  metrics.add_gauge("aml_test", "A gauge", [] { return 7; });
  const std::string text = metrics.text();
  for (const char* line :
       {"aml_http_requests_total{route=\"/things/{id}\",status=\"200\"} 2",
        "aml_http_requests_total{route=\"none\",status=\"404\"} 1",
        "aml_http_response_bytes_total{route=\"/things/{id}\"} 200",
        "aml_http_request_duration_seconds_bucket{route=\"/things/{id}\",le=\"0.0025\"} 1",
        "aml_http_connections 2", "aml_test 7"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

}  // namespace
}  // namespace aml::http
