// How a connection sends answers. Part of connection.h.
#pragma once

#include "http/connection.h"

namespace aml::http {

template <typename Stream>
void Connection<Stream>::send(Response response) {
  if (worker_.stopping()) state_.keep_alive = false;
  const bool head_only = request_.method == "HEAD";
  Budget::Charge charge;
  try {
    if (const std::size_t needs = Outgoing::needs(response, head_only)) {
      charge = worker_.shared().budget.charge(needs);
    }
  } catch (const Shortage& e) {
    const char* route = response.route;
    response = refusal_for_now(e.what(), kShortageRetrySeconds);
    response.route = route;
  }
  outgoing_.begin(std::move(response), state_, head_only, std::move(charge));
  outgoing_.skip(std::exchange(probed_bytes_, 0));
  find_file();
  if (outgoing_.closes()) state_.keep_alive = false;
  write();
}

template <typename Stream>
void Connection<Stream>::find_file() {
  if constexpr (!kIsTls) {
    const Body& body = outgoing_.response().body;
    const bool is_large = body && body->size() >= MemoryFiles::kLeast;
    MemoryFiles::Found found;
    if (is_large && request_.method != "HEAD") found = worker_.shared().files.find(body);
    // Of a file nothing is copied: the more the socket takes at once, the fewer calls it needs.
    limit_unsent(found.file ? kUnsentUnlimited : worker_.unsent_bytes());
    outgoing_.set_file(std::move(found.file));
    if (!found.should_make) return;
    MemoryFiles& files = worker_.shared().files;
    worker_.shared().builders.post({.client = client(),
                                    .run = [&files, body] { files.make(body); },
                                    .drop = [] {},
                                    .goes_on = true});
  }
}

template <typename Stream>
void Connection<Stream>::limit_unsent(int bytes) {
  if (std::exchange(unsent_limit_, bytes) == bytes) return;
  ::setsockopt(descriptor(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof bytes);
}

template <typename Stream>
void Connection<Stream>::write_file() {
  if constexpr (!kIsTls) {
    expire_at(outgoing_.deadline(worker_.limits()));
    bool must_wait = false;
    while (outgoing_.sends_file() && !must_wait) {
      if (outgoing_.send_file(stream_.native_handle(), must_wait)) continue;
      return give_up();
    }
    if (!must_wait) return write();
    stream_.async_wait(Socket::wait_write, [self = this->shared_from_this()](error_code error) {
      if (error) return self->give_up();
      self->write();
    });
  }
}

template <typename Stream>
void Connection<Stream>::pull() {
  pulling_ = true;
  asio::io_context& io = worker_.io();
  const auto self = std::make_shared<Self>(this->shared_from_this());
  const auto guard = std::make_shared<decltype(asio::make_work_guard(io))>(io.get_executor());
  const auto hand_back = [&io, self, guard](Piece made) {
    auto piece = std::make_shared<Piece>(std::move(made));
    asio::post(io, [connection = std::move(*self), piece] {
      connection->pulling_ = false;
      const bool waits = connection->outgoing_.is_sent();
      connection->outgoing_.add(std::move(*piece));
      if (waits) connection->write();
    });
    guard->reset();
  };
  Task task{
      .priority = worker_.handler().priority(request_),
      .client = asking_client(request_, client(), worker_.shared().options.trusted_proxies),
      .gone = gone_.get_token(),
      .run = [hand_back, producer = outgoing_.producer()] { hand_back(next_piece(*producer)); },
      .drop = [hand_back] { hand_back({.bytes = {}, .failed = true}); },
      .goes_on = true};
  if (!worker_.shared().builders.post(task)) task.drop();
}

template <typename Stream>
void Connection<Stream>::write() {
  if (outgoing_.is_broken()) return give_up();
  if (outgoing_.is_finished()) return finish_request();
  if (outgoing_.wants_piece() && !pulling_) pull();
  if (outgoing_.is_sent()) return expire_at(Clock::time_point::max());  // until the piece is here
  if (outgoing_.sends_file()) return write_file();
  expire_at(outgoing_.deadline(worker_.limits()));
  stream_.async_write_some(outgoing_.buffers(),
                           [self = this->shared_from_this()](error_code error, std::size_t bytes) {
                             self->outgoing_.consume(bytes);
                             if (error) return self->give_up();
                             self->write();
                           });
}

template <typename Stream>
void Connection<Stream>::give_up() {
  log_request("request cut off");
  cut();
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
  if (!worker_.shared().options.log_requests) return;
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
    return stream_.async_shutdown([self = this->shared_from_this()](error_code) { self->cut(); });
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
                            if (error || self->lingered_ >= kLingerBytes) return self->cut();
                            self->drain();
                          });
}

}  // namespace aml::http
