// Reads requests from the bytes of a connection. Included where Boost is, see server.cpp.
#pragma once

#include <boost/beast/http.hpp>
#include <boost/optional.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "http/framing.h"
#include "http/message.h"

namespace aml::http {

namespace beast = boost::beast;
using boost::system::error_code;

// Whether a line of the header goes on in the next one, which begins with a space (RFC 9112, 5.2):
// others on the way may read such a line differently. `bytes` may end anywhere, or go on with a
// body.
inline bool has_folded_line(std::string_view bytes) {
  while (true) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos || end + 1 == bytes.size()) return false;
    const char next = bytes[end + 1];
    if (next == ' ' || next == '\t') return true;
    if (next == '\r') return false;  // the empty line after the header
    bytes.remove_prefix(end + 1);
  }
}

// Beast's parser for HTTP/1.1, which puts what it reads straight into a Request: unlike Beast's own
// message types it allocates nothing once the request's buffers have grown. What leaves in doubt
// where a request ends is refused, since others on the way may see the end elsewhere.
class Parser : public beast::http::basic_parser<true> {
 public:
  // `keeps_body`: otherwise the body's bytes are read and forgotten.
  Parser(Request& request, bool keeps_body) : request_(request), keeps_body_(keeps_body) {
    request.method.clear();
    request.target.clear();
    request.fields.clear();
    request.body.clear();
    request.context.reset();
  }

  // 10 or 11; 0 as long as the request line is not there.
  int version() const { return version_; }
  // Why put() failed, where that was for a reason of ours.
  const std::optional<Response>& refusal() const { return refusal_; }
  // Whether the client waits to be told that it may send its body (RFC 9110, 10.1.1); once.
  bool takes_wait_for_continue() { return std::exchange(waits_for_continue_, false); }

 private:
  using View = beast::string_view;
  using Verb = beast::http::verb;
  using Field = beast::http::field;
  using Chunk = beast::http::chunk_extensions;

  void on_request_impl(Verb, View method, View target, int version, error_code& error) override {
    error = {};
    request_.method.assign(method.data(), method.size());
    request_.target.assign(target.data(), target.size());
    version_ = version;
  }
  void on_response_impl(int, View, int, error_code& error) override { error = {}; }
  void on_field_impl(Field field, View name, View value, error_code& error) override {
    error = {};
    // Trailers come after what the request was judged by.
    if (in_body_) return;
    request_.fields.add({name.data(), name.size()}, {value.data(), value.size()});
    is_framed_ |= field == Field::transfer_encoding || field == Field::content_length;
    is_expecting_ |= field == Field::expect;
  }
  void on_header_impl(error_code& error) override {
    error = {};
    in_body_ = true;
    if (is_framed_) refusal_ = refuse_framing(request_.fields, version_);
    if (is_expecting_ && !refusal_) read_expectation();
    if (refusal_) error = beast::http::error::bad_field;
  }
  void read_expectation() {
    if (!is_same_name(request_.fields.joined("Expect"), "100-continue")) {
      refusal_ = http::refusal(417, "the only expectation that is met is 100-continue");
    } else {
      waits_for_continue_ = version_ != 10;
    }
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code& error) override {
    error = {};
  }
  std::size_t on_body_impl(View body, error_code& error) override {
    error = {};
    if (keeps_body_) request_.body.append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, View, error_code& error) override { error = {}; }
  std::size_t on_chunk_body_impl(std::uint64_t, View body, error_code& error) override {
    return on_body_impl(body, error);
  }
  void on_finish_impl(error_code& error) override { error = {}; }

  Request& request_;
  const bool keeps_body_;
  std::optional<Response> refusal_;
  int version_ = 0;
  bool in_body_ = false;
  bool is_framed_ = false;  // says itself how long its body is
  bool is_expecting_ = false;
  bool waits_for_continue_ = false;
};

}  // namespace aml::http
