#include "api/server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <future>
#include <thread>

#include "../results/example.h"
#include "base/error.h"

namespace aml::api {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::chrono::milliseconds kStopTimeout = 10s;

// A connection that speaks bytes.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;  // the server has refused already
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void finish_sending() const { ::shutdown(socket_, SHUT_WR); }
  // All bytes until the server closes.
  std::string read_all() const {
    std::string bytes;
    char buffer[4096];
    for (ssize_t got = 1; got > 0;) {
      got = ::recv(socket_, buffer, sizeof buffer, 0);
      if (got > 0) bytes.append(buffer, static_cast<std::size_t>(got));
    }
    return bytes;
  }

 private:
  int socket_;
};

// A server over one batch, stopped by a signal as a user would.
class RunningServer {
 public:
  explicit RunningServer(const Limits& limits = {}) {
    results::publish(root_.path(), "2025-10-26", "2025-10-26");
    std::promise<std::uint16_t> listening;
    std::future<std::uint16_t> port = listening.get_future();
    thread_ = std::jthread([this, limits, &listening] {
      run_server({.port = 0, .threads = 2, .limits = limits, .stop_timeout = kStopTimeout},
                 service_, [&](std::uint16_t value) { listening.set_value(value); });
    });
    port_ = port.get();
  }
  ~RunningServer() { stop(); }
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;

  std::uint16_t port() const { return port_; }
  void stop() {
    if (!thread_.joinable()) return;
    ::kill(::getpid(), SIGTERM);
    thread_.join();
  }
  // What the server answers to `bytes` until it closes.
  std::string answer(std::string_view bytes) const {
    const Client client(port_);
    client.send(bytes);
    client.finish_sending();
    return client.read_all();
  }

 private:
  results::TemporaryFolder root_;
  Service service_{root_.path(), 1 << 20};
  std::jthread thread_;
  std::uint16_t port_ = 0;
};

std::string request(const std::string& target, const std::string& fields = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

TEST(Server, AnswersAClientThatHasFinishedSending) {
  const RunningServer server;
  EXPECT_THAT(server.answer(request("/health")), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  const RunningServer server;
  std::string bytes;
  for (int i = 0; i < 20; ++i) bytes += request("/alerts/2025-10-26/a") + request("/nothing");
  const std::string answers = server.answer(bytes + request("/version"));
  EXPECT_EQ(count(answers, "HTTP/1.1 200 OK"), 21U);
  EXPECT_EQ(count(answers, "HTTP/1.1 404 Not Found"), 20U);
  EXPECT_GT(answers.find("api_version"), answers.rfind("404"));
}

TEST(Server, RefusesWhatIsTooLong) {
  const RunningServer server;
  EXPECT_THAT(server.answer(request("/" + std::string(9000, 'x'))), StartsWith("HTTP/1.1 414 "));
  EXPECT_THAT(server.answer(request("/" + std::string(100'000, 'x'))), StartsWith("HTTP/1.1 414 "));
  EXPECT_THAT(server.answer(request("/health", "X: " + std::string(20'000, 'x') + "\r\n")),
              StartsWith("HTTP/1.1 431 "));
  const std::string body(100'000, 'x');
  EXPECT_THAT(server.answer(request("/health", "Content-Length: 100000\r\n") + body),
              StartsWith("HTTP/1.1 413 "));
}

TEST(Server, RefusesWhatIsNoRequest) {
  const RunningServer server;
  for (const char* bytes :
       {"hello\r\n\r\n", "GET\r\n\r\n", "GET /health\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", "GET /health HTTP/1.1\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", "\x16\x03\x01\x02\r\n\r\n",
        "GET /health HTTP/2.0\r\nHost: x\r\n\r\n"}) {
    EXPECT_THAT(server.answer(bytes), StartsWith("HTTP/1.1 400 ")) << bytes;
  }
  EXPECT_THAT(server.answer(request("/health")), StartsWith("HTTP/1.1 200 "));
}

TEST(Server, ReadsABodyThatComesInPieces) {
  const RunningServer server;
  const Client client(server.port());
  client.send("POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nab");
  std::this_thread::sleep_for(20ms);
  client.send("cd");
  std::this_thread::sleep_for(20ms);
  client.send("ef" + request("/version", "Connection: close\r\n"));
  const std::string answers = client.read_all();
  EXPECT_THAT(answers, StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(answers, HasSubstr("api_version"));
}

TEST(Server, SpeaksHttp10) {
  const RunningServer server;
  const Client client(server.port());
  client.send("GET /health HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.read_all(), HasSubstr("Connection: close\r\n"));
}

TEST(Server, ClosesOnTheIdleAndTheSlow) {
  const RunningServer server({.request_timeout = 100ms, .idle_timeout = 100ms});
  EXPECT_EQ(Client(server.port()).read_all(), "");
  const Client slow(server.port());
  slow.send("GET /health HTTP/1.1\r\n");
  EXPECT_EQ(slow.read_all(), "");
  const Client idle(server.port());
  idle.send(request("/health"));
  EXPECT_THAT(idle.read_all(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST(Server, StopsWhileClientsAreIdle) {
  RunningServer server;
  const Client idle(server.port());
  const Client used(server.port());
  used.send(request("/health"));
  const auto start = std::chrono::steady_clock::now();
  server.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - start, kStopTimeout);
  EXPECT_EQ(idle.read_all(), "");
  EXPECT_THAT(used.read_all(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST(Server, SaysWhyItCannotListen) {
  const RunningServer server;
  const results::TemporaryFolder root;
  Service service(root.path(), 0);
  const auto refusal = [&](const std::string& host, std::uint16_t port) {
    try {
      run_server({.host = host, .port = port}, service, [](std::uint16_t) {});
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
}  // namespace aml::api
