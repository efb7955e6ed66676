#include "commands/handed_on.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/database.h"
#include "base/error.h"
#include "commands/command.h"
#include "commands/option_checks.h"
#include "commands/unknown_words.h"
#include "commands/whole_numbers.h"
#include "service/option_words.h"
#include "service/resident_commands.h"
#include "sot/store_address.h"

namespace aml::commands {

namespace {

using Words = std::vector<std::string>;

// DuckDB knows what a size is.
void check_sizes(const Words& words) {
  const auto memory = service::option(words, "memory-limit");
  const auto spill = service::option(words, "spill-limit");
  if (!memory && !spill) return;
  const Database probe(
      {.threads = 1, .memory_limit = memory.value_or(""), .spill_limit = spill.value_or("")});
}

// Of commands that refuse more than single options.
using Check = void (*)(const Words&, Look);
const std::map<std::string, Check> kChecks = {{"process", check_process_words},
                                              {"train", check_train_words},
                                              {"check", check_check_words},
                                              {"serve", check_server_words},
                                              {"mine", check_miner_words}};

// The command's own declarations and checks read them, so that nothing is said twice about what is
// allowed. What `run` adds of its own for each day, such as folders, need not be among them.
void check_words(const std::string& name, const Words& words, Look look) {
  CLI::App app;
  const auto command = std::ranges::find(all_commands(), std::string_view(name), &Command::name);
  CLI::App* const sub = app.add_subcommand(name);
  const Action owner = command->declare(*sub);  // of what the options are read into
  refuse_odd_numbers(*sub);
  for (CLI::Option* option : sub->get_options()) option->required(false);
  Words line(words.rbegin(), words.rend());  // the last one first, as CLI11 wants them
  line.push_back(name);
  try {
    app.parse(std::move(line));
  } catch (const CLI::ParseError& e) {
    const std::string unknown = unknown_word(app);
    throw Error(ErrorKind::usage, unknown.empty() ? e.what() : unknown);
  }
  check_sizes(words);
  if (const auto check = kChecks.find(name); check != kChecks.end()) check->second(words, look);
}

// What fails is of the settings' table of that name.
void in_table(const std::string& name, const std::function<void()>& check) {
  try {
    check();
  } catch (const Error& e) {
    throw Error(e.kind(), fmt::format("[{}]: {}", name, e.what()));
  }
}

}  // namespace

void parse_words(const std::function<void(CLI::App&)>& declare, const Words& words) {
  CLI::App app;
  declare(app);
  for (CLI::Option* option : app.get_options()) option->required(false);
  app.parse(Words(words.rbegin(), words.rend()));
}

void check_handed_on(const service::Configuration& configuration,
                     service::ServiceOptions::Check check) {
  const Look look = check == service::ServiceOptions::Check::files ? Look::files : Look::options;
  const auto words = [look](const std::string& name, const Words& given) {
    in_table(name, [&] { check_words(name, given, look); });
  };
  if (!configuration.sot.empty()) sot::check_store_address(configuration.sot);
  words("download", configuration.download);
  words("process", configuration.process);
  words("train", configuration.train);
  if (configuration.checks) words("check", configuration.check);
  if (configuration.serves) words("serve", service::server_words(configuration));
  if (configuration.mines) words("mine", configuration.mine);
}

}  // namespace aml::commands
