// How a connection reads requests. Part of connection.h.
#pragma once

#include "http/connection.h"

namespace aml::http {

template <typename Stream>
void Connection<Stream>::next_request() {
  keep_little();
  parser_.emplace(request_, worker_.handler().takes_bodies());
  parser_->eager(true);
  parser_->header_limit(static_cast<std::uint32_t>(worker_.limits().header_bytes));
  parser_->body_limit(worker_.limits().body_bytes);
  idle_ = buffer_.size() == 0;
  if (!idle_) {
    started_ = Clock::now();
    expire_at(started_ + worker_.limits().request_timeout);
    return parse();
  }
  // At the end, who has just come is answered if the request is here already.
  if (worker_.stopping()) close_if_idle();
  expire_at(Clock::now() + worker_.limits().idle_timeout);
  read_more();
}

// Connections that wait for a request are many.
template <typename Stream>
void Connection<Stream>::keep_little() {
  if (request_.body.capacity() > kKeptBytes) request_.body = std::string();
  if (buffer_.size() == 0 && buffer_.capacity() > kKeptBytes) buffer_ = beast::flat_buffer();
}

template <typename Stream>
void Connection<Stream>::read_more() {
  if (parser_->takes_wait_for_continue()) return send_continue();
  // The parser takes all it can: what is left is a line of the header, or one between the pieces of
  // a body, whose length nothing else limits.
  if (buffer_.size() > worker_.limits().header_bytes) {
    return refuse(refusal(431, "a line of the request is too long"));
  }
  stream_.async_read_some(buffer_.prepare(kReadBytes), [self = this->shared_from_this()](
                                                           error_code error, std::size_t bytes) {
    // The client hung up, took too long or was idle when the server stopped.
    if (error) return self->cut();
    self->buffer_.commit(bytes);
    if (self->idle_) {
      self->idle_ = false;
      self->started_ = Clock::now();
      self->expire_at(self->started_ + self->worker_.limits().request_timeout);
    }
    self->parse();
  });
}

// The client sends its body once it is told to, or after a while without.
template <typename Stream>
void Connection<Stream>::send_continue() {
  asio::async_write(stream_, asio::buffer(kContinue),
                    [self = this->shared_from_this()](error_code error, std::size_t) {
                      if (error) return self->cut();
                      self->read_more();
                    });
}

template <typename Stream>
void Connection<Stream>::parse() {
  while (!parser_->is_done()) {
    if (buffer_.size() == 0) return read_more();
    if (!parser_->is_header_done() && has_folded_line(text_of(buffer_.data()))) {
      return refuse(refusal(400, "a line of the request's header goes on in the next one"));
    }
    error_code error;
    const std::size_t used = parser_->put(buffer_.data(), error);
    buffer_.consume(used);
    if (error == beast::http::error::need_more || (!error && used == 0)) return read_more();
    if (error) return refuse_unparsable(error);
  }
  answer();
}

// What comes after it cannot be told apart any more.
template <typename Stream>
void Connection<Stream>::refuse(Response refusal) {
  state_ = {.keep_alive = false};
  request_.method.clear();
  request_.target.clear();
  send(std::move(refusal));
}

template <typename Stream>
void Connection<Stream>::refuse_unparsable(error_code error) {
  if (parser_->refusal()) return refuse(*parser_->refusal());
  if (error == beast::http::error::body_limit) {
    return refuse(refusal(413, "the request's body is too long"));
  }
  if (error != beast::http::error::header_limit) {
    return refuse(refusal(400, "this is no HTTP/1.1 request: " + error.message()));
  }
  // The parser takes the request line as soon as it is whole.
  refuse(request_.target.empty() ? refusal(414, "the address is too long")
                                 : refusal(431, "the request's header is too long"));
}

template <typename Stream>
std::optional<Response> Connection<Stream>::refuse_malformed() const {
  if (auto refused = refuse_host(request_.fields, parser_->version())) return refused;
  if (request_.target.size() > worker_.limits().target_bytes) {
    return refusal(414, "the address is too long");
  }
  return std::nullopt;
}

}  // namespace aml::http
