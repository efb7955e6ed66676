#pragma once

#include <functional>
#include <span>
#include <string>

namespace CLI {
class App;
}

namespace aml::commands {

// What a subcommand does once its options are read. Returns nothing: failures are Errors.
using Action = std::function<void()>;

// One row of the program's table of subcommands.
struct Command {
  const char* name;
  const char* summary;  // one line, imperative
  const char* example;  // a command line that works
  // Declares the options on `app` (each with its environment variable) and returns the action that
  // runs with the values read. Options live in a shared struct that the action owns.
  Action (*declare)(CLI::App& app);
};

// All subcommands, in the order of the data flow. Add a row here to add one.
std::span<const Command> all_commands();

Action declare_simulate(CLI::App& app);
Action declare_publish(CLI::App& app);
Action declare_download(CLI::App& app);
Action declare_process(CLI::App& app);
Action declare_train(CLI::App& app);
Action declare_promote(CLI::App& app);
Action declare_flows(CLI::App& app);
Action declare_predict(CLI::App& app);
Action declare_explain(CLI::App& app);
Action declare_card(CLI::App& app);
Action declare_inspect(CLI::App& app);
Action declare_features(CLI::App& app);
Action declare_evaluate(CLI::App& app);
Action declare_check(CLI::App& app);
Action declare_serve(CLI::App& app);
Action declare_mcp(CLI::App& app);
Action declare_cases(CLI::App& app);
Action declare_keep(CLI::App& app);
Action declare_labels(CLI::App& app);
Action declare_run(CLI::App& app);
Action declare_doctor(CLI::App& app);
Action declare_mine(CLI::App& app);
Action declare_validate(CLI::App& app);
Action declare_ask(CLI::App& app);
Action declare_wallet(CLI::App& app);

}  // namespace aml::commands
