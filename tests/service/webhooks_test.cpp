#include "service/webhooks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>

#include "../http/running_server.h"
#include "scratch_folder.h"

namespace aml::service {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

// Whoever is told: answers what it is to, and keeps what it got.
class Listener : public http::Handler {
 public:
  std::optional<http::Response> answer_now(http::Request& /*request*/) override {
    return std::nullopt;
  }
  http::Response answer(http::Request& request) override {
    std::unique_lock lock(mutex_);
    bodies_.push_back(request.body);
    signatures_.emplace_back(request.fields.find("AML-Signature").value_or(""));
    arrived_.notify_all();
    arrived_.wait(lock, [&] { return !holds_; });
    return {.status = status_, .body = std::make_shared<std::string>(body_bytes_, 'x')};
  }
  void answer_at_length(std::size_t bytes) { body_bytes_ = bytes; }
  void answer_with(int status) { status_ = status; }
  void hold(bool holds) {
    const std::lock_guard lock(mutex_);
    holds_ = holds;
    arrived_.notify_all();
  }
  void wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return bodies_.size() >= count; });
  }
  std::vector<std::string> bodies() {
    const std::lock_guard lock(mutex_);
    return bodies_;
  }
  std::vector<std::string> signatures() {
    const std::lock_guard lock(mutex_);
    return signatures_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  bool holds_ = false;
  std::atomic<int> status_{200};
  std::atomic<std::size_t> body_bytes_{0};
  std::vector<std::string> bodies_;
  std::vector<std::string> signatures_;
};

class WebhooksTest : public ::testing::Test {
 protected:
  WebhookRules rules() const { return {.url = server_.url() + "/hook", .attempts = 2}; }

  Listener listener_;
  http::test::Served server_{listener_};
  test::ScratchFolder folder_;
};

TEST(Webhooks, AreSignedByTheirTimeAndBody) {
  EXPECT_EQ(webhook_signature("secret", 1761480000, "{\"a\":1}"),
            "t=1761480000,sha256="
            "b25756f818c62419b5bff09900e692fed0b8015c782a772c562c8dd2214e1604");
}

TEST_F(WebhooksTest, AreSentSignedAndInTheirOrder) {
  std::ofstream(folder_ / "secret") << "secret\nanother line\n";
  WebhookRules signing = rules();
  signing.secret_file = folder_ / "secret";
  Webhooks webhooks;
  webhooks.configure(signing);
  webhooks.tell({"day.ready", "bitcoin", "2025-10-26"});
  webhooks.tell({"day.failed", "bitcoin", "2025-10-27", "why \xff"});
  webhooks.finish(60s);
  const auto bodies = listener_.bodies();
  ASSERT_EQ(bodies.size(), 2U);
  const Json first = Json::parse(bodies[0]);
  EXPECT_EQ(first.at("event"), "day.ready");
  EXPECT_EQ(first.at("network"), "bitcoin");
  EXPECT_EQ(first.at("processing_date"), "2025-10-26");
  EXPECT_FALSE(first.contains("reason"));
  const Json second = Json::parse(bodies[1]);
  EXPECT_THAT(second.at("reason").get<std::string>(), HasSubstr("why"));
  EXPECT_NE(first.at("id"), second.at("id"));
  const std::string signature = listener_.signatures()[0];
  const long long second_of = std::stoll(signature.substr(2));
  EXPECT_EQ(signature, webhook_signature("secret", second_of, bodies[0]));
}

TEST_F(WebhooksTest, AreTriedAgainAndThenGivenUp) {
  listener_.answer_with(503);
  Webhooks webhooks;
  webhooks.configure(rules());
  webhooks.tell({"day.ready", "bitcoin", "2025-10-26"});
  webhooks.finish(60s);
  ASSERT_EQ(listener_.bodies().size(), 2U);
  EXPECT_EQ(listener_.bodies()[0], listener_.bodies()[1]);
  listener_.answer_with(404);  // which no later try mends
  webhooks.tell({"day.ready", "bitcoin", "2025-10-27"});
  webhooks.finish(60s);
  EXPECT_EQ(listener_.bodies().size(), 3U);
}

TEST_F(WebhooksTest, SayWhetherTheyWereTaken) {
  std::mutex mutex;
  std::vector<bool> all;
  const auto told = [&](bool taken) {
    const std::lock_guard lock(mutex);
    all.push_back(taken);
  };
  Webhooks webhooks;
  webhooks.tell({"day.ready", "bitcoin", "2025-10-26"}, told);  // to nobody
  WebhookRules few = rules();
  few.events = {"day.ready"};
  webhooks.configure(few);
  webhooks.tell({"day.late", "bitcoin", "2025-10-26"}, told);
  listener_.answer_with(404);
  webhooks.tell({"day.ready", "bitcoin", "2025-10-26"}, told);
  webhooks.finish(60s);
  listener_.answer_with(200);
  webhooks.tell({"day.ready", "bitcoin", "2025-10-26"}, told);
  webhooks.finish(60s);
  EXPECT_EQ(all, (std::vector<bool>{false, false, false, true}));
  // Given up for too many, and where nobody is told any more.
  listener_.hold(true);
  for (std::size_t i = 0; i < kMostWaitingMessages + 2; ++i) {
    webhooks.tell({"day.ready", "bitcoin", "2025-10-26"}, told);
    if (i == 0) listener_.wait_for(3);
  }
  EXPECT_EQ(all.size(), 5U);
  webhooks.configure({});
  EXPECT_EQ(all.size(), 5U + kMostWaitingMessages);
  listener_.hold(false);
  webhooks.finish(60s);
  EXPECT_EQ(all.size(), 6U + kMostWaitingMessages);
}

TEST_F(WebhooksTest, AreTakenHoweverLongTheAnswer) {
  listener_.answer_at_length(10'000);
  testing::internal::CaptureStderr();
  Webhooks webhooks;
  webhooks.configure(rules());
  webhooks.tell({"day.ready", "bitcoin", "2025-10-26"});
  webhooks.finish(60s);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), ::testing::Not(HasSubstr("given up")));
  EXPECT_EQ(listener_.bodies().size(), 1U);
  listener_.answer_with(404);
  testing::internal::CaptureStderr();
  webhooks.tell({"day.ready", "bitcoin", "2025-10-27"});
  webhooks.finish(60s);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("it answered 404"));
  EXPECT_EQ(listener_.bodies().size(), 2U);
}

// Whoever knows the address may write there.
TEST(Webhooks, TellTheLogNothingOfTheAddressButItsServer) {
  for (const std::string rest : {"/hooks/SECRETSECRET", "/hooks/SECRETSECRET?key=SECRETSECRET",
                                 "/a#SECRETSECRET", "#SECRETSECRET", "?key=SECRETSECRET"}) {
    testing::internal::CaptureStderr();
    Webhooks webhooks;
    webhooks.configure({.url = "http://user:SECRETSECRET@127.0.0.1:1" + rest, .attempts = 1});
    webhooks.tell({"day.ready", "bitcoin", "2025-10-26"});
    webhooks.finish(60s);
    const std::string log = testing::internal::GetCapturedStderr();
    EXPECT_THAT(log, HasSubstr("given up"));
    EXPECT_THAT(log, HasSubstr("127.0.0.1:1"));
    EXPECT_THAT(log, ::testing::Not(HasSubstr("SECRETSECRET"))) << rest;
  }
}

TEST_F(WebhooksTest, OfTooManyThatWaitTheOldestGo) {
  listener_.hold(true);
  Webhooks webhooks;
  webhooks.configure(rules());
  webhooks.tell({"day.ready", "bitcoin", "first"});
  listener_.wait_for(1);
  for (std::size_t i = 0; i <= kMostWaitingMessages; ++i) {
    webhooks.tell({"day.ready", "bitcoin", std::to_string(i)});  // and waits for nobody
  }
  listener_.hold(false);
  webhooks.finish(60s);
  const auto bodies = listener_.bodies();
  ASSERT_EQ(bodies.size(), 1 + kMostWaitingMessages);
  EXPECT_EQ(Json::parse(bodies[1]).at("processing_date"), "1");
}

TEST_F(WebhooksTest, AreThoseThatAreWanted) {
  WebhookRules few = rules();
  few.events = {"day.failed"};
  Webhooks webhooks;
  webhooks.tell({"day.failed", "bitcoin", "2025-10-25"});  // nobody to tell yet
  webhooks.configure(few);
  webhooks.tell({"day.ready", "bitcoin", "2025-10-26"});
  webhooks.tell({"day.failed", "bitcoin", "2025-10-27"});
  webhooks.finish(60s);
  ASSERT_EQ(listener_.bodies().size(), 1U);
  EXPECT_EQ(Json::parse(listener_.bodies()[0]).at("processing_date"), "2025-10-27");
}

TEST_F(WebhooksTest, GoNowhereWithoutTheSecretThatSigns) {
  WebhookRules signing = rules();
  signing.secret_file = folder_ / "missing";
  Webhooks webhooks;
  webhooks.configure(signing);
  webhooks.tell({"day.ready", "bitcoin", "2025-10-26"});
  webhooks.finish(60s);
  EXPECT_TRUE(listener_.bodies().empty());
}

}  // namespace
}  // namespace aml::service
