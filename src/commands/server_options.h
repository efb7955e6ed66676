#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "http/router.h"
#include "http/server.h"

namespace CLI {
class App;
}

namespace aml::commands {

// Where a command listens.
struct ListenSettings {
  std::string host = "127.0.0.1";  // an IP address
  std::uint16_t port = 0;          // 0: any free one
  std::string port_file;           // gets the port's number once the server listens; may be empty

  // Writes the port file where one is asked for.
  void announce(std::uint16_t port) const;
};

// Declares --host, --port and --port-file, which read {prefix}_HOST and so on.
void declare_listen_options(CLI::App& app, ListenSettings& settings, const std::string& prefix);

// What clients may cost a command that listens.
struct LimitSettings {
  http::Limits limits{};
  double request_seconds = 10;
  double idle_seconds = 60;
  double stall_seconds = 30;
  double stop_seconds = 10;
  std::vector<std::string> trusted_proxies{};

  // What stall_seconds is called.
  struct StallOption {
    std::string name = "--stall-timeout";
    std::string variable = "AML_STALL_TIMEOUT";
  };

  // Sets them in `options`, and raises this process's limit of open files as far as it may.
  void apply(http::ServerOptions& options) const;
};

// Declares them on `app`, with the values they have as defaults.
void declare_limit_options(CLI::App& app, LimitSettings& settings,
                           const LimitSettings::StallOption& stall = {});

// What a command that serves all of an API lets people set.
struct ServerSettings {
  ListenSettings listen;
  LimitSettings limits;
  http::ServerOptions server{};
  std::string token_file;
  std::vector<std::string> cors_origins;

  // The settings as the server and its router take them. Reads the token file; warns where anyone
  // who reaches this machine may ask. Throws as http::Tokens::read.
  http::ServerOptions server_options() const;
  http::RouterOptions router_options();
  // Logs where the server listens, and writes the port file where one is asked for.
  void announce(std::uint16_t port) const;

 private:
  std::shared_ptr<http::Access> access_;  // null: everyone may ask
};

// Declares them on `app`.
std::shared_ptr<ServerSettings> declare_server_options(CLI::App& app, std::uint16_t default_port);

}  // namespace aml::commands
