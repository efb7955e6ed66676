#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <stop_token>
#include <string>

#include "http/budget.h"
#include "http/handler.h"
#include "http/metrics.h"

namespace aml::http {

// What a client may cost.
struct Limits {
  std::size_t header_bytes = 16'384;  // request line and header fields together; beyond: 431
  std::size_t target_bytes = 8'192;   // the address; beyond: 414
  std::size_t body_bytes = 65'536;    // of a request; beyond: 413
  std::chrono::milliseconds request_timeout{10'000};  // from its first byte to its last
  std::chrono::milliseconds idle_timeout{60'000};     // between requests
  std::chrono::milliseconds stall_timeout{30'000};    // without one byte of a response taken
  std::size_t slowest_reader = 16'384;   // bytes a second, below which a response is given up
  std::size_t waiting_requests = 4'096;  // for a builder thread; beyond: 503
  // Beyond, who has the most gives one up for who has fewer; otherwise: 503, and the connection is
  // closed.
  std::size_t connections = 10'240;
};

struct ServerOptions {
  std::string host = "127.0.0.1";           // an IP address of this machine, or localhost
  std::uint16_t port = 0;                   // 0: the kernel chooses
  int threads = 1;                          // that serve
  std::filesystem::path tls_certificate{};  // PEM: the server's, then those that vouch for it
  std::filesystem::path tls_key{};          // PEM; both or neither
  int builders = 0;  // threads that run Handler::answer(); 0: as many as serve
  Limits limits{};
  // For requests under way at the end. What is built then must end within kLastPatience after it,
  // or the process does.
  std::chrono::milliseconds stop_timeout{10'000};
  std::set<std::string> trusted_proxies{};  // IP addresses whose X-Forwarded-For is believed
  Budget* budget = nullptr;                 // for answers; null: kDefaultBudgetBytes of its own
  Metrics* metrics = nullptr;               // counts what is served, where given
  bool log_requests = true;                 // false: neither who asks for what, nor that it is done
  std::stop_token end{};                    // stops the server as SIGTERM does
  // Called when SIGHUP comes: reads anew what may have changed, and gives what puts it into force.
  // Throws Error where it cannot be used: then nothing changes.
  std::function<std::function<void()>()> reload{};

  static constexpr std::size_t kDefaultBudgetBytes = 512 << 20;
  static constexpr std::chrono::milliseconds kLastPatience{1'000};
};

// Throws what open_tls() throws, where certificate and key cannot be used; both may be empty.
void check_tls(const std::filesystem::path& certificate, const std::filesystem::path& key);

// Serves over HTTP/1.1 until SIGINT, SIGTERM or options.end, then stops accepting, refuses what
// waits to be built, finishes the requests under way and returns. A second signal, or the end of
// stop_timeout, cuts them off; where what is built then does not end, the process does, with exit
// code 0 and its log written. SIGHUP reads certificate and key anew, and calls options.reload.
// `on_listening` is called once with the port. While it runs, signals do not set stop_requested(),
// so that what is under way can be finished. Throws Error{unavailable} where the port is taken or
// there are too few threads, Error{usage} where the host is none of this machine, Error{denied}
// where the port is reserved, and what open_tls() throws.
void run_server(const ServerOptions& options, Handler& handler,
                const std::function<void(std::uint16_t port)>& on_listening);

}  // namespace aml::http
