#pragma once

namespace CLI {
class App;
}

namespace aml::commands {

// Makes options of numbers that are never negative (N and the like in the help text) refuse a minus
// sign: what is read without a sign would take -1 for the largest number there is.
void refuse_negative_numbers(CLI::App& command);

}  // namespace aml::commands
