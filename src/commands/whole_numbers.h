#pragma once

namespace CLI {
class App;
}

namespace aml::commands {

// Makes options of numbers (N and the like in the help text) refuse what is not finite, and those
// of numbers that are never negative a minus sign: what is read without a sign would take -1 for
// the largest number there is.
void refuse_odd_numbers(CLI::App& command);

}  // namespace aml::commands
