#include "api/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <stop_token>
#include <thread>

#include "../evidence/example.h"
#include "../results/example.h"
#include "api/routes.h"
#include "base/deadline.h"
#include "base/files.h"

namespace aml::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;
namespace fs = std::filesystem;

constexpr std::size_t kAnswerBytes = 64 << 20;

std::string field(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.fields) {
    if (key == name) return value;
  }
  return "";
}

Response answer_of(Service& service, const std::string& target) {
  http::Request request{.method = "GET", .target = target};
  return service.answer(request);
}

// Two days of two alerts and a cluster, behind a service.
class ServiceTest : public ::testing::Test {
 protected:
  ServiceTest() {
    results::publish(root_.path(), "2025-10-25", "2025-10-25");
    results::publish(root_.path(), "2025-10-26", "2025-10-26");
    evidence::write_input(inputs_.path() / "2025-10-26");
  }
  Response ask(http::Request request) { return service_.answer(request); }
  Response get(const std::string& target) { return ask({.method = "GET", .target = target}); }
  Json body(const std::string& target) {
    const Response response = get(target);
    EXPECT_EQ(response.status, 200) << target;
    return Json::parse(*response.body);
  }
  // The detail of a refusal.
  std::string detail(const std::string& target, int status) {
    const Response response = get(target);
    EXPECT_EQ(response.status, status) << target;
    return Json::parse(*response.body).at("detail");
  }

  http::Budget budget_{kAnswerBytes};
  results::TemporaryFolder root_;
  results::TemporaryFolder inputs_;
  Service service_{{.output_root = root_.path(),
                    .budget = &budget_,
                    .input_root = inputs_.path(),
                    .max_age = std::chrono::hours(24 * 36'500)}};
};

TEST_F(ServiceTest, AnswersEveryRouteOfTheTable) {
  for (const Route& route : all_routes()) {
    std::string target = route.pattern;
    for (const auto& [from, to] : {std::pair{"{date}", "latest"},
                                   {"{alert_id}", "a"},
                                   {"{cluster_id}", "c"},
                                   {"{address}", "x"}}) {
      if (const auto at = target.find(from); at != std::string::npos) {
        target.replace(at, std::string(from).size(), to);
      }
    }
    EXPECT_TRUE(body(target).is_object()) << target;
  }
}

TEST_F(ServiceTest, IsReadyWhileTheNewestBatchIsYoung) {
  EXPECT_EQ(body("/healthz").at("status"), "alive");
  const Json ready = body("/readyz");
  EXPECT_EQ(ready.at("latest_date"), "2025-10-26");
  EXPECT_GT(ready.at("age_seconds"), 0);
  // The same batch, where two days and a half are all it may have.
  Service strict({.output_root = root_.path(), .budget = &budget_});
  EXPECT_EQ(answer_of(strict, "/healthz").status, 200);
  const Response late = answer_of(strict, "/readyz");
  EXPECT_EQ(late.status, 503);
  EXPECT_THAT(*late.body, HasSubstr("the newest batch is of 2025-10-26, a day that began"));
  EXPECT_THAT(*late.body, HasSubstr("60.0 are allowed"));
}

TEST_F(ServiceTest, IsNotReadyBecauseAnOldDayWasProcessedAgain) {
  results::Metadata metadata = results::example_metadata("2025-10-26");
  metadata.processed_at = utc_now();
  results::write_metadata(root_.path() / "2025-10-26", metadata);
  Service strict({.output_root = root_.path(), .budget = &budget_});
  EXPECT_EQ(answer_of(strict, "/readyz").status, 503);
}

TEST_F(ServiceTest, ReadsABatchThatIsReplacedAllTheTimeSoOftenAndNoMoreOften) {
  constexpr int kMost = 5;
  const fs::path batch = root_.path() / "2025-10-26";
  std::ofstream(batch / "alerts_scored.parquet") << "no Parquet";
  int looks = 0;  // for the day, one with each attempt
  Service service({.output_root = root_.path(), .budget = &budget_, .is_held = [&](Date) {
                     ++looks;
                     return false;
                   }});
  // Gives the batch a new face as fast as it can: whether one comes in time, the machine decides.
  std::jthread replacing([&](const std::stop_token& stop) {
    auto time = fs::file_time_type::clock::now();
    while (!stop.stop_requested()) {
      time += std::chrono::microseconds(1);
      fs::last_write_time(batch / "metadata.json", time);
    }
  });
  int most = 0;
  while (most < kMost) {
    looks = 0;
    EXPECT_EQ(answer_of(service, "/scores/alerts/2025-10-26").status, 503);
    most = std::max(most, looks);
  }
  EXPECT_EQ(most, kMost);
}

TEST_F(ServiceTest, TellsWhenTheNewestBatchWasProcessed) {
  http::Metrics metrics;
  const Service measured({.output_root = root_.path(), .budget = &budget_, .metrics = &metrics});
  // 2025-10-26T21:14:03Z
  EXPECT_THAT(metrics.text(), HasSubstr("aml_latest_batch_timestamp_seconds 1761513243"));
}

TEST_F(ServiceTest, TellsWhatWhoWatchesItAsksFor) {
  http::Metrics metrics;
  const Service measured({.output_root = root_.path(), .budget = &budget_, .metrics = &metrics});
  for (const char* line :
       {"aml_latest_batch_day_timestamp_seconds 1761436800", "aml_latest_batch_alerts 2",
        "aml_latest_batch_warnings 1", "aml_latest_batch_seconds 0.02025",
        "aml_sot_latest_timestamp_seconds 0\n"}) {
    EXPECT_THAT(metrics.text(), HasSubstr(line));
  }
  EXPECT_THAT(metrics.text(), Not(HasSubstr("aml_disk_free_bytes 0\n")));
  fs::create_directories(root_.path() / ".service");
  for (const auto& [text, line] : {std::pair{"2025-10-27\n", "seconds 1761523200"},
                                   {"2025-13-27\n", "seconds 0\n"},
                                   {"", "seconds 0\n"}}) {
    write_file_atomically(root_.path() / ".service" / "sot-latest", text);
    EXPECT_THAT(metrics.text(), HasSubstr("aml_sot_latest_timestamp_" + std::string(line)));
  }
}

// What the miner wrote, as tests/miner/day_state_test.cpp has it; damaged, it costs itself alone.
TEST_F(ServiceTest, TellsWhetherADayIsCommitted) {
  const Json unknown{{"processing_date", "2025-10-26"}, {"state", "unknown"}};
  EXPECT_EQ(body("/commitments/2025-10-26"), unknown);
  results::TemporaryFolder commitments;
  Service service(
      {.output_root = root_.path(), .budget = &budget_, .commitments = commitments.path()});
  const auto told = [&](const std::string& text, const std::string& date) {
    write_file_atomically(commitments.path() / kDayStatesFile, text);
    return answer_of(service, "/commitments/" + date);
  };
  EXPECT_EQ(Json::parse(*answer_of(service, "/commitments/latest").body), unknown);
  const std::string network = body("/metadata/latest").at("network");
  const auto states_of = [](const std::string& name) {
    return R"({"format_version":1,"days":{"2025-10-26":{"network":")" + name +
           R"(","state":"committed","block":7,"open":true,"revealed_to":3,"of":5}}})";
  };
  Json expected = unknown;
  expected.update({{"state", "committed"},
                   {"network", network},
                   {"block", 7},
                   {"open", true},
                   {"revealed_to", 3},
                   {"of", 5}});
  const Response response = told(states_of(network), "latest");
  Json told_of = Json::parse(*response.body);
  EXPECT_EQ(told_of.at("as_of").get<std::string>().substr(0, 2), "20");
  told_of.erase("as_of");
  EXPECT_EQ(told_of, expected);
  EXPECT_EQ(field(response, "Cache-Control"), "no-store");
  EXPECT_EQ(Json::parse(*told(states_of("another"), "2025-10-26").body), unknown);
  EXPECT_EQ(Json::parse(*told(states_of(network), "2025-10-25").body).at("state"), "unknown");
  EXPECT_EQ(told(states_of(network), "2025-10-24").status, 404);
  for (const char* text :
       {"", "[]", "{\"format_version\":1}", "{\"format_version\":2,\"days\":{}}"}) {
    EXPECT_EQ(told(text, "2025-10-26").status, 503) << text;
  }
  const std::string spaces(1 << 20, ' ');
  EXPECT_EQ(told(spaces + states_of(network), "2025-10-26").status, 503);
  EXPECT_EQ(answer_of(service, "/scores/alerts/latest").status, 200);
}

TEST_F(ServiceTest, GivesTheSameAnswerUnderAnAlias) {
  for (const auto& [path, alias] :
       {std::pair{"/scores/alerts/latest", "/alerts/latest/scores"},
        {"/rankings/alerts/2025-10-26", "/alerts/latest/rankings"},
        {"/scores/clusters/2025-10-26", "/clusters/2025-10-26/scores"}}) {
    EXPECT_EQ(*get(path).body, *get(alias).body);
    EXPECT_EQ(field(get(path), "ETag"), field(get(alias), "ETag"));
  }
}

TEST_F(ServiceTest, GivesOneAlertWithItsRank) {
  EXPECT_EQ(body("/alerts/2025-10-26/a"),
            Json::parse(R"({"processing_date":"2025-10-26","network":"bitcoin","window_days":7,
                            "alert_id":"a","score":0.25,"probability":null,"model_version":"1.0.0","latency_ms":0.5,
                            "explain_json":"{}","rank":2})"));
  EXPECT_EQ(body("/clusters/latest/c").at("score"), 0.5);
  EXPECT_THAT(detail("/alerts/2025-10-26/x", 404), HasSubstr("2025-10-26 has no alert \"x\""));
  EXPECT_THAT(detail("/clusters/2025-10-26/a", 404), HasSubstr("no cluster"));
}

TEST_F(ServiceTest, NamesTheNewestDayWhereThereIsNoBatch) {
  const std::string text = detail("/scores/alerts/2025-10-20", 404);
  EXPECT_THAT(text, HasSubstr("2025-10-20"));
  EXPECT_THAT(text, HasSubstr("2025-10-26"));
}

TEST_F(ServiceTest, RefusesWhatIsNoDate) {
  for (const char* date : {"today", "2025-1-1", "2025-02-30", "2025-10-26x", "LATEST", "%20"}) {
    EXPECT_THAT(detail(std::string("/scores/alerts/") + date, 400), HasSubstr("date"));
  }
}

TEST_F(ServiceTest, KnowsNoOtherAddresses) {
  for (const char* target :
       {"/nothing", "/scores", "/scores/alerts", "/scores/alerts/", "/scores/alerts/latest/",
        "//scores/alerts/latest", "/scores/alerts/../alerts/latest", "/alerts/latest/..",
        "/alerts/latest/%2e%2e", "/alerts/%2e/scores", "/Health", "/health/x"}) {
    const int status = get(target).status;
    EXPECT_TRUE(status == 404 || status == 400) << target;
  }
}

TEST_F(ServiceTest, AnswersGetAndHeadOnly) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "get", ""}) {
    const Response response = ask({.method = method, .target = "/health"});
    EXPECT_EQ(response.status, 405);
    EXPECT_EQ(field(response, "Allow"), "GET, HEAD");
  }
  EXPECT_EQ(ask({.method = "HEAD", .target = "/health"}).status, 200);
}

TEST_F(ServiceTest, TakesNoParametersElsewhere) {
  for (const char* path : {"/health", "/version", "/dates/latest", "/dates/available",
                           "/metadata/latest", "/alerts/latest/a", "/clusters/latest/c"}) {
    EXPECT_THAT(detail(std::string(path) + "?limit=1", 400), HasSubstr("limit"));
  }
}

TEST_F(ServiceTest, LetsTheClientChooseTheFormat) {
  const std::string path = "/scores/alerts/2025-10-26";
  const Response parquet = ask(
      {.method = "GET", .target = path, .fields = {{"Accept", "application/vnd.apache.parquet"}}});
  EXPECT_EQ(*parquet.body, read_file(root_.path() / "2025-10-26" / "alerts_scored.parquet"));
  EXPECT_EQ(parquet.content_type, "application/vnd.apache.parquet");
  const Response lines =
      ask({.method = "GET", .target = path, .fields = {{"Accept", "application/x-ndjson"}}});
  EXPECT_EQ(std::count(lines.body->begin(), lines.body->end(), '\n'), 2);
  EXPECT_EQ(ask({.method = "GET", .target = path, .fields = {{"Accept", "text/html"}}}).status,
            406);
  EXPECT_EQ(ask({.method = "GET", .target = path, .fields = {{"Accept-Encoding", "identity;q=0"}}})
                .status,
            406);
  EXPECT_EQ(ask({.method = "GET", .target = "/health", .fields = {{"Accept", "text/html"}}}).status,
            406);
  EXPECT_EQ(ask({.method = "GET",
                 .target = path + "?limit=1",
                 .fields = {{"Accept", "application/vnd.apache.parquet"}}})
                .status,
            400);
}

TEST_F(ServiceTest, TagsEveryRepresentationDifferently) {
  std::set<std::string> tags;
  for (const char* accept : {"", "application/x-ndjson"}) {
    for (const char* coding : {"", "gzip", "zstd"}) {
      for (const char* query : {"", "?limit=1", "?explain=false"}) {
        const Response response =
            ask({.method = "GET",
                 .target = std::string("/scores/alerts/latest") + query,
                 .fields = {{"Accept", accept}, {"Accept-Encoding", coding}}});
        EXPECT_EQ(field(response, "Content-Encoding"), coding);
        EXPECT_EQ(field(response, "Vary"), "Accept, Accept-Encoding");
        tags.insert(field(response, "ETag"));
      }
    }
  }
  EXPECT_EQ(tags.size(), 18U);
}

TEST_F(ServiceTest, SendsNothingTwiceToWhoHasIt) {
  for (const char* path : {"/scores/alerts/2025-10-26", "/metadata/2025-10-26",
                           "/alerts/2025-10-26/a", "/clusters/2025-10-26/c"}) {
    const std::string tag = field(get(path), "ETag");
    const Response again =
        ask({.method = "GET", .target = path, .fields = {{"If-None-Match", "W/" + tag}}});
    EXPECT_EQ(again.status, 304) << path;
    EXPECT_EQ(again.body, nullptr);
    EXPECT_EQ(field(again, "ETag"), tag);
    EXPECT_EQ(field(again, "Cache-Control"), "max-age=300");
  }
  EXPECT_EQ(field(get("/scores/alerts/latest"), "Cache-Control"), "no-cache");
}

TEST_F(ServiceTest, ServesAReplacedBatchAtOnce) {
  const std::string before = field(get("/scores/alerts/2025-10-26"), "ETag");
  results::Metadata metadata = results::example_metadata("2025-10-26");
  metadata.processed_at = "2025-10-27T00:00:00Z";
  const fs::path next = results::publish(root_.path(), ".next", "2025-10-26");
  results::write_metadata(next, metadata);
  fs::remove_all(root_.path() / "2025-10-26");
  EXPECT_EQ(get("/scores/alerts/2025-10-26").status, 404);
  fs::rename(next, root_.path() / "2025-10-26");
  EXPECT_NE(field(get("/scores/alerts/2025-10-26"), "ETag"), before);
  EXPECT_EQ(body("/scores/alerts/latest").at("metadata").at("processed_at"),
            "2025-10-27T00:00:00Z");
}

TEST_F(ServiceTest, KeepsServingBesideADamagedFile) {
  const fs::path file = root_.path() / "2025-10-26" / "alerts_scored.parquet";
  const std::string bytes = read_file(file);
  std::ofstream(file) << bytes.substr(0, bytes.size() / 2);
  const std::string text = detail("/scores/alerts/2025-10-26", 503);
  EXPECT_THAT(text, HasSubstr("alerts_scored.parquet of 2025-10-26"));
  EXPECT_THAT(text, Not(HasSubstr(root_.path().string())));
  EXPECT_EQ(get("/rankings/alerts/2025-10-26").status, 200);
  EXPECT_EQ(get("/scores/alerts/2025-10-25").status, 200);
  std::ofstream(file) << bytes;
  EXPECT_EQ(get("/scores/alerts/2025-10-26").status, 200);
}

TEST_F(ServiceTest, AnswersAtOnceOnlyWhatIsAtHand) {
  http::Request cold{.method = "GET", .target = "/scores/alerts/2025-10-26"};
  EXPECT_FALSE(service_.answer_now(cold));
  const Response built = service_.answer(cold);
  ASSERT_TRUE(service_.answer_now(cold));
  EXPECT_EQ(service_.answer_now(cold)->body, built.body);  // not a copy
  for (const char* target : {"/health", "/scores/alerts/x"}) {
    http::Request request{.method = "GET", .target = target};
    EXPECT_TRUE(service_.answer_now(request));
  }
}

TEST_F(ServiceTest, WorksWithTheLeastMemory) {
  http::Budget least(0);
  Service service({.output_root = root_.path(), .budget = &least});
  EXPECT_EQ(*answer_of(service, "/scores/alerts/latest").body, *get("/scores/alerts/latest").body);
}

TEST(ServiceWithoutBatches, IsDegraded) {
  const results::TemporaryFolder root;
  http::Budget budget(kAnswerBytes);
  Service service({.output_root = root.path(), .budget = &budget});
  const auto get = [&](const char* target) { return answer_of(service, target); };
  for (const char* path : {"/scores/alerts/latest", "/scores/alerts/2025-10-26", "/dates/latest",
                           "/metadata/latest", "/alerts/latest/a"}) {
    EXPECT_EQ(get(path).status, 503) << path;
    EXPECT_THAT(Json::parse(*get(path).body).at("detail").get<std::string>(),
                HasSubstr("no batch has been published yet"));
  }
  EXPECT_EQ(get("/healthz").status, 200);
  EXPECT_EQ(get("/readyz").status, 503);
  EXPECT_EQ(get("/health").status, 503);
  const Json health = Json::parse(*get("/health").body);
  EXPECT_EQ(health.at("status"), "degraded");
  EXPECT_EQ(health.at("models_loaded").at("alert_scorer"), false);
  EXPECT_EQ(*get("/dates/available").body, "{\"dates\":[],\"total_count\":0}\n");
  EXPECT_TRUE(Json::parse(*get("/version").body).at("model_versions").at("alert_ranker").is_null());
}

}  // namespace
}  // namespace aml::api
