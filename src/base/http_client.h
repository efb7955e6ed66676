#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// HTTP requests with bounds on bytes and time (libcurl).
//
// No content coding is undone: a body is what the server sent, so nothing unpacks into more. No
// redirect is followed. Proxies are those of http_proxy, https_proxy and no_proxy. TLS is 1.2 or
// 1.3 with forward secrecy and authenticated encryption.
namespace aml {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  // Whoever asks says how much of a body may stand in memory, and how long all of it may take
  // (0: as long as bytes come).
  HttpRequest(std::uint64_t most_body_bytes, std::chrono::milliseconds longest)
      : body_limit(most_body_bytes), deadline(longest) {}

  std::string method = "GET";
  std::string url;  // already percent-encoded; sent as it is
  HttpHeaders headers;
  std::string_view body;     // must remain alive during the request
  std::uint64_t body_limit;  // bytes of the answer's body, those for a sink apart
  std::chrono::milliseconds deadline;
  std::chrono::milliseconds connect_timeout{5000};
  // Slower than `least_rate` bytes a second for so long: Error{unavailable}. libcurl counts whole
  // seconds, at least one.
  std::chrono::milliseconds stall_timeout{15000};
  std::uint32_t least_rate = 1;
  std::string ca_file;  // extra certificate authorities; empty: the system's
};

struct HttpResponse {
  int status = 0;
  HttpHeaders headers;  // names in lowercase
  std::string body;     // empty where a sink took it
  std::optional<std::string> header(std::string_view lowercase_name) const;
};

// Names and values of the headers of one answer, its interim answers and trailers among them. A
// server that sends more is not listened to.
inline constexpr std::size_t kMostHeaderBytes = 256 << 10;

// One kept-alive connection pool; for one thread at a time.
class HttpClient {
 public:
  HttpClient();
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Called with the body's bytes of a 2xx answer as they come; false ends the transfer.
  using Sink = std::function<bool(std::string_view bytes)>;
  // Called before the sink with status and headers of a 2xx answer; false ends the transfer.
  using Head = std::function<bool(const HttpResponse& head)>;

  // The answer, whatever its status. Throws Error{unavailable} where there is none, it breaks off
  // (refused, reset, stalled, truncated, deadline) or is larger than its bounds;
  // Error{denied} where the server's certificate does not prove who it is; Error{interrupted} where
  // a stop was requested; Error{usage} for a URL that is none and a `ca_file` that cannot be used.
  // Of an answer that is not 2xx only the beginning of the body is kept, up to the bound, and
  // nothing is thrown for the rest. Messages name host and path, never user, query or a header.
  HttpResponse send(const HttpRequest& request, const Sink& sink = nullptr,
                    const Head& head = nullptr);

 private:
  struct State;
  State* state_;
};

// "host:port" as it stands in a URL: an IPv6 address in brackets.
std::string host_and_port(std::string_view host, std::uint16_t port);
struct HostPort {
  std::string host;  // an IPv6 address without its brackets
  std::uint16_t port = 0;
};
// The reverse of it; nothing where the text has no host, no port, or one that is no number.
std::optional<HostPort> host_and_port_of(std::string_view text);

// Whether an address, or localhost, is this machine's own, which nobody else reaches.
bool is_loopback(std::string_view host);

// Whether a later try may succeed: 408, 425, 429, 500, 502, 503, 504.
bool is_retryable_status(int status);

}  // namespace aml
