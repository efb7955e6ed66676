// A validator's client against many miners at once. Here and not beside the client, because miners
// are servers.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <optional>
#include <thread>

#include "../base/deaf_listener.h"
#include "../http/running_server.h"
#include "base/hash.h"
#include "bittensor/btauth.h"
#include "bittensor/miner_client.h"

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
    const UnderWay counted(*this);
    std::this_thread::sleep_for(pause);
    if (const auto refused = refused_by_its_clock(request, number)) return *refused;
    if (behaviour == refuses) return refusal();
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

  std::atomic<int> most_at_once{0};
  std::chrono::milliseconds pause{0};  // before each answer
  std::size_t bytes_of_a_refusal = 10;
  // How far its clock is ahead; 0: it does not look.
  std::atomic<std::int64_t> ahead_ns{0};
  std::atomic<int> requests{0};

 private:
  std::optional<http::Response> refused_by_its_clock(const http::Request& request,
                                                     std::size_t number) {
    ++requests;
    if (ahead_ns == 0) return std::nullopt;
    const std::int64_t now = unix_time_ns() + ahead_ns;
    const auto header = [&](std::string_view name) { return request.fields.find(name); };
    Authenticator authenticator(keys_[number].ss58());
    const AuthResult found =
        authenticator.verify({request.method, request.target, request.body, header}, now);
    if (found.caller) return std::nullopt;
    http::Response response = http::refusal(401, found.failure.reason);
    const std::time_t second = now / 1'000'000'000;
    std::tm parts{};
    ::gmtime_r(&second, &parts);
    std::array<char, 64> text{};
    std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    response.fields.emplace_back("Date", text.data());
    return response;
  }

  // Counts how many are answered at the same time.
  struct UnderWay {
    explicit UnderWay(ManyMiners& all) : miners(all) {
      const int now = ++miners.under_way_;
      for (int most = miners.most_at_once; most < now;) {
        if (miners.most_at_once.compare_exchange_weak(most, now)) break;
      }
    }
    ~UnderWay() { --miners.under_way_; }
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;
    ManyMiners& miners;
  };
  http::Response refusal() const {
    http::Response response = http::refusal(429, "not now");
    response.body = http::make_body(std::string(bytes_of_a_refusal, 'x'));
    return response;
  }
  static std::string payload(const http::Request& request, std::string_view receiver) {
    return "btauth/1\nsr25519\nPOST\n" + request.target + "\n" +
           hash_text(HashKind::sha256, request.body) + "\n" +
           std::string(*request.fields.find("x-bittensor-nonce")) + "\n" +
           std::string(*request.fields.find("x-bittensor-hotkey")) + "\n" + std::string(receiver);
  }
  std::vector<Keypair> keys_;
  std::atomic<int> under_way_{0};
};

class AskAll : public testing::Test {
 protected:
  std::vector<Question> questions(std::uint16_t port) const {
    std::vector<Question> all;
    for (std::size_t i = 0; i < kMiners; ++i) {
      all.push_back({{"127.0.0.1", port, miner_key(i).ss58()}, {"latest"}});
    }
    return all;
  }
  Question question(std::size_t miner) const { return questions(server_.port())[miner]; }

  Keypair validator_ = Keypair::from_dev_uri("//Alice");
  ManyMiners miners_;
  http::test::Served server_{miners_, {.builders = 24}};
};

TEST_F(AskAll, TellsEveryMinerApart) {
  AskLimits limits;
  limits.deadline = 1'500ms;
  limits.body_bytes = 50'000;
  std::vector<std::string> bodies(kMiners);
  const auto asked = questions(server_.port());
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
  const auto asked = questions(server_.port());
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

TEST_F(AskAll, AsksNoMoreAtOnceThanItMay) {
  miners_.pause = 30ms;
  AskLimits limits;
  limits.at_once = 3;
  std::vector<Question> asked;
  for (std::size_t i = honest; i < kMiners; i += 6) asked.push_back(question(i));
  ask_all(validator_, asked, limits, nullptr);
  EXPECT_EQ(miners_.most_at_once, 3);
}

TEST_F(AskAll, GivesUpWhoSendsNothingForAWhile) {
  const test::DeafListener silent(true);
  AskLimits limits;
  limits.stall_timeout = 1s;  // libcurl takes some seconds more to see it
  const Reply reply = ask(validator_, questions(silent.port())[0], limits, nullptr);
  EXPECT_EQ(outcome_name(reply.outcome), "too_late") << reply.reason;
  EXPECT_LT(reply.seconds, 50) << "the deadline is a minute";
}

TEST_F(AskAll, GivesUpWhereNobodyTakesTheConnection) {
  const test::DeafListener deaf;
  AskLimits limits;
  limits.connect_timeout = 100ms;
  const Reply reply = ask(validator_, questions(deaf.port())[0], limits, nullptr);
  EXPECT_EQ(outcome_name(reply.outcome), "unreachable") << reply.reason;
  EXPECT_LT(reply.seconds, 50) << "the deadline is a minute";
}

// An hour, either side: whose clock is wrong is not known, and the miner's says what is fresh.
TEST_F(AskAll, AsksOnceMoreByTheClockOfWhoRefuses) {
  for (const std::int64_t hours : {1, -1, 25, -25}) {
    miners_.ahead_ns = hours * 3'600'000'000'000;
    const int before = miners_.requests;
    const Reply reply = ask(validator_, question(honest), {}, nullptr);
    EXPECT_EQ(outcome_name(reply.outcome), "answered") << hours << " " << reply.reason;
    EXPECT_EQ(miners_.requests - before, 2) << hours;
    EXPECT_EQ(reply.body_bytes, 1000u);
  }
  miners_.ahead_ns = 30 * 3'600'000'000'000;
  const int before = miners_.requests;
  EXPECT_EQ(ask(validator_, question(honest), {}, nullptr).status, 401);
  EXPECT_EQ(miners_.requests - before, 1) << "more than a day is no clock that is wrong";
}

TEST_F(AskAll, ReadsTheBeginningOfARefusal) {
  miners_.bytes_of_a_refusal = 32 << 20;
  const Reply reply = ask(validator_, question(refuses), {}, nullptr);
  EXPECT_EQ(outcome_name(reply.outcome), "refused") << reply.reason;
  EXPECT_EQ(reply.status, 429);
  EXPECT_LT(reply.wire_bytes, 4u << 20);
}

}  // namespace
}  // namespace aml::bittensor
