#include "api/networks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "../results/example.h"
#include "api/service.h"
#include "base/files.h"
#include "http/metrics.h"

namespace aml::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;
namespace fs = std::filesystem;

// A batch as one of a network.
void publish(const fs::path& root, const std::string& network, const std::string& date) {
  fs::create_directories(root / network);
  results::publish(root / network, date, date);
  const fs::path file = root / network / date / "metadata.json";
  Json metadata = Json::parse(read_file(file));
  metadata["network"] = network;
  write_file_atomically(file, metadata.dump());
}

// Two networks, each with a day of its own and one that both have.
class NetworksTest : public ::testing::Test {
 protected:
  NetworksTest() {
    publish(root_.path(), "bitcoin", "2025-10-26");
    publish(root_.path(), "bitcoin", "2025-10-25");
    publish(root_.path(), "tron", "2025-10-26");
    publish(root_.path(), "tron", "2025-10-24");
    std::vector<std::pair<std::string, std::unique_ptr<http::Handler>>> services;
    for (const char* name : {"bitcoin", "tron"}) {
      services.emplace_back(
          name, std::make_unique<Service>(ServiceOptions{.output_root = root_.path() / name,
                                                         .network = name,
                                                         .networks = {"bitcoin", "tron"},
                                                         .budget = &budget_,
                                                         .max_age = std::chrono::hours(24 * 36'500),
                                                         .metrics = &metrics_}));
    }
    networks_ = std::make_unique<Networks>(std::move(services));
  }

  // As the server asks: at once, and otherwise by a thread that may take its time.
  http::Response get(const std::string& target) {
    http::Request request{.method = "GET", .target = target};
    if (auto response = networks_->answer_now(request)) return std::move(*response);
    return networks_->answer(request);
  }
  Json body(const std::string& target) {
    const http::Response response = get(target);
    EXPECT_EQ(response.status, 200) << target;
    std::string text = response.body ? *response.body : "{}";
    return Json::parse(text);
  }
  std::string detail(const std::string& target, int status) {
    const http::Response response = get(target);
    EXPECT_EQ(response.status, status) << target;
    return Json::parse(*response.body).at("detail");
  }

  http::Budget budget_{64 << 20};
  http::Metrics metrics_;
  results::TemporaryFolder root_;
  std::unique_ptr<Networks> networks_;
};

TEST_F(NetworksTest, ANetworkStandsBeforeThePathOrInTheQuery) {
  for (const std::string target :
       {"/tron/metadata/2025-10-26", "/metadata/2025-10-26?network=tron"}) {
    EXPECT_EQ(body(target).at("network"), "tron");
  }
  EXPECT_EQ(body("/metadata/latest").at("network"), "bitcoin");
  EXPECT_EQ(body("/bitcoin/dates/available").at("dates"), Json({"2025-10-26", "2025-10-25"}));
  EXPECT_EQ(body("/dates/available?network=tron").at("dates"), Json({"2025-10-26", "2025-10-24"}));
  EXPECT_EQ(body("/tron/networks"), Json({{"networks", {"bitcoin", "tron"}}, {"network", "tron"}}));
  EXPECT_EQ(body("/networks").at("network"), "bitcoin");
  EXPECT_EQ(get("/tron/metadata/2025-10-25").status, 404);
}

TEST_F(NetworksTest, OtherParametersGoOn) {
  EXPECT_THAT(detail("/scores/alerts/latest?network=tron&limit=x", 400), HasSubstr("limit"));
  EXPECT_THAT(detail("/scores/alerts/latest?limit=x&network=tron", 400), HasSubstr("limit"));
  EXPECT_THAT(detail("/dates/latest?other=1&network=tron", 400), HasSubstr("other"));
}

TEST_F(NetworksTest, WhatNamesNoneOrTwoIsRefused) {
  EXPECT_THAT(detail("/dates/latest?network=solana", 404), HasSubstr("there are bitcoin, tron"));
  EXPECT_THAT(detail("/tron/dates/latest?network=bitcoin", 400), HasSubstr("two networks"));
  EXPECT_THAT(detail("/dates/latest?network=tron&network=bitcoin", 400), HasSubstr("two networks"));
  EXPECT_EQ(get("/solana/dates/latest").status, 404);
  EXPECT_EQ(get("/tron/tron/dates/latest").status, 404);
}

TEST_F(NetworksTest, ABatchOfAnotherNetworkIsNotThere) {
  fs::rename(root_.path() / "tron" / "2025-10-24", root_.path() / "bitcoin" / "2025-10-27");
  EXPECT_EQ(body("/bitcoin/dates/latest").at("latest_date"), "2025-10-26");
  fs::rename(root_.path() / "bitcoin" / "2025-10-25", root_.path() / "tron" / "2025-10-25");
  EXPECT_THAT(detail("/tron/metadata/2025-10-25", 503), HasSubstr("is that of tron"));
}

TEST_F(NetworksTest, ThePageOfANetworkIsAFolder) {
  const http::Response moved = get("/tron");
  EXPECT_EQ(moved.status, 308);
  EXPECT_THAT(moved.fields, ::testing::Contains(::testing::Pair("Location", "tron/")));
}

TEST_F(NetworksTest, IsReadyWhenAllAre) {
  EXPECT_EQ(body("/readyz").at("status"), "ready");
  fs::remove_all(root_.path() / "tron" / "2025-10-26");
  fs::remove_all(root_.path() / "tron" / "2025-10-24");
  EXPECT_EQ(get("/readyz").status, 503);
  EXPECT_EQ(get("/health").status, 503);
  EXPECT_EQ(get("/bitcoin/readyz").status, 200);
  EXPECT_EQ(get("/readyz?network=tron").status, 503);
}

TEST_F(NetworksTest, AreToldApartWhereTheyAreWatchedAndDescribed) {
  const std::string metrics = *get("/metrics").body;
  for (const char* name : {"bitcoin", "tron"}) {
    EXPECT_THAT(metrics, HasSubstr(std::string("aml_latest_batch_alerts{network=\"") + name));
  }
  const Json described = body("/openapi.json");
  EXPECT_THAT(described.at("paths").at("/scores/alerts/{date}").dump(),
              HasSubstr(R"("enum":["bitcoin","tron"])"));
  EXPECT_TRUE(described.at("paths").contains("/networks"));
}

TEST(NetworkNames, AreWordsThatNoPathBeginsWith) {
  EXPECT_EQ(refuse_network_name("bitcoin"), "");
  EXPECT_EQ(refuse_network_name("bitcoin_test-2"), "");
  for (const char* name : {"", "Bitcoin", "a/b", "..", "scores", "metrics", "docs", "networks"}) {
    EXPECT_NE(refuse_network_name(name), "") << name;
  }
  EXPECT_NE(refuse_network_name(std::string(33, 'a')), "");
}

TEST(OneNetwork, LooksAsItAlwaysDid) {
  const results::TemporaryFolder root;
  http::Budget budget(64 << 20);
  http::Metrics metrics;
  Service service({.output_root = root.path(), .budget = &budget, .metrics = &metrics});
  const auto get = [&](const std::string& target) {
    http::Request request{.method = "GET", .target = target};
    return service.answer(request);
  };
  EXPECT_EQ(*get("/networks").body, "{\"networks\":[],\"network\":\"\"}\n");
  results::publish(root.path(), "2025-10-26", "2025-10-26");
  EXPECT_EQ(*get("/networks").body, "{\"networks\":[\"bitcoin\"],\"network\":\"bitcoin\"}\n");
  EXPECT_EQ(get("/metadata/latest?network=bitcoin").status, 400);
  EXPECT_THAT(*get("/openapi.json").body, Not(HasSubstr("\"enum\":[\"bitcoin\"")));
  EXPECT_THAT(*get("/metrics").body, Not(HasSubstr("network=")));
}

}  // namespace
}  // namespace aml::api
