// aml-miner serve --output-root ./output --port 8000
//
// Serves what `process` published, over HTTP, until SIGINT or SIGTERM.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "api/service.h"
#include "base/files.h"
#include "base/log.h"
#include "base/threads.h"
#include "commands/command.h"
#include "http/server.h"
#include "http/static_files.h"

namespace aml::commands {

namespace {

struct ServeOptions {
  std::string output_root = "./output";
  std::string host = "127.0.0.1";
  std::uint16_t port = 8000;
  int threads = 0;
  std::size_t cache_mb = 512;
  std::string port_file;
  std::string web_root;
  std::string input_root;
};

std::string url_of(const std::string& host, std::uint16_t port) {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return fmt::format("http://{}:{}", is_ipv6 ? "[" + host + "]" : host, port);
}

void serve(const ServeOptions& options) {
  constexpr std::size_t kBytesPerMb = 1'048'576;
  if (!std::filesystem::is_directory(options.output_root)) {
    log::warning("there is no output root yet; until process writes one, answers are 503",
                 {{"output_root", options.output_root}});
  }
  const int threads = options.threads == 0 ? available_processors() : options.threads;
  const std::filesystem::path web = http::web_folder(options.web_root);
  http::Metrics metrics;
  api::Service service(
      {.output_root = options.output_root,
       .cache_bytes = options.cache_mb * kBytesPerMb,
       .input_root = options.input_root.empty()
                         ? std::nullopt
                         : std::optional<std::filesystem::path>(options.input_root),
       .web = web,
       .metrics = &metrics});
  http::run_server(
      {.host = options.host, .port = options.port, .threads = threads, .metrics = &metrics},
      service, [&](std::uint16_t port) {
        log::info("listening", {{"url", url_of(options.host, port)},
                                {"output_root", options.output_root},
                                {"threads", threads}});
        if (!options.port_file.empty()) {
          write_file_atomically(options.port_file, fmt::format("{}\n", port));
        }
      });
  log::info("stopped");
}

}  // namespace

Action declare_serve(CLI::App& app) {
  constexpr int kMaxCacheMb = 1024 * 1024;
  const auto options = std::make_shared<ServeOptions>();
  app.add_option("--output-root", options->output_root,
                 "Folder of the batches, {date}/ each (default: ./output)")
      ->option_text("DIR")
      ->envname("AML_OUTPUT_ROOT");
  app.add_option("--host", options->host, "IP address to listen on (default: 127.0.0.1)")
      ->option_text("ADDRESS")
      ->envname("AML_HOST");
  app.add_option("--port", options->port, "Port to listen on (default: 8000; 0: any free one)")
      ->option_text("PORT")
      ->envname("AML_PORT");
  app.add_option("--threads", options->threads, "Threads that serve (default: one per processor)")
      ->check(CLI::Range(0, 1024))
      ->option_text("N")
      ->envname("AML_THREADS");
  app.add_option("--cache-mb", options->cache_mb,
                 "Memory for answers that were built before (default: 512)")
      ->check(CLI::Range(0, kMaxCacheMb))
      ->option_text("MB")
      ->envname("AML_CACHE_MB");
  app.add_option("--port-file", options->port_file,
                 "Write the port's number into this file once the server listens")
      ->option_text("FILE")
      ->envname("AML_PORT_FILE");
  app.add_option(
         "--input-root", options->input_root,
         "Folder of the inputs, {date}/ each, from which the page shows addresses, clusters "
         "and money flows (default: none)")
      ->option_text("DIR")
      ->envname("AML_INPUT_ROOT");
  app.add_option("--web-root", options->web_root,
                 "Folder of the pages and their libraries (default: web beside the program)")
      ->option_text("DIR")
      ->envname("AML_WEB_ROOT");
  return [options] { serve(*options); };
}

}  // namespace aml::commands
