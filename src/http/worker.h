// One thread of the server. Included where Boost is, see server.cpp.
#pragma once

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "http/budget.h"
#include "http/builders.h"
#include "http/handler.h"
#include "http/memory_files.h"
#include "http/places.h"
#include "http/server.h"

namespace aml::http {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using Clock = std::chrono::steady_clock;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using TlsSocket = asio::ssl::stream<Socket>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using Timer = asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor>;
using TlsContext = std::shared_ptr<asio::ssl::context>;

// What a worker knows of a connection.
class Client {
 public:
  // What it is about, from what costs the client least when it is ended to what costs most.
  enum class State { idle, asking, waiting, answered };

  explicit Client(std::string client) : client_(std::move(client)) {}
  virtual ~Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Ends it where no request is under way.
  virtual void close_if_idle() = 0;
  // Ends it at once.
  virtual void cut() = 0;
  virtual State state() const = 0;
  // Called now and then.
  virtual void look() = 0;
  // Whether it should be ended for others, who find too little memory.
  virtual bool should_make_room() const = 0;
  // When it is cut unless something happens before.
  Clock::time_point deadline() const { return deadline_; }
  // client_of() its address.
  const std::string& client() const { return client_; }

 protected:
  void expire_at(Clock::time_point deadline) { deadline_ = deadline; }

 private:
  std::string client_;
  Clock::time_point deadline_ = Clock::time_point::max();
};

class Worker;

// What all workers of a server have in common.
struct Shared {
  const ServerOptions& options;
  Handler& handler;
  Budget& budget;
  Builders& builders;
  Places& places;
  MemoryFiles& files;
  std::vector<std::unique_ptr<Worker>> workers{};  // set before any of them runs

  // Null for a server that speaks plainly.
  TlsContext tls() const {
    const std::lock_guard lock(tls_mutex);
    return tls_context;
  }
  // For connections that come from now on.
  void set_tls(TlsContext context) {
    const std::lock_guard lock(tls_mutex);
    tls_context = std::move(context);
  }
  mutable std::mutex tls_mutex{};
  TlsContext tls_context{};
};

// One thread with its own io_context and its own listening socket: the kernel spreads connections
// over the sockets by chance, and a worker that has more than another hands it some on. No two
// threads share a connection.
class Worker {
 public:
  Worker(Shared& shared, std::size_t number) : shared_(shared), number_(number) {}
  ~Worker() { watch_.reset(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  asio::io_context& io() { return io_; }
  Acceptor& acceptor() { return acceptor_; }
  Shared& shared() { return shared_; }
  const Limits& limits() const { return shared_.options.limits; }
  Handler& handler() { return shared_.handler; }
  Metrics* metrics() { return shared_.options.metrics; }
  bool stopping() const { return stopping_; }
  // How much of an answer may wait in a socket of this worker.
  int unsent_bytes() const;

  void accept();
  // Takes no more connections of its own, closes those that ask for nothing, lets the others
  // finish.
  void stop();
  // No other worker hands it a connection any more: it ends with its last one.
  void release() { guard_.reset(); }
  void add(Client* client);
  void remove(Client* client);
  // Ends that connection of a client that costs it least.
  void end_one_of(const std::string& client);

 private:
  void admit(Socket socket, const tcp::endpoint& peer);
  // A connection that has its place.
  void start(Socket socket, const tcp::endpoint& peer);
  // Says that there are too many already, and hangs up.
  void refuse(Socket socket);
  // Looks after connections, as long as there are any. A timer of its own for each connection would
  // cost more than the smallest answers do.
  void watch();
  void look_after_clients();
  std::chrono::milliseconds watch_interval() const;

  Shared& shared_;
  const std::size_t number_;
  bool stopping_ = false;
  bool watching_ = false;
  std::unordered_set<Client*> clients_;  // outlives io_, whose handlers own them
  asio::io_context io_{1};
  asio::executor_work_guard<Executor> guard_{io_.get_executor()};
  Acceptor acceptor_{io_};
  tcp::endpoint peer_;
  Timer pause_{io_};
  std::optional<Timer> watch_{io_};  // goes before io_, whose handlers may remove clients
};

}  // namespace aml::http
