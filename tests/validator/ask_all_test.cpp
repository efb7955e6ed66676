// A validator's client against many miners at once. Here and not beside the client, because miners
// are servers.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <future>
#include <thread>

#include "base/hash.h"
#include "bittensor/miner_client.h"
#include "http/server.h"

namespace aml::bittensor {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMiners = 60;

Keypair miner_key(std::size_t number) {
  return Keypair::from_dev_uri("//miner//" + std::to_string(number));
}

// What miner n does is told by n % 6.
enum Behaviour : std::size_t { honest, refuses, signs_as_another, sends_another_body, late, large };

// All miners in one server, told apart by whom a request is for.
class ManyMiners : public http::Handler {
 public:
  ManyMiners() {
    for (std::size_t i = 0; i < kMiners; ++i) keys_.push_back(miner_key(i));
  }
  std::optional<http::Response> answer_now(http::Request&) override { return std::nullopt; }
  http::Response answer(http::Request& request) override {
    const std::string_view receiver = *request.fields.find("x-bittensor-receiver");
    std::size_t number = 0;
    while (keys_[number].ss58() != receiver) ++number;
    const std::size_t behaviour = number % 6;
    if (behaviour == refuses) return http::refusal(429, "not now");
    if (behaviour == late) std::this_thread::sleep_for(3s);
    const std::string body(behaviour == large ? 100'000 : 1'000,
                           static_cast<char>('a' + number % 26));
    Envelope envelope;
    envelope.request_sha256 = hash_text(HashKind::sha256, payload(request, receiver));
    envelope.processing_date = "2025-10-26";
    envelope.kind = "alert_scores";
    envelope.body_sha256 = hash_text(HashKind::sha256, body);
    envelope.time_ns = 1;
    envelope.sign(behaviour == signs_as_another ? keys_[0] : keys_[number]);
    http::Response response;
    response.fields = envelope.to_headers();
    response.body = http::make_body(behaviour == sends_another_body ? body + "x" : body);
    return response;
  }

 private:
  static std::string payload(const http::Request& request, std::string_view receiver) {
    return "btauth/1\nsr25519\nPOST\n" + request.target + "\n" +
           hash_text(HashKind::sha256, request.body) + "\n" +
           std::string(*request.fields.find("x-bittensor-nonce")) + "\n" +
           std::string(*request.fields.find("x-bittensor-hotkey")) + "\n" + std::string(receiver);
  }
  std::vector<Keypair> keys_;
};

class AskAll : public testing::Test {
 protected:
  void SetUp() override {
    std::promise<std::uint16_t> listening;
    auto port = listening.get_future();
    server_ = std::thread([this, &listening] {
      http::ServerOptions options;
      options.builders = 24;
      http::run_server(options, miners_, [&](std::uint16_t p) { listening.set_value(p); });
    });
    port_ = port.get();
  }
  void TearDown() override {
    ::kill(::getpid(), SIGTERM);
    server_.join();
  }
  std::vector<Question> questions(std::uint16_t port) const {
    std::vector<Question> all;
    for (std::size_t i = 0; i < kMiners; ++i) {
      all.push_back({{"127.0.0.1", port, miner_key(i).ss58()}, {"latest"}});
    }
    return all;
  }

  Keypair validator_ = Keypair::from_dev_uri("//Alice");
  ManyMiners miners_;
  std::thread server_;
  std::uint16_t port_ = 0;
};

TEST_F(AskAll, TellsEveryMinerApart) {
  AskLimits limits;
  limits.deadline = 1'500ms;
  limits.body_bytes = 50'000;
  std::vector<std::string> bodies(kMiners);
  const auto asked = questions(port_);
  const auto replies = ask_all(validator_, asked, limits, [&](std::size_t i) -> BodySink {
    return [&bodies, i](std::string_view bytes) {
      bodies[i] += bytes;
      return true;
    };
  });
  ASSERT_EQ(replies.size(), kMiners);
  const AskOutcome expected[] = {AskOutcome::answered, AskOutcome::refused,  AskOutcome::unproven,
                                 AskOutcome::unproven, AskOutcome::too_late, AskOutcome::too_large};
  for (std::size_t i = 0; i < kMiners; ++i) {
    const Reply& reply = replies[i];
    EXPECT_EQ(outcome_name(reply.outcome), outcome_name(expected[i % 6]))
        << i << " " << reply.reason;
    EXPECT_EQ(reply.reason.empty(), reply.outcome == AskOutcome::answered) << reply.reason;
    if (i % 6 != honest) continue;
    EXPECT_EQ(bodies[i], std::string(1'000, static_cast<char>('a' + i % 26)));
    EXPECT_EQ(reply.body_bytes, 1'000u);
    EXPECT_FALSE(
        find_flaw(reply.evidence(), miner_key(i).ss58(), hash_text(HashKind::sha256, bodies[i])));
  }
  EXPECT_TRUE(bodies[signs_as_another].empty()) << "an unsigned body reaches no sink";
}

TEST_F(AskAll, StopsWhereASinkTakesNoMoreAndThrowsWhatASinkThrows) {
  const auto asked = questions(port_);
  const Reply reply = ask(validator_, asked[0], {}, [](std::string_view) { return false; });
  EXPECT_EQ(reply.outcome, AskOutcome::stopped);
  EXPECT_THROW(ask(validator_, asked[0], {},
                   [](std::string_view) -> bool { throw std::runtime_error("the disk is full"); }),
               std::runtime_error);
}

TEST_F(AskAll, IsDoneWithMinersThatAreNotThere) {
  const auto replies = ask_all(validator_, questions(1), {}, nullptr);
  for (const Reply& reply : replies) EXPECT_EQ(reply.outcome, AskOutcome::unreachable);
}

}  // namespace
}  // namespace aml::bittensor
