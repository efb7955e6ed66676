#pragma once

#include <cstddef>
#include <string>

#include "api/service.h"
#include "http/budget.h"

namespace CLI {
class App;
}

namespace aml::commands {

// What the API shows, and with how much memory: of `serve` and `mcp`.
struct ShownSettings {
  std::string output_root = "./output";
  std::string input_root;
  std::size_t cache_mb = 512;
  evidence::InputLimits input_limits;

  // Throws Error{bad_input} where one of the folders is a file; warns where one is not there yet.
  void check_folders() const;
  // REQUIRES: `budget` outlives what is made with it.
  api::ServiceOptions service_options(http::Budget& budget) const;
};

// Declares them on `app`.
void declare_shown_options(CLI::App& app, ShownSettings& settings);

}  // namespace aml::commands
