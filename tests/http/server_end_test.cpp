// Work and its end: clients that are gone, shares, signals.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "http/metrics.h"
#include "running_server.h"

namespace aml::http::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// Waits as long as it takes: a test that fails hangs.
template <typename Condition>
void wait_until(Condition condition) {
  while (!condition()) std::this_thread::sleep_for(1ms);
}

// How many sockets on a port of this machine the other side has closed and this one has not.
std::size_t half_closed(std::uint16_t port) {
  std::ifstream sockets("/proc/net/tcp");
  const std::string local = fmt::format("0100007F:{:04X} ", port);
  constexpr std::string_view kCloseWait = " 08 ";
  std::size_t found = 0;
  for (std::string line; std::getline(sockets, line);) {
    found += line.find(local) != std::string::npos && line.find(kCloseWait) != std::string::npos;
  }
  return found;
}

TEST(ServerWork, IsGivenUpWhenItsClientIsGone) {
  Metrics metrics;
  RunningServer server(ServerOptions{.threads = 1, .builders = 1, .metrics = &metrics});
  {
    const Client gone(server.port());
    gone.send(request("/hold"));
    wait_until([&] { return server.handler().held() == 1; });
  }
  wait_until([&] { return server.handler().given_up() == 1; });
  EXPECT_THAT(server.answer(request("/later")), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(metrics.text(), HasSubstr("aml_http_requests_given_up_total 1"));
}

TEST(ServerWork, IsSkippedWhereItsClientWentBeforeItBegan) {
  RunningServer server(ServerOptions{.threads = 1, .builders = 1});
  const Client busy(server.port());
  busy.send(request("/hold"));
  wait_until([&] { return server.handler().held() == 1; });
  for (int i = 0; i < 50; ++i) {
    const Client gone(server.port());
    // Some have asked for more already, which hides their end.
    gone.send(request("/later") + (i % 2 == 0 ? request("/later") : ""));
  }
  std::this_thread::sleep_for(20ms);
  wait_until([&] { return half_closed(server.port()) == 0; });
  const Client waits(server.port());
  waits.send(request("/later"));
  server.handler().let_go();
  waits.wait();
  EXPECT_LE(server.handler().built().size(), 1U);
}

// Who has only finished sending still wants the answer.
TEST(ServerWork, GoesOnForAHalfClosedClient) {
  RunningServer server(ServerOptions{.threads = 1, .builders = 1});
  const Client client(server.port());
  client.send(request("/hold", "X: y\r\n"));
  wait_until([&] { return server.handler().held() == 1; });
  client.finish_sending();
  client.wait();  // the answer's first bytes come ahead
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(server.handler().given_up(), 0);
  server.handler().let_go();
  const std::string answer = client.read_all();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\nServer: "));
  EXPECT_EQ(count(answer, "HTTP/1.1"), 1U);
  EXPECT_THAT(answer, HasSubstr("GET /hold"));
}

TEST(ServerWork, TakesTurnsAmongAddresses) {
  RunningServer server(ServerOptions{.threads = 1, .builders = 1});
  const Client busy(server.port());
  busy.send(request("/hold"));
  wait_until([&] { return server.handler().held() == 1; });
  std::vector<std::unique_ptr<Client>> many;
  for (int i = 0; i < 100; ++i) {
    many.push_back(std::make_unique<Client>(server.port(), "127.0.0.2"));
    many.back()->send(request("/later"));
  }
  std::this_thread::sleep_for(100ms);
  const Client other(server.port(), "127.0.0.3");
  other.send(request("/later?other"));
  std::this_thread::sleep_for(100ms);
  server.handler().let_go();
  other.wait();
  const auto built = server.handler().built();
  const auto place = std::find(built.begin(), built.end(), "/later?other") - built.begin();
  EXPECT_LE(place, 2) << "not behind the hundred";
}

TEST(ServerConnections, AreTakenFromTheAddressThatHasTheMost) {
  RunningServer server(Limits{.connections = 8});
  std::vector<std::unique_ptr<Client>> many;
  for (int i = 0; i < 8; ++i) {
    many.push_back(std::make_unique<Client>(server.port(), "127.0.0.2"));
    many.back()->send("GET /now HT");
  }
  // From its own address nobody gets one, and is told so.
  std::string refused;
  while (!refused.starts_with("HTTP/1.1 503 ")) {
    const Client more(server.port(), "127.0.0.2");
    more.send(request("/now", "Connection: close\r\n"));
    refused = more.read_all();
  }
  EXPECT_THAT(refused, HasSubstr("Retry-After: 1\r\n"));
  for (const char* address : {"127.0.0.3", "127.0.0.4"}) {
    const Client other(server.port(), address);
    other.send(request("/now", "Connection: close\r\n"));
    EXPECT_THAT(other.read_all(), StartsWith("HTTP/1.1 200 ")) << address;
  }
}

TEST(ServerEnd, RefusesWhatWaitsAndFinishesWhatIsUnderWay) {
  RunningServer server(ServerOptions{.threads = 1, .builders = 1});
  const Client under_way(server.port());
  under_way.send(request("/hold"));
  wait_until([&] { return server.handler().held() == 1; });
  const Client waiting(server.port());
  waiting.send(request("/later"));
  std::this_thread::sleep_for(100ms);
  RunningServer::signal(SIGTERM);
  const std::string refused = waiting.read_all();
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(refused, HasSubstr("Connection: close\r\n"));
  server.handler().let_go();
  EXPECT_THAT(under_way.read_all(), StartsWith("HTTP/1.1 200 "));
  server.wait();
}

TEST(ServerEnd, ComesAtTheStopTimeoutWhateverIsBuilt) {
  RunningServer server(ServerOptions{.threads = 1, .builders = 1, .stop_timeout = 100ms});
  const Client client(server.port());
  client.send(request("/hold"));
  wait_until([&] { return server.handler().held() == 1; });
  RunningServer::signal(SIGTERM);
  server.wait();
  EXPECT_EQ(server.handler().given_up(), 1);
}

TEST(ServerEnd, ComesAtOnceWithASecondSignal) {
  RunningServer server(ServerOptions{.threads = 1, .builders = 1, .stop_timeout = 1h});
  const Client client(server.port());
  client.send(request("/hold"));
  wait_until([&] { return server.handler().held() == 1; });
  RunningServer::signal(SIGTERM);
  std::this_thread::sleep_for(100ms);
  RunningServer::signal(SIGINT);
  server.wait();
  EXPECT_EQ(server.handler().given_up(), 1);
}

// Looks at nothing, and never ends.
class Stubborn : public TestHandler {
 public:
  Response answer(Request&) override {
    has_begun = true;
    while (true) std::this_thread::sleep_for(1h);
  }
  std::atomic<bool> has_begun{false};
};

TEST(ServerEnd, LeavesBehindWhatDoesNotEnd) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto end = [] {
    Stubborn handler;
    std::jthread client;
    run_server({.stop_timeout = 10ms}, handler, [&](std::uint16_t port) {
      client = std::jthread([&handler, port] {
        const Client asking(port);
        asking.send(request("/later"));
        wait_until([&] { return handler.has_begun.load(); });
        ::kill(::getpid(), SIGTERM);
        std::this_thread::sleep_for(1h);
      });
    });
  };
  EXPECT_EXIT(end(), testing::ExitedWithCode(0), "left behind");
}

TEST(ServerReload, EndsNothing) {
  std::atomic<int> reloads{0};
  RunningServer server(ServerOptions{.threads = 1, .reload = [&]() -> std::function<void()> {
                                       if (++reloads == 12) {
                                         throw Error(ErrorKind::bad_input, "what is new is wrong");
                                       }
                                       return [&] { reloads += 10; };
                                     }});
  const Client client(server.port());
  RunningServer::signal(SIGHUP);
  wait_until([&] { return reloads == 11; });
  RunningServer::signal(SIGHUP);
  wait_until([&] { return reloads == 12; });
  client.send(request("/now", "Connection: close\r\n"));
  EXPECT_THAT(client.read_all(), StartsWith("HTTP/1.1 200 "));
}

}  // namespace
}  // namespace aml::http::test
