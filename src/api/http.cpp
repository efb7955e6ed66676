#include "api/http.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <iterator>

#include "api/json_text.h"

namespace aml::api {

Body make_body(std::string bytes) { return std::make_shared<const std::string>(std::move(bytes)); }

Response refusal(int status, std::string_view detail) {
  std::string text = "{\"detail\":";
  append_json_text(text, detail);
  text += "}\n";
  return {.status = status,
          .fields = {{"Cache-Control", "no-store"}},
          .body = make_body(std::move(text))};
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

namespace {

// The date as HTTP writes it, put together once a second.
const std::string& http_date() {
  thread_local std::time_t written = 0;
  thread_local std::string text;
  const std::time_t now = std::time(nullptr);
  if (now != written) {
    text = fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(now));
    written = now;
  }
  return text;
}

}  // namespace

std::string response_head(const Response& response, ConnectionState connection) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\nServer: aml-miner\r\nDate: {}\r\n",
                                 response.status, reason_phrase(response.status), http_date());
  if (response.status != 304) {
    fmt::format_to(std::back_inserter(head), "Content-Type: {}\r\nContent-Length: {}\r\n",
                   response.content_type, response.body ? response.body->size() : 0);
  }
  for (const auto& [name, value] : response.fields) {
    fmt::format_to(std::back_inserter(head), "{}: {}\r\n", name, value);
  }
  // HTTP/1.1 stays open unless told otherwise, HTTP/1.0 closes unless told otherwise.
  if (!connection.keep_alive) {
    head += "Connection: close\r\n";
  } else if (connection.http_1_0) {
    head += "Connection: keep-alive\r\n";
  }
  return head += "\r\n";
}

}  // namespace aml::api
