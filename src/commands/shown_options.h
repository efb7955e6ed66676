#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/service.h"
#include "http/budget.h"
#include "http/handler.h"

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
  std::vector<std::string> networks;  // none: one, from the roots themselves

  // Throws Error{bad_input} where one of the folders is a file; warns where one is not there yet.
  void check_folders() const;
  // Throws Error{usage} where networks are too many, or one is named twice.
  void check_networks() const;
  // REQUIRES: `budget` outlives what is made with it.
  api::ServiceOptions service_options(http::Budget& budget) const;
};

// One service, or one for each network, from the folders below the roots that have its name.
// `make` makes a service of what it is to show.
std::unique_ptr<http::Handler> all_services(
    const ShownSettings& settings, const api::ServiceOptions& shown,
    const std::function<std::unique_ptr<http::Handler>(const api::ServiceOptions&)>& make);

// Declares them on `app`.
void declare_shown_options(CLI::App& app, ShownSettings& settings);

}  // namespace aml::commands
