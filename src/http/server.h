#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

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
  std::size_t connections = 10'240;      // beyond: 503, and the connection is closed
};

struct ServerOptions {
  std::string host = "127.0.0.1";           // an IP address of this machine, or localhost
  std::uint16_t port = 0;                   // 0: the kernel chooses
  int threads = 1;                          // that serve
  std::filesystem::path tls_certificate{};  // PEM: the server's, then those that vouch for it
  std::filesystem::path tls_key{};          // PEM; both or neither
  int builders = 0;  // threads that run Handler::answer(); 0: as many as serve
  Limits limits{};
  std::chrono::milliseconds stop_timeout{10'000};  // for requests under way at the end
  Metrics* metrics = nullptr;                      // counts what is served, where given
};

// Serves over HTTP/1.1 until SIGINT or SIGTERM, then stops accepting, finishes the requests under
// way (a second signal cuts them off) and returns. `on_listening` is called once with the port.
// While it runs, signals do not set stop_requested(), so that what is under way can be finished.
// Throws Error{unavailable} where the port is taken, Error{usage} where the host is none of this
// machine, Error{denied} where the port is reserved, Error{bad_input} where certificate or key
// cannot be used, and read_file()'s errors where they cannot be read.
void run_server(const ServerOptions& options, Handler& handler,
                const std::function<void(std::uint16_t port)>& on_listening);

}  // namespace aml::http
