#include "http/worker.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/log.h"
#include "http/connection.h"

namespace aml::http {

namespace {

constexpr std::chrono::milliseconds kAcceptPause{100};  // where there are no descriptors left
constexpr std::chrono::milliseconds kWatchInterval{500};
constexpr int kWatchesPerTimeout = 4;  // how exactly short timeouts are kept

}  // namespace

void Worker::add(Client* client) {
  clients_.insert(client);
  ++connections_;
  if (metrics() != nullptr) metrics()->count_connections(1);
  if (watching_) return;
  watching_ = true;
  watch_deadlines();
}

void Worker::remove(Client* client) {
  clients_.erase(client);
  --connections_;
  if (metrics() != nullptr) metrics()->count_connections(-1);
  // The end need not wait for the timer.
  if (stopping_ && clients_.empty() && watch_) watch_->cancel();
}

std::chrono::milliseconds Worker::watch_interval() const {
  const Limits& limits = options_.limits;
  const auto shortest =
      std::min({limits.request_timeout, limits.idle_timeout, limits.stall_timeout});
  return std::clamp(shortest / kWatchesPerTimeout, std::chrono::milliseconds(1), kWatchInterval);
}

void Worker::watch_deadlines() {
  watch_->expires_after(watch_interval());
  watch_->async_wait([this](error_code error) {
    if (error) return;
    cut_expired();
    watching_ = !clients_.empty();
    if (watching_) watch_deadlines();
  });
}

void Worker::cut_expired() {
  const auto now = Clock::now();
  for (Client* client : clients_) {
    if (client->deadline() < now) client->cut();
  }
}

void Worker::accept() {
  acceptor_.async_accept(io_.get_executor(), peer_, [this](error_code error, Socket socket) {
    if (!error) start(std::move(socket), peer_);
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

void Worker::refuse(Socket socket) {
  if (metrics() != nullptr) metrics()->count_refused_connection();
  // A fresh socket takes so little without waiting. What the client may have sent already is read
  // first: closing over it would throw the answer away.
  error_code ignored;
  std::array<char, 4096> request;
  std::ignore = socket.non_blocking(true, ignored);
  std::ignore = socket.read_some(asio::buffer(request), ignored);
  Response busy = refusal(503, "too many connections; try again");
  busy.fields.emplace_back("Retry-After", "1");
  const std::string text = response_head(busy, {.keep_alive = false}) + *busy.body;
  std::ignore = socket.write_some(asio::buffer(text), ignored);
  std::ignore = socket.shutdown(tcp::socket::shutdown_send, ignored);
}

void Worker::start(Socket socket, const tcp::endpoint& peer) {
  if (connections_ >= options_.limits.connections) return refuse(std::move(socket));
  error_code ignored;
  std::ignore = socket.set_option(tcp::no_delay(true), ignored);
  std::ignore = socket.native_non_blocking(true, ignored);  // for sendfile()
  if (tls_ == nullptr) {
    return std::make_shared<Connection<Socket>>(*this, std::move(socket), peer)->begin();
  }
  std::make_shared<Connection<TlsSocket>>(*this, TlsSocket(std::move(socket), *tls_), peer)
      ->begin();
}

void Worker::stop() {
  stopping_ = true;
  pause_.cancel();
  // Whoever the kernel has connected already gets an answer.
  error_code error;
  std::ignore = acceptor_.non_blocking(true, error);
  while (!error) {
    Socket socket(io_);
    std::ignore = acceptor_.accept(socket, peer_, error);
    if (!error) start(std::move(socket), peer_);
  }
  std::ignore = acceptor_.close(error);
  for (Client* client : clients_) client->close_if_idle();
  if (clients_.empty()) watch_->cancel();
}

}  // namespace aml::http
