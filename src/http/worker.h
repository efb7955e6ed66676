// One thread of the server. Included where Boost is, see server.cpp.
#pragma once

#include <atomic>
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <chrono>
#include <optional>
#include <unordered_set>

#include "http/builders.h"
#include "http/handler.h"
#include "http/memory_files.h"
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

// What a worker knows of a connection.
class Client {
 public:
  Client() = default;
  virtual ~Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Ends it where no request is under way.
  virtual void close_if_idle() = 0;
  // Ends it at once.
  virtual void cut() = 0;
  // When it is cut unless something happens before.
  Clock::time_point deadline() const { return deadline_; }

 protected:
  void expire_at(Clock::time_point deadline) { deadline_ = deadline; }

 private:
  Clock::time_point deadline_ = Clock::time_point::max();
};

// One thread with its own io_context and its own listening socket: the kernel spreads connections
// over the sockets, and no two threads share a connection.
class Worker {
 public:
  // `connections` counts those of all workers; `tls` is null for a server that speaks plainly.
  Worker(const ServerOptions& options, Handler& handler, Builders& builders,
         std::atomic<std::size_t>& connections, MemoryFiles& files, asio::ssl::context* tls)
      : options_(options),
        handler_(handler),
        builders_(builders),
        connections_(connections),
        files_(files),
        tls_(tls) {}
  ~Worker() { watch_.reset(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  asio::io_context& io() { return io_; }
  Acceptor& acceptor() { return acceptor_; }
  const Limits& limits() const { return options_.limits; }
  Handler& handler() { return handler_; }
  Builders& builders() { return builders_; }
  MemoryFiles& files() { return files_; }
  Metrics* metrics() { return options_.metrics; }
  bool stopping() const { return stopping_; }

  void accept();
  // Takes no more connections, closes those that ask for nothing, lets the others finish.
  void stop();
  void add(Client* client);
  void remove(Client* client);

 private:
  void start(Socket socket, const tcp::endpoint& peer);
  // Says that there are too many already, and hangs up.
  void refuse(Socket socket);
  // Looks for expired connections, as long as there are any. A timer of its own for each
  // connection would cost more than the smallest answers do.
  void watch_deadlines();
  void cut_expired();
  std::chrono::milliseconds watch_interval() const;

  const ServerOptions& options_;
  Handler& handler_;
  Builders& builders_;
  std::atomic<std::size_t>& connections_;
  MemoryFiles& files_;
  asio::ssl::context* tls_;
  bool stopping_ = false;
  bool watching_ = false;
  std::unordered_set<Client*> clients_;  // outlives io_, whose handlers own them
  asio::io_context io_{1};
  Acceptor acceptor_{io_};
  tcp::endpoint peer_;
  Timer pause_{io_};
  std::optional<Timer> watch_{io_};  // goes before io_, whose handlers may remove clients
};

}  // namespace aml::http
