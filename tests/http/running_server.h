#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <any>
#include <atomic>
#include <chrono>
#include <csignal>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/threads.h"
#include "http/server.h"

// A server that runs, and clients that speak bytes.
namespace aml::http::test {

using namespace std::chrono_literals;

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
constexpr std::size_t kPartsBytes = 10'000 * 2'100;

// Ten thousand parts, of 100 bytes and of 2000 in turns.
class TestParts : public Parts {
 public:
  std::uint64_t size() const override { return kPartsBytes; }
  void next(std::uint64_t& position, std::vector<std::string_view>& views,
            std::size_t most) const override {
    for (; position < 20'000 && views.size() < most; ++position) {
      views.push_back(std::string_view(text_).substr(0, position % 2 == 0 ? 100 : 2'000));
    }
  }
  std::shared_ptr<const void> owner() const override { return nullptr; }
  Again again() const override { return {}; }

 private:
  std::string text_ = std::string(2'000, 'x');
};

// Echoes at /now and, from a builder thread, at /later; gives bodies of every kind.
class TestHandler : public Handler {
 public:
  std::optional<Response> answer_now(Request& request) override {
    request.context = std::string("seen");
    if (request.target.starts_with("/later") || request.target == "/hold") return std::nullopt;
    if (request.target == "/parts") return Response{.parts = std::make_shared<TestParts>()};
    if (request.target == "/large") return Response{.body = large_};
    if (request.target == "/chunks") return Response{.producer = pieces(std::nullopt)};
    if (request.target == "/sized") return Response{.producer = pieces(300'000)};
    if (request.target == "/short") return Response{.producer = pieces(300'001)};
    if (request.target == "/long") return Response{.producer = pieces(299'999)};
    if (request.target == "/failing") return Response{.producer = std::make_shared<Failing>()};
    if (request.target != "/now") return refusal(404, "not here");
    return echo(request);
  }
  // At /hold for as long as someone waits, or until let_go().
  Response answer(Request& request) override {
    if (request.target != "/hold") {
      const std::lock_guard lock(mutex_);
      built_.push_back(request.target);
      return echo(request);
    }
    ++held_;
    while (!stop_requested() && !is_let_go_) std::this_thread::sleep_for(1ms);
    if (stop_requested()) ++given_up_;
    return echo(request);
  }
  // The targets of what was built, in order.
  std::vector<std::string> built() const {
    const std::lock_guard lock(mutex_);
    return built_;
  }
  int held() const { return held_; }
  int given_up() const { return given_up_; }
  void let_go() { is_let_go_ = true; }

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
  mutable std::mutex mutex_;
  std::vector<std::string> built_;
  std::atomic<int> held_{0};
  std::atomic<int> given_up_{0};
  std::atomic<bool> is_let_go_{false};
};

// A connection that speaks bytes.
class Client {
 public:
  // `from`: another address of this machine, such as 127.0.0.2.
  explicit Client(std::uint16_t port, const char* from = nullptr)
      : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (from != nullptr) {
      sockaddr_in own{};
      own.sin_family = AF_INET;
      EXPECT_EQ(::inet_pton(AF_INET, from, &own.sin_addr), 1);
      EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&own), sizeof own), 0);
    }
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
  // So many bytes, fewer where the server closes before.
  std::string read(std::size_t size) const {
    std::string bytes(size, '\0');
    const ssize_t got = ::recv(socket_, bytes.data(), size, MSG_WAITALL);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
  }
  // What is here.
  std::string read_some() const {
    std::string bytes(4096, '\0');
    const ssize_t got = ::recv(socket_, bytes.data(), bytes.size(), 0);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
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

// A handler, served until a signal stops that, as a user would.
class Served {
 public:
  explicit Served(Handler& handler, const ServerOptions& options = {}) {
    std::promise<std::uint16_t> listening;
    std::future<std::uint16_t> port = listening.get_future();
    thread_ = std::jthread([&handler, options, &listening] {
      run_server(options, handler, [&](std::uint16_t value) { listening.set_value(value); });
    });
    port_ = port.get();
  }
  ~Served() { stop(); }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  void stop() {
    if (!thread_.joinable()) return;
    ::kill(::getpid(), SIGTERM);
    thread_.join();
  }
  // Until it has ended by itself.
  void wait() { thread_.join(); }

 private:
  std::jthread thread_;
  std::uint16_t port_ = 0;
};

// A server of a TestHandler.
class RunningServer {
 public:
  explicit RunningServer(const Limits& limits = {})
      : RunningServer(ServerOptions{.threads = 2, .limits = limits}) {}
  explicit RunningServer(const ServerOptions& options) : served_(handler_, options) {}

  std::uint16_t port() const { return served_.port(); }
  TestHandler& handler() { return handler_; }
  static void signal(int number) { ::kill(::getpid(), number); }
  void stop() { served_.stop(); }
  void wait() { served_.wait(); }
  // What the server answers to `bytes` until it closes.
  std::string answer(std::string_view bytes) const {
    const Client client(port());
    client.send(bytes);
    client.finish_sending();
    return client.read_all();
  }

 private:
  TestHandler handler_;
  Served served_;
};

inline std::string request(const std::string& target, const std::string& fields = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}

inline std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

}  // namespace aml::http::test
