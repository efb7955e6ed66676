#include "commands/whole_numbers.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <set>
#include <string>

namespace aml::commands {

void refuse_negative_numbers(CLI::App& command) {
  static const std::set<std::string> counts{"N", "K", "MB", "SECONDS", "DAYS", "MINUTES", "HOURS"};
  for (CLI::App* inner : command.get_subcommands({})) refuse_negative_numbers(*inner);
  for (CLI::Option* option : command.get_options()) {
    if (!counts.contains(option->get_option_text())) continue;
    option->check(CLI::Validator(
        [](std::string& text) {
          return text.find('-') == std::string::npos ||
                         text.find_first_not_of(" -+0123456789.") != std::string::npos
                     ? std::string()
                     : fmt::format("{} is below 0: give a number without a sign", text);
        },
        ""));
  }
}

}  // namespace aml::commands
