// aml-miner serve --output-root ./output --port 8000
//
// Serves what `process` published, over HTTP, until SIGINT or SIGTERM.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "api/service.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/log.h"
#include "base/threads.h"
#include "commands/command.h"
#include "commands/server_options.h"
#include "commands/shared_options.h"
#include "http/budget.h"
#include "http/metrics.h"
#include "http/server.h"
#include "http/static_files.h"

namespace aml::commands {

namespace {

struct ServeOptions {
  std::string output_root = "./output";
  std::size_t cache_mb = 512;
  std::string web_root;
  std::string input_root;
  evidence::InputLimits input_limits;
};

// What is not there yet may come; a file in its place stays in the way.
void require_folder(const char* option, const std::string& path) {
  if (!path_exists(path) || is_folder(path)) return;
  throw Error(ErrorKind::bad_input,
              fmt::format("{}: {} is a file, and must be a folder", option, path));
}

void serve(const ServeOptions& options, ServerSettings& settings) {
  ignore_hangups();
  require_folder("--output-root", options.output_root);
  require_folder("--input-root", options.input_root);
  if (!options.input_root.empty() && !path_exists(options.input_root)) {
    log::warning("there is no input root yet; the page shows neither addresses nor flows",
                 {{"input_root", options.input_root}});
  }
  if (!is_folder(options.output_root)) {
    log::warning("there is no output root yet; until process writes one, answers are 503",
                 {{"output_root", options.output_root}});
  }
  const std::filesystem::path web = http::web_folder(options.web_root);
  http::Metrics metrics;
  http::Budget budget(options.cache_mb * kBytesPerMb);
  api::Service service(
      {.output_root = options.output_root,
       .budget = &budget,
       .input_root = options.input_root.empty()
                         ? std::nullopt
                         : std::optional<std::filesystem::path>(options.input_root),
       .input_limits = options.input_limits,
       .web = web,
       .router = settings.router_options(),
       .metrics = &metrics});
  http::ServerOptions server = settings.server_options();
  server.metrics = &metrics;
  server.budget = &budget;
  http::run_server(server, service, [&](std::uint16_t port) { settings.announce(port); });
  log::info("stopped");
}

}  // namespace

Action declare_serve(CLI::App& app) {
  constexpr std::uint16_t kDefaultPort = 8000;
  const auto options = std::make_shared<ServeOptions>();
  app.add_option("--output-root", options->output_root,
                 "Folder of the batches, {date}/ each (default: ./output)")
      ->option_text("DIR")
      ->envname("AML_OUTPUT_ROOT");
  app.add_option("--cache-mb", options->cache_mb,
                 "Memory for answers, those that are kept and those on their way (default: 512; at "
                 "least 16)")
      ->check(CLI::Range(kLeastCacheMb, kMostCacheMb))
      ->option_text("MB")
      ->envname("AML_CACHE_MB");
  app.add_option(
         "--input-root", options->input_root,
         "Folder of the inputs, {date}/ each, from which the page shows addresses, clusters "
         "and money flows (default: none)")
      ->option_text("DIR")
      ->envname("AML_INPUT_ROOT");
  declare_memory_limit(app, options->input_limits.memory,
                       "Memory for reading inputs, whatever the number of questions");
  declare_max_rows(app, options->input_limits.max_rows);
  app.add_option("--web-root", options->web_root,
                 "Folder of the pages and their libraries (default: web beside the program)")
      ->option_text("DIR")
      ->envname("AML_WEB_ROOT");
  const auto settings = declare_server_options(app, kDefaultPort);
  return [options, settings] { serve(*options, *settings); };
}

}  // namespace aml::commands
