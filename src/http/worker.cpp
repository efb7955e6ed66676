#include "http/worker.h"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/descriptor.h"
#include "base/log.h"
#include "http/connection.h"

namespace aml::http {

namespace {

constexpr std::chrono::milliseconds kAcceptPause{100};  // where there are no descriptors left
constexpr std::chrono::milliseconds kWatchInterval{500};
constexpr int kWatchesPerTimeout = 4;  // how exactly short timeouts are kept
// How much of an answer waits in the socket for its turn. More would only grow cold there: it was
// copied by one core's cache and is sent long after, while other connections wait to be written to.
// Together the sockets hold no more than a part of the memory for answers.
constexpr std::size_t kMostUnsent = 262'144;
constexpr std::size_t kLeastUnsent = 16'384;
constexpr std::size_t kUnsentPart = 4;

}  // namespace

int Worker::unsent_bytes() const {
  const std::size_t all = clients_.size() * shared_.workers.size();
  const std::size_t share =
      shared_.budget.max_bytes() / kUnsentPart / std::max<std::size_t>(1, all);
  return static_cast<int>(std::clamp(std::bit_floor(share), kLeastUnsent, kMostUnsent));
}

void Worker::add(Client* client) {
  clients_.insert(client);
  if (metrics() != nullptr) metrics()->count_connections(1);
  if (watching_) return;
  watching_ = true;
  watch();
}

void Worker::remove(Client* client) {
  clients_.erase(client);
  shared_.places.leave(client->client(), number_);
  if (metrics() != nullptr) metrics()->count_connections(-1);
  // The end need not wait for the timer.
  if (stopping_ && clients_.empty() && watch_) watch_->cancel();
}

std::chrono::milliseconds Worker::watch_interval() const {
  const auto shortest =
      std::min({limits().request_timeout, limits().idle_timeout, limits().stall_timeout});
  return std::clamp(shortest / kWatchesPerTimeout, std::chrono::milliseconds(1), kWatchInterval);
}

void Worker::watch() {
  watch_->expires_after(watch_interval());
  watch_->async_wait([this](error_code error) {
    if (!error) look_after_clients();
    watching_ = !error && !clients_.empty();
    if (watching_) watch();
  });
}

void Worker::look_after_clients() {
  const auto now = Clock::now();
  const bool is_short = shared_.budget.is_short();
  for (Client* client : clients_) {
    if (client->deadline() < now || (is_short && client->should_make_room())) {
      client->cut();
    } else {
      client->look();
    }
  }
}

void Worker::end_one_of(const std::string& client) {
  Client* cheapest = nullptr;
  for (Client* candidate : clients_) {
    if (candidate->client() != client) continue;
    if (cheapest == nullptr || candidate->state() < cheapest->state()) cheapest = candidate;
    if (cheapest->state() == Client::State::idle) break;
  }
  if (cheapest != nullptr) cheapest->cut();
}

void Worker::accept() {
  acceptor_.async_accept(io_.get_executor(), peer_, [this](error_code error, Socket socket) {
    if (!error) admit(std::move(socket), peer_);
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
  const Response busy = refusal_for_now("too many connections; try again", 1);
  const std::string text = response_head(busy, {.keep_alive = false}) + *busy.body;
  std::ignore = socket.write_some(asio::buffer(text), ignored);
  std::ignore = socket.shutdown(tcp::socket::shutdown_send, ignored);
}

void Worker::admit(Socket socket, const tcp::endpoint& peer) {
  const std::string client = client_of(peer.address().to_string());
  auto decision = shared_.places.enter(client, number_);
  if (!decision.is_admitted) return refuse(std::move(socket));
  if (decision.victims_worker) {
    Worker& worker = *shared_.workers[*decision.victims_worker];
    asio::post(worker.io(),
               [&worker, victim = std::move(decision.victim)] { worker.end_one_of(victim); });
  }
  if (decision.worker == number_) return start(std::move(socket), peer);
  error_code error;
  const auto descriptor = std::make_shared<Descriptor>(socket.release(error));
  if (error) return shared_.places.leave(client, decision.worker);
  Worker& worker = *shared_.workers[decision.worker];
  asio::post(worker.io(), [&worker, descriptor, peer] {
    error_code refused;
    Socket moved(worker.io());
    std::ignore = moved.assign(peer.protocol(), descriptor->get(), refused);
    if (!refused) {
      descriptor->release();
      return worker.start(std::move(moved), peer);
    }
    worker.shared_.places.leave(client_of(peer.address().to_string()), worker.number_);
  });
}

void Worker::start(Socket socket, const tcp::endpoint& peer) {
  error_code ignored;
  std::ignore = socket.set_option(tcp::no_delay(true), ignored);
  std::ignore = socket.native_non_blocking(true, ignored);  // for sendfile()
  const TlsContext tls = shared_.tls();
  const auto begin = [&](auto stream) {
    using Stream = decltype(stream);
    std::shared_ptr<Connection<Stream>> connection;
    try {
      connection = std::make_shared<Connection<Stream>>(*this, std::move(stream), peer, tls);
    } catch (...) {
      shared_.places.leave(client_of(peer.address().to_string()), number_);
      throw;
    }
    connection->begin();
  };
  if (tls == nullptr) {
    begin(std::move(socket));
  } else {
    begin(TlsSocket(std::move(socket), *tls));
  }
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
    if (!error) admit(std::move(socket), peer_);
  }
  std::ignore = acceptor_.close(error);
  // From here on it hands no connection to another worker.
  for (Client* client : clients_) client->close_if_idle();
  if (clients_.empty()) watch_->cancel();
}

}  // namespace aml::http
