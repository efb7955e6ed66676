// Listening, threads and the end. Only worker.cpp, outgoing.cpp and this file include Boost,
// because it takes long to compile.
#include "http/server.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <exception>
#include <memory>
#include <optional>
#include <thread>
#include <tuple>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/threads.h"
#include "http/builders.h"
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

// Certificate and key, or null where there are none.
std::unique_ptr<asio::ssl::context> open_tls(const ServerOptions& options) {
  if (options.tls_certificate.empty() && options.tls_key.empty()) return nullptr;
  if (options.tls_certificate.empty() || options.tls_key.empty()) {
    throw Error(ErrorKind::usage, "--tls-cert and --tls-key belong together");
  }
  auto tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  tls->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                   asio::ssl::context::no_tlsv1_1 | SSL_OP_NO_RENEGOTIATION);
  for (const auto& file : {options.tls_certificate, options.tls_key}) std::ignore = read_file(file);
  error_code error;
  const auto is_encrypted = std::make_shared<bool>(false);  // nobody is there to be asked
  std::ignore = tls->set_password_callback(
      [is_encrypted](std::size_t, asio::ssl::context::password_purpose) {
        *is_encrypted = true;
        return std::string();
      },
      error);
  std::ignore = tls->use_certificate_chain_file(options.tls_certificate.string(), error);
  if (error) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{} holds no certificate in PEM: {}", options.tls_certificate.string(),
                            error.message()));
  }
  std::ignore = tls->use_private_key_file(options.tls_key.string(), asio::ssl::context::pem, error);
  if (*is_encrypted) {
    throw Error(ErrorKind::bad_input,
                fmt::format("the private key {} is encrypted; write it without a passphrase: "
                            "openssl pkey -in {} -out FILE",
                            options.tls_key.string(), options.tls_key.string()));
  }
  if (error) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{} holds no private key in PEM that fits the certificate: {}",
                            options.tls_key.string(), error.message()));
  }
  return tls;
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

}  // namespace

void run_server(const ServerOptions& options, Handler& handler,
                const std::function<void(std::uint16_t port)>& on_listening) {
  const int threads = std::max(1, options.threads);
  asio::io_context control{1};
  asio::signal_set signals(control, SIGINT, SIGTERM);
  if (stop_requested()) return;  // it came before this function took the signals over

  std::optional<Builders> builders;
  builders.emplace(options.builders > 0 ? options.builders : threads,
                   options.limits.waiting_requests);
  const auto tls = open_tls(options);
  std::atomic<std::size_t> connections{0};
  MemoryFiles files;
  std::vector<std::unique_ptr<Worker>> workers;
  workers.reserve(static_cast<std::size_t>(threads));
  for (int i = 0; i < threads; ++i) {
    workers.push_back(
        std::make_unique<Worker>(options, handler, *builders, connections, files, tls.get()));
  }
  const std::uint16_t port = listen(options, workers);
  on_listening(port);  // the kernel takes connections already
  int running = threads;
  std::vector<std::jthread> pool;
  for (const auto& worker : workers) {
    worker->accept();
    pool.emplace_back([&, w = worker.get()] {
      run_worker(*w);
      asio::post(control, [&] {
        if (--running == 0) control.stop();
      });
    });
  }
  asio::steady_timer deadline(control);
  const auto cut_off = [&](const error_code& error) {
    if (error) return;
    log::warning("requests under way are cut off");
    for (const auto& worker : workers) worker->io().stop();
  };
  signals.async_wait([&](const error_code&, int) {
    log::info("stopping: finishing the requests under way");
    for (const auto& worker : workers) asio::post(worker->io(), [w = worker.get()] { w->stop(); });
    deadline.expires_after(options.stop_timeout);
    deadline.async_wait(cut_off);
    signals.async_wait([&](const error_code& error, int) { cut_off(error); });
  });
  control.run();
  pool.clear();
  builders.reset();  // before the workers, to which it hands what it builds
}

}  // namespace aml::http
