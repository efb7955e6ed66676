#include "commands/server_options.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <regex>
#include <utility>

#include "base/files.h"
#include "base/http_client.h"
#include "base/log.h"
#include "base/parse_number.h"
#include "base/threads.h"
#include "commands/shared_options.h"

namespace aml::commands {

namespace {

// For files, batches and the listening sockets.
constexpr rlim_t kOtherDescriptors = 256;

// Raises the limit of open files to what the connections need, as far as this process may.
void allow_connections(std::size_t connections) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = connections + kOtherDescriptors;
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= wanted) return;
  log::warning("this process may not open so many files: fewer connections will fit",
               {{"max_connections", connections}, {"open_files", limit.rlim_cur}});
}

// A validator of CLI11: empty where the text is all right. Its own ranges let "nan" pass.
std::string refuse_seconds(const std::string& text) {
  constexpr double kLeast = 0.001;
  constexpr double kMost = 1e6;
  const auto value = parse_number<double>(text);
  if (value && *value >= kLeast && *value <= kMost) return {};
  return fmt::format("must be seconds from {} to {}, not \"{}\"", kLeast, kMost, text);
}

// An origin as browsers send it (RFC 6454): scheme, host and port, and nothing after them.
std::string refuse_origin(const std::string& text) {
  static const std::regex kOrigin(R"(\*|null|[a-z][a-z0-9+.-]*://[^\s/?#@]+)");
  if (std::regex_match(text, kOrigin)) return {};
  return fmt::format("must be * or an origin such as https://example.org, not \"{}\"", text);
}

std::string refuse_address(const std::string& text) {
  std::array<unsigned char, 16> bytes{};
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return {};
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return {};
  return fmt::format("must be an IP address, not \"{}\"", text);
}

std::string refuse_host(const std::string& text) {
  return text == "localhost" ? "" : refuse_address(text);
}

void declare_sizes(CLI::App& app, http::Limits& limits) {
  const auto count = CLI::Range(std::size_t{1}, std::size_t{1'000'000'000});
  const auto header_bytes = CLI::Range(std::size_t{256}, std::size_t{1'000'000'000});
  const auto url_bytes = CLI::Range(std::size_t{64}, std::size_t{1'000'000'000});
  app.add_option("--max-connections", limits.connections,
                 fmt::format("Connections at a time (default: {})", limits.connections))
      ->check(count)
      ->option_text("N")
      ->envname("AML_MAX_CONNECTIONS");
  app.add_option("--max-header-bytes", limits.header_bytes,
                 fmt::format("Of a request's header (default: {})", limits.header_bytes))
      ->check(header_bytes)
      ->option_text("N")
      ->envname("AML_MAX_HEADER_BYTES");
  app.add_option("--max-url-bytes", limits.target_bytes,
                 fmt::format("Of a request's address (default: {})", limits.target_bytes))
      ->check(url_bytes)
      ->option_text("N")
      ->envname("AML_MAX_URL_BYTES");
  app.add_option("--min-bytes-per-second", limits.slowest_reader,
                 fmt::format("Slower readers are given up (default: {})", limits.slowest_reader))
      ->check(count)
      ->option_text("N")
      ->envname("AML_MIN_BYTES_PER_SECOND");
}

void declare_seconds(CLI::App& app, const std::string& name, double& seconds,
                     const std::string& what, const std::string& variable) {
  app.add_option(name, seconds, fmt::format("{} (default: {:g})", what, seconds))
      ->check(CLI::Validator(refuse_seconds, ""))
      ->option_text("S")
      ->envname(variable);
}

void declare_access(CLI::App& app, ServerSettings& settings) {
  app.add_option("--token-file", settings.token_file,
                 "Only clients with a bearer token of this file may ask, one token a line")
      ->option_text("FILE")
      ->envname("AML_TOKEN_FILE");
  app.add_option("--tls-cert", settings.server.tls_certificate,
                 "Speak TLS with this certificate chain (PEM)")
      ->option_text("FILE")
      ->envname("AML_TLS_CERT");
  app.add_option("--tls-key", settings.server.tls_key, "Its private key (PEM)")
      ->option_text("FILE")
      ->envname("AML_TLS_KEY");
  app.add_option("--cors-origin", settings.cors_origins,
                 "Origin whose pages may read the answers, or * (may be repeated)")
      ->check(CLI::Validator(refuse_origin, ""))
      ->option_text("ORIGIN")
      ->envname("AML_CORS_ORIGIN");
}

}  // namespace

void ListenSettings::announce(std::uint16_t port_number) const {
  if (!port_file.empty()) write_file_atomically(port_file, fmt::format("{}\n", port_number));
}

void declare_listen_options(CLI::App& app, ListenSettings& settings, const std::string& prefix) {
  app.add_option("--host", settings.host,
                 fmt::format("IP address to listen on (default: {})", settings.host))
      ->check(CLI::Validator(refuse_host, ""))
      ->option_text("ADDRESS")
      ->envname(prefix + "_HOST");
  app.add_option("--port", settings.port,
                 fmt::format("Port to listen on (default: {}; 0: any free one)", settings.port))
      ->check(CLI::Range(0, 65535))
      ->option_text("PORT")
      ->envname(prefix + "_PORT");
  app.add_option("--port-file", settings.port_file,
                 "Write the port's number into this file once the server listens")
      ->option_text("FILE")
      ->envname(prefix + "_PORT_FILE");
}

void LimitSettings::apply(http::ServerOptions& options) const {
  options.limits = limits;
  options.limits.request_timeout = in_ms(request_seconds);
  options.limits.idle_timeout = in_ms(idle_seconds);
  options.limits.stall_timeout = in_ms(stall_seconds);
  options.stop_timeout = in_ms(stop_seconds);
  options.trusted_proxies = {trusted_proxies.begin(), trusted_proxies.end()};
  allow_connections(options.limits.connections);
}

void declare_limit_options(CLI::App& app, LimitSettings& settings,
                           const LimitSettings::StallOption& stall) {
  declare_sizes(app, settings.limits);
  declare_seconds(app, "--request-timeout", settings.request_seconds,
                  "Seconds from a request's first byte to its last", "AML_REQUEST_TIMEOUT");
  declare_seconds(app, "--idle-timeout", settings.idle_seconds,
                  "Seconds that a connection may wait between requests", "AML_IDLE_TIMEOUT");
  declare_seconds(app, stall.name, settings.stall_seconds,
                  "Seconds without a byte of an answer taken", stall.variable);
  declare_seconds(app, "--stop-timeout", settings.stop_seconds,
                  "Seconds that requests under way have at the end", "AML_STOP_TIMEOUT");
  app.add_option("--trusted-proxy", settings.trusted_proxies,
                 "IP address of a reverse proxy, whose X-Forwarded-For says who asks (may be "
                 "repeated)")
      ->check(CLI::Validator(refuse_address, ""))
      ->option_text("ADDRESS")
      ->envname("AML_TRUSTED_PROXY");
}

http::ServerOptions ServerSettings::server_options() const {
  http::ServerOptions options = server;
  options.host = listen.host;
  options.port = listen.port;
  if (options.threads == 0) options.threads = available_processors();
  limits.apply(options);
  if (access_) options.reload = http::rereading(access_, token_file);
  return options;
}

http::RouterOptions ServerSettings::router_options() {
  http::RouterOptions options;
  options.cors_origins = cors_origins;
  if (!token_file.empty()) {
    access_ = std::make_shared<http::Access>(http::Tokens::read(token_file));
    options.access = access_;
  } else if (!is_loopback(listen.host)) {
    log::warning("whoever reaches this machine may ask: no --token-file is given",
                 {{"host", listen.host}});
  }
  return options;
}

void ServerSettings::announce(std::uint16_t port) const {
  const std::string url = fmt::format("{}://{}", server.tls_key.empty() ? "http" : "https",
                                      host_and_port(listen.host, port));
  log::info("listening", {{"url", url}});
  listen.announce(port);
}

std::shared_ptr<ServerSettings> declare_server_options(CLI::App& app, std::uint16_t default_port) {
  const auto settings = std::make_shared<ServerSettings>();
  settings->listen.port = default_port;
  settings->server.threads = 0;
  declare_listen_options(app, settings->listen, "AML");
  declare_threads(app, settings->server.threads, "Threads that serve");
  declare_access(app, *settings);
  declare_limit_options(app, settings->limits);
  app.add_option("--max-waiting", settings->limits.limits.waiting_requests,
                 fmt::format("Requests that wait to be built (default: {})",
                             settings->limits.limits.waiting_requests))
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}))
      ->option_text("N")
      ->envname("AML_MAX_WAITING");
  return settings;
}

}  // namespace aml::commands
