// aml-miner serve --output-root ./output --port 8000
//
// Serves what `process` published, over HTTP, until SIGINT or SIGTERM.
#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "api/embargo.h"
#include "api/explorer.h"
#include "api/service.h"
#include "base/error.h"
#include "base/log.h"
#include "base/threads.h"
#include "cases/users.h"
#include "commands/cases_options.h"
#include "commands/command.h"
#include "commands/option_checks.h"
#include "commands/server_options.h"
#include "commands/shared_options.h"
#include "commands/shown_options.h"
#include "http/budget.h"
#include "http/metrics.h"
#include "http/server.h"
#include "http/static_files.h"
#include "http/tokens.h"

namespace aml::commands {

namespace {

struct ServeOptions {
  ShownSettings shown;
  std::string web_root;
  std::string embargo;
  std::string commitments;
  std::vector<std::string> explorers;
  double max_age_hours = static_cast<double>(api::kMaxAge.count());
  CasesSettings cases;
};

std::unique_ptr<http::Handler> service_of(const ServeOptions& options,
                                          const api::ServiceOptions& shown) {
  if (options.embargo.empty()) return std::make_unique<api::Service>(shown);
  return std::make_unique<api::EmbargoedService>(shown, http::Tokens::read(options.embargo));
}

std::vector<api::Explorer> explorers_of(const ServeOptions& options) {
  std::vector<api::Explorer> explorers;
  for (const std::string& text : options.explorers) {
    explorers.push_back(api::parse_explorer(text));
  }
  return explorers;
}

void check_networks(const ServeOptions& options) {
  options.shown.check_networks();
  api::check_explorers(explorers_of(options), options.shown.networks);
  if (!options.shown.networks.empty() && !options.cases.file.empty()) {
    throw Error(ErrorKind::usage,
                "--cases keeps those of one network: serve each with cases by a server of its own");
  }
}

void check_files(const ServeOptions& options, const ServerSettings& settings) {
  for (const std::string& file : {settings.token_file, options.embargo}) {
    if (!file.empty()) http::Tokens::read(file);
  }
  if (!options.cases.users.empty()) cases::UserList::read(options.cases.users);
  http::check_tls(settings.server.tls_certificate, settings.server.tls_key);
  std::ignore = http::web_folder(options.web_root);
}

void check(const ServeOptions& options, const ServerSettings& settings, Look look) {
  check_networks(options);
  check_cases_options(options.cases, options.shown.output_root, options.shown.input_root);
  if (look == Look::files) check_files(options, settings);
}

void serve(const ServeOptions& options, ServerSettings& settings) {
  ignore_hangups();
  check(options, settings, Look::options);
  options.shown.check_folders();
  http::Metrics metrics;
  http::Budget budget(options.shown.cache_mb * kBytesPerMb);
  api::ServiceOptions shown = options.shown.service_options(budget);
  shown.web = http::web_folder(options.web_root);
  shown.max_age = std::chrono::seconds(static_cast<std::int64_t>(options.max_age_hours * 3600));
  shown.commitments = options.commitments;
  shown.explorers = explorers_of(options);
  shown.router = settings.router_options();
  shown.metrics = &metrics;
  const std::unique_ptr<http::Handler> service =
      all_services(options.shown, shown, [&](const auto& one) { return service_of(options, one); });
  http::ServerOptions server = settings.server_options();
  server.metrics = &metrics;
  server.budget = &budget;
  std::unique_ptr<CasesListener> cases;
  if (!options.cases.file.empty()) {
    cases = std::make_unique<CasesListener>(options.cases, shown, server);
  }
  http::run_server(server, *service, [&](std::uint16_t port) {
    if (cases) cases->start();
    settings.announce(port);
  });
  cases.reset();
  log::info("stopped");
}

constexpr std::uint16_t kDefaultPort = 8000;

std::shared_ptr<ServerSettings> declare_options(CLI::App& app, ServeOptions& options) {
  declare_shown_options(app, options.shown);
  app.add_option("--embargo", options.embargo,
                 "Hold a day's scores back until 18:01 UTC of the day after it, save from clients "
                 "with a bearer token of this file, such as `mine` (default: no)")
      ->option_text("FILE")
      ->envname("AML_EMBARGO");
  app.add_option("--commitments", options.commitments,
                 "Folder of `mine --commit`: the page and /commitments/{date} say whether a day's "
                 "scores are committed, and to how many they were revealed (default: none)")
      ->option_text("DIR")
      ->envname("AML_COMMITMENTS");
  app.add_option(
         "--explorer", options.explorers,
         "Where a network's addresses are shown, bitcoin=https://explorer.example/{address}: "
         "the page links there, and nothing is asked before somebody clicks (may be "
         "repeated, once a network; default: no links)")
      ->check(CLI::Validator(api::refuse_explorer, ""))
      ->option_text("NETWORK=URL")
      ->envname("AML_EXPLORER");
  app.add_option("--max-age", options.max_age_hours,
                 "Hours since the newest batch's day began, beyond which /readyz says no "
                 "(default: 60)")
      ->check(CLI::Range(0.01, 87'600.0))
      ->option_text("HOURS")
      ->envname("AML_MAX_AGE");
  app.add_option("--web-root", options.web_root,
                 "Folder of the pages and their libraries (default: web beside the program)")
      ->option_text("DIR")
      ->envname("AML_WEB_ROOT");
  declare_cases_options(app, options.cases);
  return declare_server_options(app, kDefaultPort);
}

}  // namespace

void check_server_words(const std::vector<std::string>& words, Look look) {
  ServeOptions options;
  std::shared_ptr<ServerSettings> settings;
  parse_words([&](CLI::App& app) { settings = declare_options(app, options); }, words);
  check(options, *settings, look);
}

Action declare_serve(CLI::App& app) {
  const auto options = std::make_shared<ServeOptions>();
  const auto settings = declare_options(app, *options);
  return [options, settings] { serve(*options, *settings); };
}

}  // namespace aml::commands
