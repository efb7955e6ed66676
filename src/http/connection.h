// One client's connection. Included where Boost is, see server.cpp.
#pragma once

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "base/log.h"
#include "http/outgoing.h"
#include "http/parser.h"
#include "http/worker.h"

namespace aml::http {

constexpr std::size_t kReadBytes = 4'096;
// How much of a response waits in the socket for its turn. More would only grow cold there: it was
// copied by one core's cache and is sent long after, while other connections wait to be written to.
constexpr int kUnsentBytes = 262'144;
constexpr int kUnsentUnlimited = -1;
// How a connection ends: the client is given this to take the last response and hang up, because
// closing over unread bytes of a request would throw away what it has not taken yet.
constexpr std::chrono::seconds kLingerTime{1};
constexpr std::size_t kLingerBytes = 1'048'576;

// One client, from its first request to its last. Lives as long as one of its handlers is pending.
// Stream is what bytes go through: Socket or TlsSocket.
template <typename Stream>
class Connection : public Client, public std::enable_shared_from_this<Connection<Stream>> {
 public:
  Connection(Worker& worker, Stream&& stream, const tcp::endpoint& peer)
      : worker_(worker), stream_(std::move(stream)) {
    request_.remote = peer.address().to_string();
    limit_unsent(kUnsentBytes);
    worker_.add(this);
  }
  ~Connection() override { worker_.remove(this); }

  // Shakes hands, where that is needed, and reads the first request.
  void begin();
  void next_request();
  void close_if_idle() override;
  void cut() override;

 private:
  void read_more();
  void parse();
  void refuse_unparsable(error_code error);
  void answer();
  std::optional<Response> refuse_malformed() const;
  void send(Response response);
  void find_file();
  void limit_unsent(int bytes);
  void pull();
  void write();
  void write_file();
  void finish_request();
  void log_request(std::string_view message);
  void linger();
  void drain();

  static constexpr bool kIsTls = std::is_same_v<Stream, TlsSocket>;

  Worker& worker_;
  Stream stream_;
  beast::flat_buffer buffer_;
  Request request_;
  std::optional<Parser> parser_;
  bool idle_ = true;  // not one byte of the next request is here
  ConnectionState state_;
  Clock::time_point started_;  // when the request began
  Outgoing outgoing_;
  bool pulling_ = false;  // a builder is asking the producer
  std::size_t lingered_ = 0;
  int unsent_limit_ = kUnsentUnlimited;
};

template <typename Stream>
void Connection<Stream>::begin() {
  if constexpr (kIsTls) {
    expire_at(Clock::now() + worker_.limits().request_timeout);
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [self = this->shared_from_this()](error_code error) {
                              if (!error) self->next_request();
                            });
  } else {
    next_request();
  }
}

template <typename Stream>
void Connection<Stream>::next_request() {
  parser_.emplace(request_);
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

template <typename Stream>
void Connection<Stream>::read_more() {
  stream_.async_read_some(buffer_.prepare(kReadBytes), [self = this->shared_from_this()](
                                                           error_code error, std::size_t bytes) {
    // The client hung up, took too long or was idle when the server stopped.
    if (error) return;
    self->buffer_.commit(bytes);
    if (self->idle_) {
      self->idle_ = false;
      self->started_ = Clock::now();
      self->expire_at(self->started_ + self->worker_.limits().request_timeout);
    }
    self->parse();
  });
}

template <typename Stream>
void Connection<Stream>::parse() {
  while (!parser_->is_done()) {
    if (buffer_.size() == 0) return read_more();
    error_code error;
    const std::size_t used = parser_->put(buffer_.data(), error);
    buffer_.consume(used);
    if (error == beast::http::error::need_more || (!error && used == 0)) return read_more();
    if (error) return refuse_unparsable(error);
  }
  answer();
}

template <typename Stream>
void Connection<Stream>::refuse_unparsable(error_code error) {
  // The parser takes the request line as soon as it is whole.
  const bool in_target = request_.target.empty();
  state_ = {.keep_alive = false};
  request_.method.clear();
  request_.target.clear();
  if (error == beast::http::error::body_limit) {
    return send(refusal(413, "the request's body is too long"));
  }
  if (error != beast::http::error::header_limit) {
    return send(refusal(400, "this is no HTTP/1.1 request: " + error.message()));
  }
  send(in_target ? refusal(414, "the address is too long")
                 : refusal(431, "the request's header is too long"));
}

template <typename Stream>
std::optional<Response> Connection<Stream>::refuse_malformed() const {
  if (parser_->version() != 10 && request_.fields.count("Host") != 1) {
    return refusal(400, "the request must have one Host field");
  }
  if (request_.target.size() > worker_.limits().target_bytes) {
    return refusal(414, "the address is too long");
  }
  return std::nullopt;
}

template <typename Stream>
void Connection<Stream>::answer() {
  state_ = {.http_1_0 = parser_->version() == 10,
            .keep_alive = parser_->keep_alive() && !worker_.stopping()};
  expire_at(Clock::time_point::max());
  if (auto refused = refuse_malformed()) return send(std::move(*refused));
  Handler& handler = worker_.handler();
  if (auto response = handler.answer_now(request_)) return send(std::move(*response));
  // Building takes long: other connections of this thread go on meanwhile. The io_context must not
  // think it has nothing left to do.
  asio::io_context& io = worker_.io();
  auto work = [&handler, &io, self = this->shared_from_this(),
               guard = asio::make_work_guard(io)]() mutable {
    auto response = std::make_shared<Response>(handler.answer(self->request_));
    asio::post(io, [self = std::move(self), response] { self->send(std::move(*response)); });
  };
  if (worker_.builders().post(handler.priority(request_), std::move(work))) return;
  Response busy = refusal(503, "too many requests wait already; try again");
  busy.fields.emplace_back("Retry-After", "1");
  send(std::move(busy));
}

template <typename Stream>
void Connection<Stream>::send(Response response) {
  if (worker_.stopping()) state_.keep_alive = false;
  outgoing_.begin(std::move(response), state_, request_.method == "HEAD");
  find_file();
  if (outgoing_.closes()) state_.keep_alive = false;
  write();
}

template <typename Stream>
void Connection<Stream>::find_file() {
  if constexpr (!kIsTls) {
    const Body& body = outgoing_.response().body;
    if (!body || body->size() < MemoryFiles::kLeast) return;
    MemoryFiles& files = worker_.files();
    auto found = files.find(body);
    // Of a file nothing is copied: the more the socket takes at once, the fewer calls it needs.
    limit_unsent(found.file ? kUnsentUnlimited : kUnsentBytes);
    outgoing_.set_file(std::move(found.file));
    if (!found.should_make) return;
    worker_.builders().post_next(0, [&files, body] { files.make(body); });
  }
}

template <typename Stream>
void Connection<Stream>::limit_unsent(int bytes) {
  if (std::exchange(unsent_limit_, bytes) == bytes) return;
  ::setsockopt(stream_.lowest_layer().native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes,
               sizeof bytes);
}

template <typename Stream>
void Connection<Stream>::write_file() {
  if constexpr (!kIsTls) {
    expire_at(outgoing_.deadline(worker_.limits()));
    bool must_wait = false;
    while (outgoing_.sends_file() && !must_wait) {
      if (outgoing_.send_file(stream_.native_handle(), must_wait)) continue;
      log_request("request cut off");
      return cut();
    }
    if (!must_wait) return write();
    stream_.async_wait(Socket::wait_write, [self = this->shared_from_this()](error_code error) {
      if (error) return self->log_request("request cut off");
      self->write();
    });
  }
}

template <typename Stream>
void Connection<Stream>::pull() {
  pulling_ = true;
  asio::io_context& io = worker_.io();
  auto work = [&io, self = this->shared_from_this(), producer = outgoing_.producer(),
               guard = asio::make_work_guard(io)]() mutable {
    auto piece = std::make_shared<Piece>(next_piece(*producer));
    asio::post(io, [self = std::move(self), piece] {
      self->pulling_ = false;
      const bool waits = self->outgoing_.is_sent();
      self->outgoing_.add(std::move(*piece));
      if (waits) self->write();
    });
  };
  // What has begun is finished before other work begins.
  worker_.builders().post_next(worker_.handler().priority(request_), std::move(work));
}

template <typename Stream>
void Connection<Stream>::write() {
  if (outgoing_.is_broken()) {
    log_request("request cut off");
    return cut();
  }
  if (outgoing_.is_finished()) return finish_request();
  if (outgoing_.wants_piece() && !pulling_) pull();
  if (outgoing_.is_sent()) return expire_at(Clock::time_point::max());  // until the piece is here
  if (outgoing_.sends_file()) return write_file();
  expire_at(outgoing_.deadline(worker_.limits()));
  stream_.async_write_some(outgoing_.buffers(),
                           [self = this->shared_from_this()](error_code error, std::size_t bytes) {
                             self->outgoing_.consume(bytes);
                             if (error) return self->log_request("request cut off");
                             self->write();
                           });
}

template <typename Stream>
void Connection<Stream>::finish_request() {
  log_request("request");
  outgoing_.clear();
  if (state_.keep_alive && !worker_.stopping()) return next_request();
  linger();
}

template <typename Stream>
void Connection<Stream>::log_request(std::string_view message) {
  const std::chrono::duration<double, std::milli> elapsed = Clock::now() - started_;
  const Response& response = outgoing_.response();
  const std::uint64_t bytes = outgoing_.body_bytes_sent();
  if (Metrics* metrics = worker_.metrics()) {
    metrics->count_request(response.route, response.status, bytes, elapsed.count() / 1000);
  }
  log::info_soon(message, {{"method", request_.method},
                           {"path", request_.target},
                           {"status", response.status},
                           {"bytes", bytes},
                           {"ms", elapsed.count()}});
}

template <typename Stream>
void Connection<Stream>::linger() {
  if constexpr (kIsTls) {
    // Says goodbye, waits for the client's, and hangs up.
    expire_at(Clock::now() + kLingerTime);
    return stream_.async_shutdown([self = this->shared_from_this()](error_code) {});
  }
  error_code ignored;
  std::ignore = stream_.lowest_layer().shutdown(tcp::socket::shutdown_send, ignored);
  expire_at(Clock::now() + kLingerTime);
  buffer_.clear();
  drain();
}

template <typename Stream>
void Connection<Stream>::drain() {
  stream_.async_read_some(buffer_.prepare(kReadBytes),
                          [self = this->shared_from_this()](error_code error, std::size_t bytes) {
                            self->lingered_ += bytes;
                            if (!error && self->lingered_ < kLingerBytes) self->drain();
                          });
}

template <typename Stream>
void Connection<Stream>::close_if_idle() {
  // A pending read ends with what has come already, which is then answered, or with nothing.
  error_code ignored;
  if (!idle_) return;
  std::ignore = stream_.lowest_layer().shutdown(tcp::socket::shutdown_receive, ignored);
}

template <typename Stream>
void Connection<Stream>::cut() {
  error_code ignored;
  std::ignore = stream_.lowest_layer().close(ignored);
}

}  // namespace aml::http
