#include "commands/handed_on.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/database.h"
#include "base/error.h"
#include "commands/command.h"
#include "commands/unknown_words.h"
#include "http/server.h"
#include "http/tokens.h"
#include "service/option_words.h"

namespace aml::commands {

namespace {

using Words = std::vector<std::string>;

// The command's own declarations read them, so that nothing is said twice about what is allowed.
// What `run` adds of its own, such as folders, is not among them.
void check_words(const std::string& name, const Words& words) {
  CLI::App app;
  const auto command = std::ranges::find(all_commands(), std::string_view(name), &Command::name);
  CLI::App* const sub = app.add_subcommand(name);
  const Action owner = command->declare(*sub);  // of what the options are read into
  for (CLI::Option* option : sub->get_options()) option->required(false);
  Words line(words.rbegin(), words.rend());  // the last one first, as CLI11 wants them
  line.push_back(name);
  try {
    app.parse(std::move(line));
  } catch (const CLI::ParseError& e) {
    const std::string unknown = unknown_word(app);
    throw Error(ErrorKind::usage, unknown.empty() ? e.what() : unknown);
  }
  if (const auto limit = service::option(words, "memory-limit")) {
    const Database probe({.threads = 1, .memory_limit = *limit});  // which knows what a size is
  }
}

// What fails is of the settings' table of that name.
void in_table(const std::string& name, const std::function<void()>& check) {
  try {
    check();
  } catch (const Error& e) {
    throw Error(e.kind(), fmt::format("[{}]: {}", name, e.what()));
  }
}

void check_server_files(const Words& serve) {
  for (const char* name : {"token-file", "embargo"}) {
    if (const auto file = service::option(serve, name)) http::Tokens::read(*file);
  }
  http::check_tls(service::option(serve, "tls-cert").value_or(""),
                  service::option(serve, "tls-key").value_or(""));
}

}  // namespace

void check_handed_on(const service::Configuration& configuration,
                     service::ServiceOptions::Check check) {
  using Check = service::ServiceOptions::Check;
  const auto words = [](const std::string& name, const Words& given) {
    in_table(name, [&] { check_words(name, given); });
  };
  words("download", configuration.download);
  words("process", configuration.process);
  words("train", configuration.train);
  if (configuration.checks) words("check", configuration.check);
  if (configuration.serves) {
    words("serve", configuration.serve);
    if (check == Check::files) in_table("serve", [&] { check_server_files(configuration.serve); });
  }
  if (configuration.mines) {
    words("mine", configuration.mine);
    in_table("mine", [&] { check_miner_words(configuration.mine); });
  }
}

}  // namespace aml::commands
