#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sot/object_store.h"

namespace CLI {
class App;
}

namespace aml::commands {

// The options of every subcommand that reaches the source of truth.
struct SotOptions {
  std::string sot;
  int connections = 8;
  int attempts = 6;
  double stall_seconds = 15;
};

// Declares --sot, --connections, --attempts and --stall-timeout.
void declare_sot_options(CLI::App& app, SotOptions& options);

// The S3_… variables that a store reads from the environment.
std::vector<std::string> s3_setting_names();

// The store that the options name. The S3_* settings come from the environment.
std::unique_ptr<sot::ObjectStore> open_sot(const SotOptions& options);
// Likewise another one than --sot names.
std::unique_ptr<sot::ObjectStore> open_sot(const SotOptions& options, const std::string& address);

}  // namespace aml::commands
