// aml-miner run --config aml-miner.toml
//
// Downloads, processes, checks, publishes and serves every day that the SOT offers, and answers
// validators with it, unattended.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "commands/command.h"
#include "commands/command_end.h"
#include "commands/handed_on.h"
#include "commands/settings_text.h"
#include "commands/store_options.h"
#include "service/service.h"

namespace aml::commands {

namespace {

struct RunOptions {
  std::string config;
  bool once = false;
  std::string settings;
};

// A poll comes again soon: it need not be as patient as a download.
std::unique_ptr<sot::ObjectStore> open_for_polling(const service::Configuration& configuration) {
  SotOptions options;
  options.sot = configuration.sot;
  options.attempts = 2;
  return open_sot(options);
}

void run(const RunOptions& options) {
  if (!options.settings.empty()) {
    print(options.settings == "toml" ? settings_toml() : settings_markdown());
    return;
  }
  if (options.config.empty()) throw Error(ErrorKind::usage, "--config is required");
  service::catch_hangups();
  service::Service service({.configuration_file = options.config,
                            .once = options.once,
                            .open_sot = open_for_polling,
                            .check = check_handed_on});
  const int code = service.run();
  if (code != 0) {
    throw CommandEnd(static_cast<EndCode>(code),
                     "not all days were brought to their end; the log says which, and why");
  }
}

}  // namespace

Action declare_run(CLI::App& app) {
  const auto options = std::make_shared<RunOptions>();
  app.add_option("--config", options->config, "File of the settings (TOML); SIGHUP reads it anew")
      ->option_text("FILE")
      ->envname("AML_CONFIG");
  app.add_flag("--once", options->once,
               "Catch up and end, without serving: with the exit code of the first failure");
  app.add_option("--settings", options->settings,
                 "Print all settings and end: as a file to begin with (toml), or as tables "
                 "(markdown: docs/configuration.md)")
      ->check(CLI::IsMember({"toml", "markdown"}))
      ->option_text("toml|markdown");
  return [options] { run(*options); };
}

}  // namespace aml::commands
