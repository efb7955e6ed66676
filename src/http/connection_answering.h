// How a connection comes by its answers. Part of connection.h.
#pragma once

#include "http/connection.h"

namespace aml::http {

template <typename Stream>
void Connection<Stream>::answer() {
  state_ = {.http_1_0 = parser_->version() == 10,
            .keep_alive = parser_->keep_alive() && !worker_.stopping()};
  expire_at(Clock::time_point::max());
  if (auto refused = refuse_malformed()) return send(std::move(*refused));
  if (auto response = worker_.handler().answer_now(request_)) return send(std::move(*response));
  build();
}

// Building takes long: other connections of this thread go on meanwhile. The io_context must not
// think it has nothing left to do, and the connection must not end on another thread.
template <typename Stream>
void Connection<Stream>::build() {
  asio::io_context& io = worker_.io();
  gone_ = std::stop_source();
  const auto self = std::make_shared<Self>(this->shared_from_this());
  const auto guard = std::make_shared<decltype(asio::make_work_guard(io))>(io.get_executor());
  const auto hand_back = [&io, self, guard](Response made) {
    auto response = std::make_shared<Response>(std::move(made));
    asio::post(io, [connection = std::move(*self), response] {
      connection->take_built(std::move(*response));
    });
    guard->reset();
  };
  Handler& handler = worker_.handler();
  Task task{.priority = handler.priority(request_),
            .client = asking_client(request_, client(), worker_.shared().options.trusted_proxies),
            .gone = gone_.get_token(),
            .run = [&handler, self, hand_back] { hand_back(handler.answer((*self)->request_)); },
            .drop =
                [hand_back] {
                  hand_back(refusal_for_now("the server has too much to do; try again",
                                            kBusyRetrySeconds));
                }};
  building_ = true;
  if (worker_.shared().builders.post(std::move(task))) return wait_for_peer();
  building_ = false;
  send(refusal_for_now("too many requests wait already; try again", kBusyRetrySeconds));
}

template <typename Stream>
void Connection<Stream>::take_built(Response response) {
  building_ = false;
  ++built_;
  if (!stream_.lowest_layer().is_open()) {
    if (Metrics* metrics = worker_.metrics()) metrics->count_given_up();
    if (!worker_.shared().options.log_requests) return;
    return log::info_soon("request given up: its client is gone",
                          {{"method", request_.method}, {"path", request_.target}});
  }
  if (probing_) {
    ready_ = std::move(response);
  } else {
    send(std::move(response));
  }
}

// Nobody reads from the connection while its answer is built: whether the client is still there
// must be asked.
template <typename Stream>
void Connection<Stream>::wait_for_peer() {
  stream_.lowest_layer().async_wait(
      Socket::wait_read, [self = this->shared_from_this(), built = built_](error_code error) {
        if (!error && self->building_ && self->built_ == built) self->look_at_peer();
      });
}

template <typename Stream>
void Connection<Stream>::look() {
  // Where the next request is here already, waiting does not end with the client's end.
  if (building_) look_at_peer();
}

template <typename Stream>
void Connection<Stream>::look_at_peer() {
  pollfd peer{.fd = descriptor(), .events = POLLRDHUP, .revents = 0};
  if (::poll(&peer, 1, 0) <= 0) return;
  if ((peer.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) return cut();
  if (probed_bytes_ == 0 && !probing_) probe_peer();
}

// The client has closed its side: it may wait for its answer, or be gone. The first bytes of the
// answer tell.
template <typename Stream>
void Connection<Stream>::probe_peer() {
  probing_ = true;
  asio::async_write(stream_, asio::buffer(kProbe),
                    [self = this->shared_from_this()](error_code error, std::size_t bytes) {
                      self->probing_ = false;
                      self->probed_bytes_ = bytes;
                      if (error) return self->cut();
                      if (self->ready_) self->send(std::move(*std::exchange(self->ready_, {})));
                    });
  stream_.lowest_layer().async_wait(
      Socket::wait_error, [self = this->shared_from_this(), built = built_](error_code error) {
        if (!error && self->building_ && self->built_ == built) self->look_at_peer();
      });
}

}  // namespace aml::http
