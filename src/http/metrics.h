#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "http/message.h"

namespace aml::http {

// What a server counts, for Prometheus:
//   aml_http_requests_total{route,status}, aml_http_response_bytes_total{route},
//   aml_http_request_duration_seconds{route} (a histogram), aml_http_connections,
//   aml_http_connections_refused_total, aml_http_requests_given_up_total,
//   aml_log_lines_dropped_total, and gauges that others add.
// All functions may be called from any thread.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // A request was answered. `route` is the pattern that answered, the same pointer each time, or ""
  // where none did.
  void count_request(const char* route, int status, std::uint64_t body_bytes, double seconds);
  void count_connections(int change);
  void count_refused_connection();
  // The client of a request was gone before its answer was made.
  void count_given_up();

  // A further gauge, asked for whenever someone reads the metrics; of one of several networks with
  // its name as a label.
  void add_gauge(const std::string& name, const std::string& help, std::function<double()> value,
                 const std::string& network = "");

  // All of it in Prometheus' text format, version 0.0.4.
  std::string text() const;
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace aml::http
