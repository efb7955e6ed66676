#pragma once

#include "commands/command.h"

namespace aml::commands {

// Declares the options of `sql` and gives what it does, as in command.h.
Action declare_sql(CLI::App& app);

}  // namespace aml::commands
