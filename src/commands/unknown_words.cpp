#include "commands/unknown_words.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/log.h"
#include "base/nearest.h"
#include "commands/store_options.h"

namespace aml::commands {

namespace {

// The subcommand that was said, at the end of the chain of them.
const CLI::App& last_command(const CLI::App& app) {
  const CLI::App* last = &app;
  while (!last->get_subcommands().empty()) last = last->get_subcommands().back();
  return *last;
}

// The words behind which the command's options stand: "aml-miner wallet show".
std::string words_of(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent == nullptr ? command.get_name() : words_of(*parent) + " " + command.get_name();
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands(nullptr)) names.push_back(command->get_name());
  return names;
}

// Names without their dashes, of the command and of those above it.
std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* app = &command; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      names.insert(names.end(), option->get_lnames().begin(), option->get_lnames().end());
    }
  }
  return names;
}

std::string unknown_option(const std::string& word, const CLI::App& command) {
  // Without its value, which may be a secret.
  const std::string name = word.substr(0, word.find('='));
  const std::vector<std::string> known = option_names(command);
  const std::string bare = name.substr(std::min(name.find_first_not_of('-'), name.size()));
  const std::string command_words = words_of(command);
  if (std::ranges::find(known, bare) != known.end()) {
    return fmt::format("{} belongs behind the command: {} {}", name, command_words, name);
  }
  const auto near = nearest(bare, known);
  return fmt::format("{} has no option {}{}", command_words, name,
                     near ? fmt::format("; did you mean --{}?", *near) : "");
}

void gather_variables(const CLI::App& app, std::vector<std::string>& names) {
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_envname().empty()) names.push_back(option->get_envname());
  }
  for (const CLI::App* command : app.get_subcommands(nullptr)) gather_variables(*command, names);
}

}  // namespace

std::string unknown_word(const CLI::App& app) {
  const std::vector<std::string> unknown = app.remaining(true);
  if (unknown.empty()) return {};
  const CLI::App& command = last_command(app);
  const std::vector<std::string> commands = command_names(command);
  if (!commands.empty() && !unknown[0].starts_with('-')) {
    return fmt::format("{} has no command {}{}", words_of(command), unknown[0],
                       did_you_mean(unknown[0], commands));
  }
  // An option that is unknown leaves its value behind: it is the option that is meant.
  const auto option =
      std::ranges::find_if(unknown, [](const std::string& word) { return word.starts_with("-"); });
  if (option != unknown.end()) return unknown_option(*option, command);
  return fmt::format("{} takes options only, and no word {}", words_of(command), unknown[0]);
}

void warn_of_unread_settings(std::span<const EnvSetting> settings, const std::string& file,
                             const CLI::App& app) {
  std::vector<std::string> read = s3_setting_names();
  gather_variables(app, read);
  for (const EnvSetting& setting : settings) {
    const std::string& name = setting.name;
    if (!name.starts_with("AML_") && !name.starts_with("S3_")) continue;
    if (std::ranges::find(read, name) != read.end()) continue;
    log::warning(fmt::format("{}:{}: nothing reads {}{}", file, setting.line, name,
                             did_you_mean(name, read)));
  }
}

}  // namespace aml::commands
