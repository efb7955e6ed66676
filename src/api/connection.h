// Sockets of the server: one worker per thread, one connection per client. Included by server.cpp
// alone, because this header includes Boost, which takes long to compile.
#pragma once

#include <algorithm>
#include <array>
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "api/http.h"
#include "api/server.h"
#include "base/log.h"

namespace aml::api {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using Executor = asio::io_context::executor_type;
using Stream = beast::basic_stream<asio::ip::tcp, Executor>;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using Parser = http::request_parser<http::string_body>;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kReadBytes = 8'192;
// How a connection ends: the client is given this to take the last response and hang up, because
// closing over unread bytes of a request would throw away what it has not taken yet.
constexpr std::chrono::seconds kLingerTime{1};
constexpr std::size_t kLingerBytes = 1'048'576;
constexpr std::chrono::milliseconds kAcceptPause{100};  // where there are no descriptors left

class Connection;

// One thread with its own io_context and its own listening socket: the kernel spreads connections
// over the sockets, and no two threads share a connection.
class Worker {
 public:
  Worker(const ServerOptions& options, Service& service, asio::thread_pool& builders)
      : options_(options), service_(service), builders_(builders) {}

  asio::io_context& io() { return io_; }
  Acceptor& acceptor() { return acceptor_; }
  const Limits& limits() const { return options_.limits; }
  Service& service() { return service_; }
  asio::thread_pool& builders() { return builders_; }
  bool stopping() const { return stopping_; }

  void accept();
  // Takes no more connections, closes those that ask for nothing, lets the others finish.
  void stop();
  void add(Connection* connection) { connections_.insert(connection); }
  void remove(Connection* connection) { connections_.erase(connection); }

 private:
  void start(Socket socket);

  const ServerOptions& options_;
  Service& service_;
  asio::thread_pool& builders_;
  bool stopping_ = false;
  std::unordered_set<Connection*> connections_;  // outlives io_, whose handlers own them
  asio::io_context io_{1};
  Acceptor acceptor_{io_};
  asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor> pause_{io_};
};

// One client, from its first request to its last. Lives as long as one of its handlers is pending.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Worker& worker, Socket&& socket) : worker_(worker), stream_(std::move(socket)) {
    worker_.add(this);
  }
  ~Connection() { worker_.remove(this); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void next_request();
  // Closes where no request is under way.
  void close_if_idle();

 private:
  void read_more();
  void parse();
  void refuse_unparsable(error_code error);
  void answer();
  void send(Response response);
  void write();
  void finish_request();
  void log_request(std::string_view message);
  void linger();
  void drain();

  Worker& worker_;
  Stream stream_;
  beast::flat_buffer buffer_;
  std::unique_ptr<Parser> parser_;
  bool idle_ = true;  // not one byte of the next request is here
  Request request_;
  ConnectionState state_;
  Clock::time_point started_;  // when the request began

  Response response_;
  std::string head_;
  std::array<asio::const_buffer, 2> unsent_;
  std::size_t body_bytes_ = 0;
  Clock::time_point send_deadline_;
  std::size_t lingered_ = 0;
};

inline void Connection::next_request() {
  parser_ = std::make_unique<Parser>();
  parser_->eager(true);
  parser_->header_limit(static_cast<std::uint32_t>(worker_.limits().header_bytes));
  parser_->body_limit(worker_.limits().body_bytes);
  idle_ = buffer_.size() == 0;
  if (!idle_) {
    started_ = Clock::now();
    stream_.expires_after(worker_.limits().request_timeout);
    return parse();
  }
  // At the end, who has just come is answered if the request is here already.
  if (worker_.stopping()) close_if_idle();
  stream_.expires_after(worker_.limits().idle_timeout);
  read_more();
}

inline void Connection::read_more() {
  stream_.async_read_some(buffer_.prepare(kReadBytes),
                          [self = shared_from_this()](error_code error, std::size_t bytes) {
                            // The client hung up, took too long or was idle when the server
                            // stopped.
                            if (error) return;
                            self->buffer_.commit(bytes);
                            if (self->idle_) {
                              self->idle_ = false;
                              self->started_ = Clock::now();
                              self->stream_.expires_after(self->worker_.limits().request_timeout);
                            }
                            self->parse();
                          });
}

inline void Connection::parse() {
  while (!parser_->is_done()) {
    if (buffer_.size() == 0) return read_more();
    error_code error;
    const std::size_t used = parser_->put(buffer_.data(), error);
    buffer_.consume(used);
    if (error == http::error::need_more || (!error && used == 0)) return read_more();
    if (error) return refuse_unparsable(error);
  }
  answer();
}

inline void Connection::refuse_unparsable(error_code error) {
  state_ = {.keep_alive = false};
  request_ = {};
  if (error == http::error::body_limit) {
    return send(refusal(413, "the request's body is too long; none is needed"));
  }
  if (error != http::error::header_limit) {
    return send(refusal(400, "this is no HTTP/1.1 request: " + error.message()));
  }
  // Beast takes the request line as soon as it is whole.
  const bool in_target = parser_->get().target().empty();
  send(in_target ? refusal(414, "the address is too long")
                 : refusal(431, "the request's header is too long"));
}

// The values of a field, which may stand in several lines.
inline std::string joined(const http::fields& fields, http::field name) {
  std::string text;
  const auto [begin, end] = fields.equal_range(name);
  for (auto field = begin; field != end; ++field) {
    if (field != begin) text += ", ";
    text += std::string_view(field->value());
  }
  return text;
}

inline void Connection::answer() {
  const auto& message = parser_->get();
  state_ = {.http_1_0 = message.version() == 10,
            .keep_alive = message.keep_alive() && !worker_.stopping()};
  request_ = {.method = std::string(message.method_string()),
              .target = std::string(message.target()),
              .accept = joined(message, http::field::accept),
              .accept_encoding = joined(message, http::field::accept_encoding),
              .if_none_match = joined(message, http::field::if_none_match)};
  stream_.expires_never();
  if (message.version() != 10 && message.count(http::field::host) != 1) {
    return send(refusal(400, "the request must have one Host field"));
  }
  if (request_.target.size() > worker_.limits().target_bytes) {
    return send(refusal(414, "the address is too long"));
  }
  if (auto response = worker_.service().answer_now(request_)) return send(std::move(*response));
  // Building takes long: other connections of this thread go on meanwhile. The io_context must not
  // think it has nothing left to do.
  asio::post(worker_.builders(),
             [self = shared_from_this(), work = asio::make_work_guard(worker_.io())]() mutable {
               Response response = self->worker_.service().answer(self->request_);
               asio::io_context& io = self->worker_.io();
               asio::post(io, [self = std::move(self), response = std::move(response)]() mutable {
                 self->send(std::move(response));
               });
             });
}

inline void Connection::send(Response response) {
  response_ = std::move(response);
  if (worker_.stopping()) state_.keep_alive = false;
  head_ = response_head(response_, state_);
  const bool with_body = response_.body && response_.status != 304 && request_.method != "HEAD";
  body_bytes_ = with_body ? response_.body->size() : 0;
  unsent_ = {asio::buffer(head_), with_body ? asio::buffer(*response_.body) : asio::const_buffer()};
  const Limits& limits = worker_.limits();
  send_deadline_ = Clock::now() + limits.stall_timeout +
                   std::chrono::seconds(body_bytes_ / limits.slowest_reader);
  write();
}

inline void Connection::write() {
  stream_.expires_at(std::min(send_deadline_, Clock::now() + worker_.limits().stall_timeout));
  stream_.async_write_some(unsent_,
                           [self = shared_from_this()](error_code error, std::size_t bytes) {
                             if (error) return self->log_request("request cut off");
                             for (asio::const_buffer& part : self->unsent_) {
                               const std::size_t taken = std::min(bytes, part.size());
                               part += taken;
                               bytes -= taken;
                             }
                             if (asio::buffer_size(self->unsent_) > 0) return self->write();
                             self->finish_request();
                           });
}

inline void Connection::finish_request() {
  log_request("request");
  response_ = {};
  if (state_.keep_alive && !worker_.stopping()) return next_request();
  linger();
}

inline void Connection::log_request(std::string_view message) {
  const std::chrono::duration<double, std::milli> elapsed = Clock::now() - started_;
  log::info(message, {{"method", request_.method},
                      {"path", request_.target},
                      {"status", response_.status},
                      {"bytes", body_bytes_ - std::min(body_bytes_, unsent_[1].size())},
                      {"ms", elapsed.count()}});
}

inline void Connection::linger() {
  error_code ignored;
  std::ignore = stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
  stream_.expires_after(kLingerTime);
  buffer_.clear();
  drain();
}

inline void Connection::drain() {
  stream_.async_read_some(buffer_.prepare(kReadBytes),
                          [self = shared_from_this()](error_code error, std::size_t bytes) {
                            self->lingered_ += bytes;
                            if (!error && self->lingered_ < kLingerBytes) self->drain();
                          });
}

inline void Connection::close_if_idle() {
  // A pending read ends with what has come already, which is then answered, or with nothing.
  error_code ignored;
  if (!idle_) return;
  std::ignore = stream_.socket().shutdown(tcp::socket::shutdown_receive, ignored);
}

inline void Worker::accept() {
  acceptor_.async_accept(io_.get_executor(), [this](error_code error, Socket socket) {
    if (!error) start(std::move(socket));
    if (stopping_) return;
    if (!error) return accept();
    // Out of descriptors or memory: the connections there are go on, and make room as they end.
    log::warning("cannot accept a connection", {{"reason", error.message()}});
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](error_code) {
      if (!stopping_) accept();
    });
  });
}

inline void Worker::start(Socket socket) {
  error_code ignored;
  std::ignore = socket.set_option(tcp::no_delay(true), ignored);
  std::make_shared<Connection>(*this, std::move(socket))->next_request();
}

inline void Worker::stop() {
  stopping_ = true;
  pause_.cancel();
  // Whoever the kernel has connected already gets an answer.
  error_code error;
  std::ignore = acceptor_.non_blocking(true, error);
  while (!error) {
    Socket socket = acceptor_.accept(io_.get_executor(), error);
    if (!error) start(std::move(socket));
  }
  std::ignore = acceptor_.close(error);
  for (Connection* connection : connections_) connection->close_if_idle();
}

}  // namespace aml::api
