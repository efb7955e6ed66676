#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Requests and responses as values, without sockets: what routes are written and tested with.
namespace aml::api {

// What of a request matters here. Header fields that a client repeats are joined by ", ".
struct Request {
  std::string method;  // "GET"
  std::string target;  // as sent: "/scores/alerts/latest?limit=3"
  std::string accept{};
  std::string accept_encoding{};
  std::string if_none_match{};
};

// A body is shared with the cache and with every connection that is sending it.
using Body = std::shared_ptr<const std::string>;

Body make_body(std::string bytes);

struct Response {
  int status = 200;
  std::string content_type = "application/json";              // sent where there is a body
  std::vector<std::pair<std::string, std::string>> fields{};  // further header fields
  Body body{};  // never sent with 304 or to HEAD, but counted in Content-Length
};

// {"detail": …}, which no cache may keep.
Response refusal(int status, std::string_view detail);

// "Not Found" for 404.
std::string_view reason_phrase(int status);

// How the connection goes on, in a response's head.
struct ConnectionState {
  bool http_1_0 = false;
  bool keep_alive = true;
};

// Status line and header fields, up to and with the empty line.
std::string response_head(const Response& response, ConnectionState connection);

}  // namespace aml::api
