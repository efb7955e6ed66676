#include "http/server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <future>
#include <optional>
#include <thread>

#include "base/error.h"

namespace aml::http {
namespace {

using namespace std::chrono_literals;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::chrono::milliseconds kStopTimeout = 10s;

// Gives `pieces` pieces of `bytes` bytes.
class Pieces : public Producer {
 public:
  Pieces(std::size_t pieces, std::size_t bytes, std::optional<std::uint64_t> size)
      : left_(pieces), bytes_(bytes), size_(size) {}
  std::optional<std::uint64_t> size() const override { return size_; }
  std::string next() override { return left_-- == 0 ? "" : std::string(bytes_, 'x'); }

 private:
  std::size_t left_;
  std::size_t bytes_;
  std::optional<std::uint64_t> size_;
};

class Failing : public Pieces {
 public:
  Failing() : Pieces(1, 10, 100) {}
  std::string next() override {
    if (std::exchange(failed_, true)) throw Error(ErrorKind::unavailable, "upstream is gone");
    return Pieces::next();
  }

 private:
  bool failed_ = false;
};

constexpr std::size_t kLarge = 20'000'000;

// Echoes at /now and, from a builder thread, at /later; gives bodies of every kind.
class TestHandler : public Handler {
 public:
  std::optional<Response> answer_now(Request& request) override {
    request.context = std::string("seen");
    if (request.target == "/later") return std::nullopt;
    if (request.target == "/large") return Response{.body = large_};
    if (request.target == "/chunks") return Response{.producer = pieces(std::nullopt)};
    if (request.target == "/sized") return Response{.producer = pieces(300'000)};
    if (request.target == "/short") return Response{.producer = pieces(300'001)};
    if (request.target == "/long") return Response{.producer = pieces(299'999)};
    if (request.target == "/failing") return Response{.producer = std::make_shared<Failing>()};
    if (request.target != "/now") return refusal(404, "not here");
    return echo(request);
  }
  Response answer(Request& request) override { return echo(request); }

 private:
  static std::shared_ptr<Producer> pieces(std::optional<std::uint64_t> size) {
    return std::make_shared<Pieces>(3, 100'000, size);
  }
  static Response echo(const Request& request) {
    return {.fields = {{"X-Remote", request.remote}},
            .body = make_body(request.method + " " + request.target + " " + request.body + " " +
                              std::any_cast<std::string>(request.context) + "\n")};
  }
  Body large_ = make_body(std::string(kLarge, 'x'));
};

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
  std::uint16_t port() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    return ntohs(address.sin_port);
  }
  void finish_sending() const { ::shutdown(socket_, SHUT_WR); }
  // Until the server sends.
  void wait() const {
    char byte = 0;
    EXPECT_EQ(::recv(socket_, &byte, 1, MSG_PEEK), 1);
  }
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

// A server that a signal stops, as a user would.
class RunningServer {
 public:
  explicit RunningServer(const Limits& limits = {}) {
    std::promise<std::uint16_t> listening;
    std::future<std::uint16_t> port = listening.get_future();
    thread_ = std::jthread([this, limits, &listening] {
      run_server({.port = 0, .threads = 2, .limits = limits, .stop_timeout = kStopTimeout},
                 handler_, [&](std::uint16_t value) { listening.set_value(value); });
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
  TestHandler handler_;
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

TEST(Server, RefusesWhatIsTooLong) {
  const RunningServer server;
  EXPECT_THAT(server.answer(request("/" + std::string(9000, 'x'))), StartsWith("HTTP/1.1 414 "));
  EXPECT_THAT(server.answer(request("/" + std::string(100'000, 'x'))), StartsWith("HTTP/1.1 414 "));
  EXPECT_THAT(server.answer(request("/now", "X: " + std::string(20'000, 'x') + "\r\n")),
              StartsWith("HTTP/1.1 431 "));
  const std::string body(100'000, 'x');
  EXPECT_THAT(server.answer(request("/now", "Content-Length: 100000\r\n") + body),
              StartsWith("HTTP/1.1 413 "));
}

TEST(Server, RefusesWhatIsNoRequest) {
  const RunningServer server;
  for (const char* bytes :
       {"hello\r\n\r\n", "GET\r\n\r\n", "GET /now\r\n\r\n", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /now HTTP/1.1\r\n\r\n", "GET /now HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "GET /now HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", "\x16\x03\x01\x02\r\n\r\n",
        "GET /now HTTP/2.0\r\nHost: x\r\n\r\n"}) {
    EXPECT_THAT(server.answer(bytes), StartsWith("HTTP/1.1 400 ")) << bytes;
  }
  EXPECT_THAT(server.answer(request("/now")), StartsWith("HTTP/1.1 200 "));
}

TEST(Server, ReadsABodyThatComesInPieces) {
  const RunningServer server;
  const Client client(server.port());
  client.send("POST /now HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nab");
  std::this_thread::sleep_for(20ms);
  client.send("cd");
  std::this_thread::sleep_for(20ms);
  client.send("ef" + request("/later", "Connection: close\r\n"));
  const std::string answers = client.read_all();
  EXPECT_THAT(answers, HasSubstr("POST /now abcdef seen\n"));
  EXPECT_THAT(answers, HasSubstr("GET /later"));
}

TEST(Server, UnfoldsAChunkedBody) {
  const RunningServer server;
  const std::string answer = server.answer(
      "POST /later HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
      "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX: trailer\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("POST /later abcde seen\n"));
  EXPECT_THAT(answer, HasSubstr("X-Remote: 127.0.0.1\r\n"));
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

TEST(Server, SpeaksHttp10) {
  const RunningServer server;
  const Client client(server.port());
  client.send("GET /now HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.read_all(), HasSubstr("Connection: close\r\n"));
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
}  // namespace aml::http
