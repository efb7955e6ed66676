#include "http/message.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <iterator>

#include "base/json_text.h"

namespace aml::http {

bool is_same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

Fields::Fields(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  for (const auto& [name, value] : fields) add(name, value);
}

void Fields::add(std::string_view name, std::string_view value) {
  places_.push_back({static_cast<std::uint32_t>(text_.size()),
                     static_cast<std::uint32_t>(name.size()),
                     static_cast<std::uint32_t>(value.size())});
  text_ += name;
  text_ += value;
}

void Fields::clear() {
  text_.clear();
  places_.clear();
}

std::pair<std::string_view, std::string_view> Fields::at(std::size_t index) const {
  const Place& place = places_[index];
  const std::string_view text = std::string_view(text_).substr(place.begin);
  return {text.substr(0, place.name_size), text.substr(place.name_size, place.value_size)};
}

std::size_t Fields::count(std::string_view name) const {
  std::size_t found = 0;
  for (std::size_t i = 0; i < size(); ++i) found += is_same_name(at(i).first, name) ? 1 : 0;
  return found;
}

std::optional<std::string_view> Fields::find(std::string_view name) const {
  for (std::size_t i = 0; i < size(); ++i) {
    if (is_same_name(at(i).first, name)) return at(i).second;
  }
  return std::nullopt;
}

std::optional<std::string_view> Fields::sole(std::string_view name) const {
  if (count(name) > 1) return std::string_view();
  return find(name);
}

std::string Fields::joined(std::string_view name) const {
  std::string values;
  bool first = true;
  for (std::size_t i = 0; i < size(); ++i) {
    if (!is_same_name(at(i).first, name)) continue;
    if (!first) values += ", ";
    values += at(i).second;
    first = false;
  }
  return values;
}

Body make_body(std::string bytes) { return std::make_shared<const std::string>(std::move(bytes)); }

Response refusal(int status, std::string_view detail) {
  std::string text = "{\"detail\":";
  append_json_text(text, detail);
  text += "}\n";
  return {.status = status,
          .fields = {{"Cache-Control", "no-store"}},
          .body = make_body(std::move(text))};
}

Response refusal_for_now(std::string_view detail, int retry_after_s) {
  Response response = refusal(503, detail);
  response.fields.emplace_back("Retry-After", std::to_string(retry_after_s));
  return response;
}

std::string_view reason_phrase(int status) {
  constexpr std::pair<int, std::string_view> kPhrases[] = {
      {200, "OK"},
      {202, "Accepted"},
      {204, "No Content"},
      {304, "Not Modified"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {406, "Not Acceptable"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {413, "Content Too Large"},
      {414, "URI Too Long"},
      {415, "Unsupported Media Type"},
      {417, "Expectation Failed"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
  };
  for (const auto& [known, phrase] : kPhrases) {
    if (known == status) return phrase;
  }
  return "Status";
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

std::string lasting_head(const Response& response) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\nServer: aml-miner\r\n", response.status,
                                 reason_phrase(response.status));
  if (may_have_body(response.status)) {
    fmt::format_to(std::back_inserter(head), "Content-Type: {}\r\n", response.content_type);
    if (response.parts != nullptr) {
      fmt::format_to(std::back_inserter(head), "Content-Length: {}\r\n", response.parts->size());
    } else if (response.producer == nullptr) {
      fmt::format_to(std::back_inserter(head), "Content-Length: {}\r\n",
                     response.body ? response.body->size() : 0);
    } else if (const auto size = response.producer->size()) {
      fmt::format_to(std::back_inserter(head), "Content-Length: {}\r\n", *size);
    }
  }
  for (const auto& [name, value] : response.fields) {
    fmt::format_to(std::back_inserter(head), "{}: {}\r\n", name, value);
  }
  return head;
}

std::string response_head(const Response& response, ConnectionState connection) {
  std::string head;
  append_head(head, response, connection);
  return head;
}

void append_head(std::string& head, const Response& response, ConnectionState connection) {
  head += response.head ? *response.head : lasting_head(response);
  head += "Date: ";
  head += http_date();
  const bool is_chunked = may_have_body(response.status) && response.producer &&
                          !response.producer->size() && !connection.http_1_0;
  if (is_chunked) head += "\r\nTransfer-Encoding: chunked";
  // HTTP/1.1 stays open unless told otherwise, HTTP/1.0 closes unless told otherwise.
  if (!connection.keep_alive) {
    head += "\r\nConnection: close";
  } else if (connection.http_1_0) {
    head += "\r\nConnection: keep-alive";
  }
  head += "\r\n\r\n";
}

}  // namespace aml::http
