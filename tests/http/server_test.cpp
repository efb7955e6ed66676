#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <optional>
#include <string>
#include <thread>

#include "running_server.h"

namespace aml::http::test {
namespace {

using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Server, AnswersAClientThatHasFinishedSending) {
  const RunningServer server;
  EXPECT_THAT(server.answer(request("/now")), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  const RunningServer server;
  std::string bytes;
  for (int i = 0; i < 20; ++i) bytes += request("/later") + request("/nothing");
  const std::string answers = server.answer(bytes + request("/later"));
  EXPECT_EQ(count(answers, "HTTP/1.1 200 OK"), 21U);
  EXPECT_EQ(count(answers, "HTTP/1.1 404 Not Found"), 20U);
  EXPECT_GT(answers.rfind("/later"), answers.rfind("404"));
}

TEST(Server, SendsLargeBodiesWhole) {
  const RunningServer server;
  // By copying at first, and from a file once it was asked for before.
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(count(server.answer(request("/large") + request("/large")), "x"), 2 * kLarge);
  }
}

// Bytes that the socket from `local` to `remote`, ports of this machine, holds for the other side.
std::size_t waiting_in_socket(std::uint16_t local, std::uint16_t remote) {
  std::ifstream sockets("/proc/net/tcp");
  const auto ends = fmt::format("0100007F:{:04X} 0100007F:{:04X} ", local, remote);
  for (std::string line; std::getline(sockets, line);) {
    const std::size_t at = line.find(ends);
    if (at == std::string::npos) continue;
    return std::stoul(line.substr(at + ends.size() + 3, 8), nullptr, 16);  // after the state
  }
  return 0;
}

TEST(Server, KeepsOutOfTheSocketWhatAClientDoesNotTake) {
  const RunningServer server;
  const Client client(server.port());
  client.send("GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  client.wait();
  std::this_thread::sleep_for(100ms);  // in which the kernel would take megabytes
  const std::size_t waiting = waiting_in_socket(server.port(), client.port());
  EXPECT_GT(waiting, 0);
  EXPECT_LT(waiting, 1'000'000);
  EXPECT_THAT(client.read_all().size(), Gt(kLarge));
}

TEST(Server, SendsWhatAProducerGives) {
  const RunningServer server;
  const std::string sized = server.answer(request("/sized") + request("/now"));
  EXPECT_THAT(sized, HasSubstr("Content-Length: 300000\r\n"));
  EXPECT_EQ(count(sized, "x"), 300'000U);
  EXPECT_THAT(sized, HasSubstr("GET /now"));
  const std::string chunked = server.answer(request("/chunks") + request("/now"));
  EXPECT_THAT(chunked, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_THAT(chunked, HasSubstr("x\r\n0\r\n\r\nHTTP/1.1 200"));
  EXPECT_EQ(count(chunked, "\r\n186a0\r\nx"), 3U);
  const std::string old = server.answer("GET /chunks HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(old, HasSubstr("Connection: close\r\n"));
  EXPECT_EQ(old.size() - old.find("\r\n\r\n") - 4, 300'000U);
}

TEST(Server, CutsWhatAProducerDoesNotFinish) {
  const RunningServer server;
  for (const char* target : {"/short", "/long", "/failing"}) {
    const std::string answer = server.answer(request(target) + request("/now"));
    EXPECT_THAT(answer, Not(HasSubstr("GET /now"))) << target;
    EXPECT_LT(answer.size(), 300'200U);
  }
}

TEST(Server, RefusesWhatWouldWaitTooLong) {
  RunningServer server({.waiting_requests = 0});
  EXPECT_THAT(server.answer(request("/later")), StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(server.answer(request("/now")), StartsWith("HTTP/1.1 200 "));
}

TEST(Server, RefusesConnectionsBeyondTheirLimit) {
  RunningServer server({.connections = 2});
  std::optional<Client> first(server.port());
  const Client second(server.port());
  for (const Client* client : std::initializer_list<const Client*>{&*first, &second}) {
    client->send(request("/now"));
    client->wait();
  }
  EXPECT_THAT(server.answer(request("/now")), StartsWith("HTTP/1.1 503 "));
  first.reset();
  std::string answer;
  while (!answer.starts_with("HTTP/1.1 200 ")) answer = server.answer(request("/now"));
}

TEST(Server, ClosesOnTheIdleAndTheSlow) {
  const RunningServer server({.request_timeout = 100ms, .idle_timeout = 100ms});
  EXPECT_EQ(Client(server.port()).read_all(), "");
  const Client slow(server.port());
  slow.send("GET /now HTTP/1.1\r\n");
  EXPECT_EQ(slow.read_all(), "");
  const Client idle(server.port());
  idle.send(request("/now"));
  EXPECT_THAT(idle.read_all(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST(Server, StopsWhileClientsAreIdle) {
  RunningServer server;
  const Client idle(server.port());
  const Client used(server.port());
  used.send(request("/now"));
  used.wait();  // one that is not taken yet would be turned away
  const auto start = std::chrono::steady_clock::now();
  server.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - start, kStopTimeout);
  EXPECT_EQ(idle.read_all(), "");
  EXPECT_THAT(used.read_all(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST(Server, SaysWhyItCannotListen) {
  const RunningServer server;
  TestHandler handler;
  const auto refusal = [&](const std::string& host, std::uint16_t port) {
    try {
      run_server({.host = host, .port = port}, handler, [](std::uint16_t) {});
    } catch (const Error& e) {
      return std::to_string(exit_code(e.kind())) + " " + e.what();
    }
    return std::string();
  };
  EXPECT_THAT(refusal("127.0.0.1", server.port()), StartsWith("5 port "));
  EXPECT_THAT(refusal("localhost", server.port()), HasSubstr("is taken"));
  EXPECT_THAT(refusal("192.0.2.1", 0), StartsWith("2 "));
  EXPECT_THAT(refusal("example.org", 0), HasSubstr("--host"));
}

}  // namespace
}  // namespace aml::http::test
