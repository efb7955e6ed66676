// Load for bench/mine: N connections that send one request after the other for so many seconds, and
// count. Requests are signed anew each (btauth/1 or v10), or plain GETs. Prints one line of JSON:
// requests, failures, seconds, bytes, and the percentiles of the time to the last byte.
//
//   mine_load btauth|v10|get|unsigned PORT TARGET-OR-RECEIVER BODY-OR-KIND CONNECTIONS SECONDS
//   [REQUESTS]
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "bittensor/btauth.h"
#include "bittensor/scores_request.h"
#include "bittensor/v10.h"

namespace {

using namespace aml::bittensor;
using Clock = std::chrono::steady_clock;

struct Plan {
  std::string mode;
  std::uint16_t port = 0;
  std::string target;  // of get; of the others the receiver's ss58
  std::string kind;
  int connections = 1;
  double seconds = 1;
  long requests = 1L << 40;  // of each connection
};

struct Count {
  std::mutex mutex;
  long done = 0;
  long failed = 0;
  long long bytes = 0;
  std::vector<double> ms;
};

class Connection {
 public:
  explicit Connection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      std::perror("connect");
      std::exit(1);
    }
    buffer_.resize(1u << 20);
  }
  ~Connection() { ::close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Status and size of the body; 0 where the connection ended.
  std::pair<int, long long> exchange(const std::string& request) {
    if (::send(socket_, request.data(), request.size(), MSG_NOSIGNAL) < 0) return {0, 0};
    std::string head;
    std::size_t end = std::string::npos;
    while (end == std::string::npos) {
      const ssize_t got = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
      if (got <= 0) return {0, 0};
      head.append(buffer_.data(), static_cast<std::size_t>(got));
      end = head.find("\r\n\r\n");
    }
    std::string fields = head.substr(0, end);
    std::transform(fields.begin(), fields.end(), fields.begin(),
                   [](char c) { return static_cast<char>(std::tolower(c)); });
    const std::size_t length = fields.find("content-length: ");
    const long long size =
        length == std::string::npos ? 0 : std::atoll(fields.c_str() + length + 16);
    long long left = size - static_cast<long long>(head.size() - end - 4);
    while (left > 0) {
      const ssize_t got = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
      if (got <= 0) return {0, 0};
      left -= got;
    }
    return {std::atoi(head.c_str() + 9), size};
  }

 private:
  int socket_;
  std::vector<char> buffer_;
};

std::string text(std::string_view method, std::string_view target, const aml::HttpHeaders& headers,
                 const std::string& body) {
  std::string request = fmt::format("{} {} HTTP/1.1\r\nHost: 127.0.0.1\r\n", method, target);
  for (const auto& [name, value] : headers) request += fmt::format("{}: {}\r\n", name, value);
  if (method == "POST") request += fmt::format("Content-Length: {}\r\n", body.size());
  return request + "\r\n" + body;
}

std::string make(const Plan& plan, const Keypair& alice) {
  if (plan.mode == "get") return text("GET", plan.target, {}, "");
  const ScoresRequest request{"latest", parse_kind(plan.kind).value_or(ScoresKind::alert_scores)};
  if (plan.mode == "v10") {
    const V10Request made = v10_sign(alice, plan.target, "127.0.0.1", plan.port, request, 12);
    return text("POST", kSynapsePath, made.headers, made.body);
  }
  const std::string body = request.to_json();
  if (plan.mode == "unsigned") return text("POST", kScoresPath, {}, body);
  return text("POST", kScoresPath,
              btauth_sign(alice, "POST", kScoresPath, body, plan.target).headers, body);
}

void run(const Plan& plan, const Keypair& alice, Clock::time_point until, Count& count) {
  Connection connection(plan.port);
  const int expected = plan.mode == "unsigned" ? 401 : 200;
  long done = 0;
  long failed = 0;
  long long bytes = 0;
  std::vector<double> ms;
  while (Clock::now() < until && done + failed < plan.requests) {
    const std::string request = make(plan, alice);
    const auto began = Clock::now();
    const auto [status, size] = connection.exchange(request);
    ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - began).count());
    ++(status == expected ? done : failed);
    bytes += size;
    if (status == 0) break;
  }
  const std::lock_guard lock(count.mutex);
  count.done += done;
  count.failed += failed;
  count.bytes += bytes;
  count.ms.insert(count.ms.end(), ms.begin(), ms.end());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 7) {
    fmt::print(stderr, "usage: mine_load MODE PORT RECEIVER KIND CONNECTIONS SECONDS [REQUESTS]\n");
    return 2;
  }
  Plan plan{argv[1],
            static_cast<std::uint16_t>(std::atoi(argv[2])),
            argv[3],
            argv[4],
            std::atoi(argv[5]),
            std::atof(argv[6])};
  if (argc > 7) plan.requests = std::atol(argv[7]);
  const Keypair alice = Keypair::from_dev_uri("//Alice");
  Count count;
  const auto began = Clock::now();
  const auto until = began + std::chrono::duration_cast<Clock::duration>(
                                 std::chrono::duration<double>(plan.seconds));
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < plan.connections; ++i)
      threads.emplace_back([&] { run(plan, alice, until, count); });
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
  std::sort(count.ms.begin(), count.ms.end());
  const auto percentile = [&](double p) {
    return count.ms.empty()
               ? 0.0
               : count.ms[static_cast<std::size_t>(p * static_cast<double>(count.ms.size() - 1))];
  };
  fmt::print(
      R"({{"requests":{},"failures":{},"seconds":{:.6f},"bytes":{},"min_ms":{:.4f},"p50_ms":{:.4f},"p99_ms":{:.4f}}})"
      "\n",
      count.done, count.failed, seconds, count.bytes, percentile(0), percentile(0.5),
      percentile(0.99));
  return 0;
}
