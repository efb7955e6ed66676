#include "commands/whole_numbers.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdlib>
#include <set>
#include <string>

namespace aml::commands {

namespace {

// A comparison with what is no number is false: it would pass every bound.
std::string refuse_infinite(std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  const bool is_number = end != text.c_str() && *end == '\0';
  return !is_number || std::isfinite(value)
             ? std::string()
             : fmt::format("{} is no number that can be counted with", text);
}

}  // namespace

void refuse_odd_numbers(CLI::App& command) {
  static const std::set<std::string> counts{"N", "K", "MB", "SECONDS", "DAYS", "MINUTES", "HOURS"};
  static const std::set<std::string> others{"ALPHA", "SHARE", "X", "S"};
  for (CLI::App* inner : command.get_subcommands({})) refuse_odd_numbers(*inner);
  for (CLI::Option* option : command.get_options()) {
    const std::string unit = option->get_option_text();
    if (counts.contains(unit) || others.contains(unit)) {
      option->check(CLI::Validator(refuse_infinite, ""));
    }
    if (!counts.contains(unit)) continue;
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
