// aml-miner: a day's anti-money-laundering alerts in, risk scores out. This file holds the table of
// subcommands together; an Error becomes one sentence and an exit code.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/environment.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/threads.h"
#include "commands/command.h"
#include "commands/command_end.h"
#include "commands/day_paths.h"
#include "commands/unknown_words.h"
#include "commands/version.h"
#include "commands/whole_numbers.h"
#include "commands/written_paths.h"

extern const char* const kCommit;  // cmake/commit.cmake writes it

namespace {

constexpr const char* kExitCodes =
    "Exit codes: 0 done, 1 a defect of this program, 2 usage, 3 bad input, 4 not found, "
    "5 unavailable,\n            6 denied (credentials), 7 disk full, 8 out of memory, 9 weights "
    "not "
    "taken,\n            10 and 11 what `check`, `doctor` or `promote` find fault with, 130 "
    "interrupted.\n"
    "Settings come from flags, then environment variables, then a .env file in the current folder.";

struct LogOptions {
  aml::log::Format format = aml::log::Format::automatic;
  aml::log::Level level = aml::log::Level::info;
};

void declare_log_options(CLI::App& app, LogOptions& options) {
  static const std::map<std::string, aml::log::Format> kFormats{
      {"auto", aml::log::Format::automatic},
      {"text", aml::log::Format::text},
      {"json", aml::log::Format::json}};
  static const std::map<std::string, aml::log::Level> kLevels{{"debug", aml::log::Level::debug},
                                                              {"info", aml::log::Level::info},
                                                              {"warning", aml::log::Level::warning},
                                                              {"error", aml::log::Level::error}};
  app.add_option("--log-format", options.format,
                 "auto (text on a terminal, otherwise JSON), text or json")
      ->transform(CLI::CheckedTransformer(kFormats))
      ->option_text("FORMAT")
      ->envname("AML_LOG_FORMAT");
  app.add_option("--log-level", options.level, "debug, info, warning or error")
      ->transform(CLI::CheckedTransformer(kLevels))
      ->option_text("LEVEL")
      ->envname("AML_LOG_LEVEL");
}

// Every option names its environment variable.
class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(34); }
  // CLI11 names a flag's variable here too; it stands behind the description already.
  std::string make_option_opts(const CLI::Option* option) const override {
    std::string text = CLI::Formatter::make_option_opts(option);
    const std::string again = " (" + get_label("Env") + ":" + option->get_envname() + ")";
    const std::size_t at = text.find(again);
    return at == std::string::npos ? text : text.erase(at, again.size());
  }
  std::string make_option_desc(const CLI::Option* option) const override {
    const std::string variable = option->get_envname();
    return option->get_description() + (variable.empty() ? "" : " [" + variable + "]");
  }
};

// `--version --json`, in any order. --json alone is an option of commands.
bool asks_for_json_version(int argc, char** argv) {
  if (argc != 3) return false;
  const std::string_view first = argv[1];
  const std::string_view second = argv[2];
  return (first == "--version" && second == "--json") ||
         (first == "--json" && second == "--version");
}

int run(int argc, char** argv) {
  if (asks_for_json_version(argc, argv)) {
    aml::print(aml::commands::version_json(kCommit));
    return 0;
  }
  const std::string env_file = ".env";
  const std::vector<aml::EnvSetting> settings = aml::load_env_file(env_file);
  CLI::App app{"Turns a day's batch of anti-money-laundering alerts into risk scores."};
  app.name("aml-miner");
  app.footer(kExitCodes);
  app.set_version_flag("--version", std::string("aml-miner ") + AML_VERSION,
                       "Print the version; with --json also commit, compiler and libraries");
  app.require_subcommand(1);
  app.fallthrough();
  app.formatter(std::make_shared<HelpFormatter>());

  LogOptions log_options;
  declare_log_options(app, log_options);
  std::map<const CLI::App*, aml::commands::Action> actions;
  for (const aml::commands::Command& command : aml::commands::all_commands()) {
    CLI::App* sub = app.add_subcommand(command.name, command.summary);
    sub->footer(fmt::format("Example:\n  {}\n\n{}", command.example, kExitCodes));
    actions[sub] = command.declare(*sub);
    aml::commands::understand_days(*sub);
    aml::commands::refuse_odd_numbers(*sub);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);  // help and version
    const std::string unknown = aml::commands::unknown_word(app);
    if (unknown.empty()) {
      app.exit(e);
    } else {
      // Where nobody can read it, the exit code still says what it was.
      std::fputs((unknown + "\nRun with --help for more information.\n").c_str(), stderr);
    }
    return aml::exit_code(aml::ErrorKind::usage);
  }
  aml::log::configure(log_options.format, log_options.level);
  aml::commands::warn_of_unread_settings(settings, env_file, app);
  aml::install_signal_handlers();
  const CLI::App* const command = app.get_subcommands().front();
  aml::commands::refuse_shared_paths(*command);
  actions.at(command)();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const aml::commands::CommandEnd& e) {
    aml::log::error(e.what());
    return e.exit_code();
  } catch (const aml::Error& e) {
    aml::log::error(e.what());
    return aml::exit_code(e.kind());
  } catch (const std::bad_alloc&) {
    aml::log::error("out of memory; use fewer --threads or a machine with more memory");
    return aml::exit_code(aml::ErrorKind::out_of_memory);
  } catch (const std::exception& e) {
    aml::log::error(fmt::format("unexpected: {}; please report this", e.what()));
  }
  return aml::exit_code(aml::ErrorKind::internal);
}
