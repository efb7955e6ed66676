// Listening, threads and the end. Only worker.cpp, outgoing.cpp, tls.cpp and this file include
// Boost, because it takes long to compile.
#include "http/server.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/threads.h"
#include "http/budget.h"
#include "http/builders.h"
#include "http/tls.h"
#include "http/worker.h"

namespace aml::http {

namespace {

asio::ip::address parse_host(const std::string& host) {
  if (host == "localhost") return asio::ip::address_v4::loopback();
  error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (error) {
    throw Error(ErrorKind::usage,
                fmt::format("--host must be an IP address of this machine, not \"{}\"", host));
  }
  return address;
}

Error listen_error(const ServerOptions& options, const error_code& error) {
  const std::string where = fmt::format("port {} of {}", options.port, options.host);
  if (error == asio::error::address_in_use) {
    return {ErrorKind::unavailable,
            where + " is taken; end what listens there, or choose another --port (0: a free one)"};
  }
  if (error == asio::error::access_denied) {
    return {ErrorKind::denied, where + " is reserved; choose a --port above 1023"};
  }
  return {ErrorKind::usage, fmt::format("cannot listen on {}: {}; is --host an address of this "
                                        "machine?",
                                        where, error.message())};
}

void set_reuse_port(Acceptor& acceptor) {
  const int on = 1;
  ::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
}

// Gives every worker a socket on the same port, and returns the port. The first is bound without
// SO_REUSEPORT, so that the port of another server, even of this program, is not shared by mistake;
// the others join it.
std::uint16_t listen(const ServerOptions& options,
                     const std::vector<std::unique_ptr<Worker>>& workers) {
  tcp::endpoint endpoint(parse_host(options.host), options.port);
  try {
    for (const auto& worker : workers) {
      Acceptor& acceptor = worker->acceptor();
      acceptor.open(endpoint.protocol());
      acceptor.set_option(tcp::acceptor::reuse_address(true));
      const bool first = worker == workers.front();
      if (!first) set_reuse_port(acceptor);
      acceptor.bind(endpoint);
      if (first) {
        set_reuse_port(acceptor);
        endpoint = acceptor.local_endpoint();
      }
    }
    for (const auto& worker : workers) worker->acceptor().listen();
  } catch (const boost::system::system_error& e) {
    throw listen_error(options, e.code());
  }
  return endpoint.port();
}

// Runs a worker to its end; an exception costs the connection it came from, not the others.
void run_worker(Worker& worker) {
  while (true) {
    try {
      worker.io().run();
      return;
    } catch (const std::exception& e) {
      log::error("a connection was dropped", {{"reason", e.what()}});
    }
  }
}

// The server from the first connection to the end of its last one: what the thread that waits for
// signals does.
class Control {
 public:
  Control(Shared& shared, asio::io_context& io) : shared_(shared), io_(io) {}
  // Ends the threads that run, should there be too few.
  ~Control() {
    for (const auto& worker : shared_.workers) worker->io().stop();
  }
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  // Throws no_thread().
  void start_workers() {
    for (const auto& worker : shared_.workers) {
      worker->accept();
      ++running_;
      threads_.push_back(start_thread([this, w = worker.get()] {
        run_worker(*w);
        asio::post(io_, [this] {
          if (--running_ == 0) io_.stop();
        });
      }));
    }
  }
  void wait_for_signals() {
    signals_.async_wait([this](const error_code& error, int number) {
      if (error) return;
      if (number == SIGHUP) {
        reload();
      } else if (stopping_) {
        cut_off();
      } else {
        stop();
      }
      wait_for_signals();
    });
  }
  // From any thread.
  void end() {
    asio::post(io_, [this] {
      if (!stopping_) stop();
    });
  }
  void run() {
    io_.run();
    threads_.clear();
  }

 private:
  void reload();
  void stop();
  void cut_off();

  Shared& shared_;
  asio::io_context& io_;
  asio::signal_set signals_{io_, SIGINT, SIGTERM, SIGHUP};
  asio::steady_timer deadline_{io_};
  bool stopping_ = false;
  std::size_t running_ = 0;
  std::size_t still_accepting_ = 0;
  std::vector<std::jthread> threads_;
};

void Control::reload() {
  const ServerOptions& options = shared_.options;
  try {
    const TlsContext tls = open_tls(options.tls_certificate, options.tls_key);
    if (options.reload) {
      if (const auto put_into_force = options.reload()) put_into_force();
    }
    shared_.set_tls(tls);
    log::info("SIGHUP: tokens and certificates were read anew, where there are any");
  } catch (const std::exception& e) {
    log::error("SIGHUP: nothing changes, since what is new cannot be used", {{"reason", e.what()}});
  }
}

void Control::stop() {
  stopping_ = true;
  log::info("stopping: finishing the requests under way");
  still_accepting_ = shared_.workers.size();
  for (const auto& worker : shared_.workers) {
    asio::post(worker->io(), [this, w = worker.get()] {
      w->stop();
      asio::post(io_, [this] {
        if (--still_accepting_ > 0) return;
        for (const auto& stopped : shared_.workers) {
          asio::post(stopped->io(), [s = stopped.get()] { s->release(); });
        }
      });
    });
  }
  // Its refusals come after that: they close their connections.
  shared_.builders.stop();
  deadline_.expires_after(shared_.options.stop_timeout);
  deadline_.async_wait([this](const error_code& error) {
    if (!error) cut_off();
  });
}

void Control::cut_off() {
  log::warning("requests under way are cut off");
  shared_.builders.cancel();
  for (const auto& worker : shared_.workers) worker->io().stop();
}

}  // namespace

void check_tls(const std::filesystem::path& certificate, const std::filesystem::path& key) {
  open_tls(certificate, key);
}

void run_server(const ServerOptions& options, Handler& handler,
                const std::function<void(std::uint16_t port)>& on_listening) {
  const auto threads = static_cast<std::size_t>(std::max(1, options.threads));
  asio::io_context io{1};
  std::optional<Budget> own_budget;
  if (options.budget == nullptr) own_budget.emplace(ServerOptions::kDefaultBudgetBytes);
  Budget& budget = options.budget == nullptr ? *own_budget : *options.budget;
  MemoryFiles files(budget);
  Places places(options.limits.connections, threads, options.trusted_proxies);
  Builders builders(options.builders > 0 ? options.builders : static_cast<int>(threads),
                    options.limits.waiting_requests);
  Shared shared{options, handler, budget, builders, places, files};
  shared.set_tls(open_tls(options.tls_certificate, options.tls_key));
  for (std::size_t i = 0; i < threads; ++i) {
    shared.workers.push_back(std::make_unique<Worker>(shared, i));
  }
  Control control(shared, io);
  if (stop_requested()) return;  // it came before this function took the signals over
  const std::uint16_t port = listen(options, shared.workers);
  control.start_workers();
  on_listening(port);
  control.wait_for_signals();
  {
    const std::stop_callback ending(options.end, [&control] { control.end(); });
    control.run();
  }
  // Where the end was not waited for, someone may still build what nobody waits for. It hands that
  // to the workers, which are there until it has ended.
  builders.cancel();
  if (builders.wait_until_idle(ServerOptions::kLastPatience)) return;
  log::warning("what is being built does not end: it is left behind");
  log::flush();
  std::_Exit(0);
}

}  // namespace aml::http
