// Reads requests from the bytes of a connection. Included where Boost is, see server.cpp.
#pragma once

#include <boost/beast/http.hpp>
#include <boost/optional.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.h"

namespace aml::http {

namespace beast = boost::beast;
using boost::system::error_code;

// Beast's parser for HTTP/1.1, which puts what it reads straight into a Request: unlike Beast's own
// message types it allocates nothing once the request's buffers have grown.
class Parser : public beast::http::basic_parser<true> {
 public:
  explicit Parser(Request& request) : request_(request) {
    request.method.clear();
    request.target.clear();
    request.fields.clear();
    request.body.clear();
    request.context.reset();
  }

  // 10 or 11; 0 as long as the request line is not there.
  int version() const { return version_; }

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
  void on_field_impl(Field, View name, View value, error_code& error) override {
    error = {};
    // Trailers come after what the request was judged by.
    if (in_body_) return;
    request_.fields.add({name.data(), name.size()}, {value.data(), value.size()});
  }
  void on_header_impl(error_code& error) override {
    error = {};
    in_body_ = true;
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code& error) override {
    error = {};
  }
  std::size_t on_body_impl(View body, error_code& error) override {
    error = {};
    request_.body.append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, View, error_code& error) override { error = {}; }
  std::size_t on_chunk_body_impl(std::uint64_t, View body, error_code& error) override {
    return on_body_impl(body, error);
  }
  void on_finish_impl(error_code& error) override { error = {}; }

  Request& request_;
  int version_ = 0;
  bool in_body_ = false;
};

}  // namespace aml::http
