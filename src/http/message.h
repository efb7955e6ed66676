#pragma once

#include <any>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/parts.h"

// Requests and responses as values, without sockets: what handlers are written and tested with.
namespace aml::http {

// Whether two names of fields are the same but for case.
bool is_same_name(std::string_view a, std::string_view b);

// Header fields in the order they came. Names compare without regard to case.
class Fields {
 public:
  Fields() = default;
  Fields(std::initializer_list<std::pair<std::string_view, std::string_view>> fields);

  void add(std::string_view name, std::string_view value);
  void clear();
  std::size_t size() const { return places_.size(); }
  // Name as it was sent, and value without the space around it. REQUIRES: index < size()
  std::pair<std::string_view, std::string_view> at(std::size_t index) const;

  // How often the field was sent.
  std::size_t count(std::string_view name) const;
  // The first value; nothing where the field was not sent.
  std::optional<std::string_view> find(std::string_view name) const;
  // The value of a field that may be sent once: nothing where it was not sent, an empty view where
  // it was sent more often.
  std::optional<std::string_view> sole(std::string_view name) const;
  // All values, joined by ", " where the field was sent in several lines; empty where it was not.
  std::string joined(std::string_view name) const;

 private:
  struct Place {  // in text_: the name, then the value
    std::uint32_t begin;
    std::uint32_t name_size;
    std::uint32_t value_size;
  };
  std::string text_;
  std::vector<Place> places_;
};

struct Request {
  std::string method;  // "GET"
  std::string target;  // as sent: "/scores/alerts/latest?limit=3"
  Fields fields{};
  std::string body{};    // the bytes as sent, without the framing of chunks
  std::string remote{};  // the IP address at the other end: a client's, or a proxy's
  // What a handler's answer_now() found out, for its answer().
  std::any context{};
};

// A body is shared with the cache and with every connection that is sending it.
using Body = std::shared_ptr<const std::string>;

Body make_body(std::string bytes);

// Gives a body in pieces while it is sent, for what is too large or too far away to be held whole.
// A piece and the one after it are in memory for each connection: they are to be small.
class Producer {
 public:
  Producer() = default;
  virtual ~Producer() = default;
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  // The size of the whole where it is known beforehand.
  virtual std::optional<std::uint64_t> size() const = 0;
  // The next piece, empty at the end; may block. Called from builder threads, one call at a time.
  // Where it throws, or gives more or less than size(), the connection is cut, so that the client
  // sees that the answer is not whole.
  virtual std::string next() = 0;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";              // sent where there is a body
  std::vector<std::pair<std::string, std::string>> fields{};  // further header fields
  // At most one of these three. Never sent with 304 or to HEAD, but counted in Content-Length.
  Body body{};
  std::shared_ptr<const Parts> parts{};
  std::shared_ptr<Producer> producer{};
  // lasting_head() of the response, where that was called before; then the fields are not looked
  // at.
  std::shared_ptr<const std::string> head{};
  // The pattern of the route that answers, for metrics; outlives the response.
  const char* route = "";
};

// {"detail": …}, which no cache may keep.
Response refusal(int status, std::string_view detail);
// The same with 503 and Retry-After.
Response refusal_for_now(std::string_view detail, int retry_after_s);

// "Not Found" for 404.
std::string_view reason_phrase(int status);

// How the connection goes on, in a response's head.
struct ConnectionState {
  bool http_1_0 = false;
  bool keep_alive = true;
};

// Whether a body follows the head of a response with this status.
constexpr bool may_have_body(int status) { return status != 204 && status != 304; }

// The part of a head that does not change from one minute to the next: status line and fields, up
// to the date.
std::string lasting_head(const Response& response);

// Status line and header fields, up to and with the empty line.
std::string response_head(const Response& response, ConnectionState connection);
// The same, appended to `text`.
void append_head(std::string& text, const Response& response, ConnectionState connection);

}  // namespace aml::http
