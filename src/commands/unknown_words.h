#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/environment.h"

namespace CLI {
class App;
}

// Words that nothing reads: on the command line, and in a .env file.
namespace aml::commands {

// After `app` refused a command line: the sentence that names the first word which is no command or
// no option, and the nearest that is one. Empty where all words were understood.
std::string unknown_word(const CLI::App& app);

// Logs a warning for every AML_… and S3_… name among `settings` that neither an option of `app` or
// its subcommands reads nor the SOT's store, with the nearest name that is read. Values are not
// shown: they may be secrets.
void warn_of_unread_settings(std::span<const EnvSetting> settings, const std::string& file,
                             const CLI::App& app);

}  // namespace aml::commands
