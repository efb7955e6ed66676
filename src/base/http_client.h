#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// HTTP requests with deadline, stall detection and streaming (libcurl).
namespace aml {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method = "GET";
  std::string url;  // already percent-encoded; sent as it is
  HttpHeaders headers;
  std::string_view body;  // must remain alive during the request
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds stall_timeout{15000};  // no byte for so long: Error{unavailable}
  std::chrono::milliseconds deadline{0};           // for the whole request; 0: none
  std::string ca_file;  // extra certificate authorities; empty: the system's
};

struct HttpResponse {
  int status = 0;
  HttpHeaders headers;  // names in lowercase
  std::string body;     // empty where a sink took it
  std::optional<std::string> header(std::string_view lowercase_name) const;
};

// One kept-alive connection pool; for one thread at a time.
class HttpClient {
 public:
  HttpClient();
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Called with the body's bytes of a 2xx answer as they come; false ends the transfer.
  using Sink = std::function<bool(std::string_view bytes)>;

  // The answer, whatever its status. Throws Error{unavailable} where there is none or it breaks off
  // (refused, reset, stalled, truncated, deadline), Error{interrupted} where a stop was requested,
  // and Error{usage} for a URL that is none. Messages name host and path, never the query or a
  // header.
  HttpResponse send(const HttpRequest& request, const Sink& sink = nullptr);

 private:
  struct State;
  State* state_;
};

// "host:port" as it stands in a URL: an IPv6 address in brackets.
std::string host_and_port(std::string_view host, std::uint16_t port);

// Whether a later try may succeed: 408, 425, 429, 500, 502, 503, 504.
bool is_retryable_status(int status);

}  // namespace aml
