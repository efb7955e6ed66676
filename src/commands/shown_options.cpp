#include "commands/shown_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "api/networks.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/log.h"
#include "commands/shared_options.h"

namespace aml::commands {

namespace {

// What is not there yet may come; a file in its place stays in the way.
void require_folder(const char* option, const std::string& path) {
  if (!path_exists(path) || is_folder(path)) return;
  throw Error(ErrorKind::bad_input,
              fmt::format("{}: {} is a file, and must be a folder", option, path));
}

}  // namespace

void ShownSettings::check_folders() const {
  require_folder("--output-root", output_root);
  require_folder("--input-root", input_root);
  if (!input_root.empty() && !path_exists(input_root)) {
    log::warning("there is no input root yet; the page shows neither addresses nor flows",
                 {{"input_root", input_root}});
  }
  if (!is_folder(output_root)) {
    log::warning("there is no output root yet; until process writes one, answers are 503",
                 {{"output_root", output_root}});
  }
}

void ShownSettings::check_networks() const {
  const std::set<std::string> names(networks.begin(), networks.end());
  if (names.size() != networks.size()) {
    throw Error(ErrorKind::usage, "--networks names one more than once");
  }
  if (names.size() > api::kMostNetworks) {
    throw Error(ErrorKind::usage, fmt::format("--networks takes at most {}", api::kMostNetworks));
  }
}

std::unique_ptr<http::Handler> all_services(
    const ShownSettings& settings, const api::ServiceOptions& shown,
    const std::function<std::unique_ptr<http::Handler>(const api::ServiceOptions&)>& make) {
  if (settings.networks.empty()) return make(shown);
  std::vector<std::pair<std::string, std::unique_ptr<http::Handler>>> services;
  for (const std::string& name : settings.networks) {
    api::ServiceOptions own = shown;
    own.output_root = shown.output_root / name;
    if (shown.input_root) own.input_root = *shown.input_root / name;
    own.network = name;
    own.networks = settings.networks;
    services.emplace_back(name, make(own));
  }
  return std::make_unique<api::Networks>(std::move(services));
}

api::ServiceOptions ShownSettings::service_options(http::Budget& budget) const {
  return {.output_root = output_root,
          .budget = &budget,
          .input_root =
              input_root.empty() ? std::nullopt : std::optional<std::filesystem::path>(input_root),
          .input_limits = input_limits};
}

void declare_shown_options(CLI::App& app, ShownSettings& settings) {
  app.add_option("--output-root", settings.output_root,
                 "Folder of the batches, {date}/ each (default: ./output)")
      ->option_text("DIR")
      ->envname("AML_OUTPUT_ROOT");
  app.add_option("--cache-mb", settings.cache_mb,
                 "Memory for answers, those that are kept and those on their way (default: 512; at "
                 "least 16)")
      ->check(CLI::Range(kLeastCacheMb, kMostCacheMb))
      ->option_text("MB")
      ->envname("AML_CACHE_MB");
  app.add_option("--input-root", settings.input_root,
                 "Folder of the inputs, {date}/ each, from which addresses, clusters and money "
                 "flows are shown (default: none)")
      ->option_text("DIR")
      ->envname("AML_INPUT_ROOT");
  app.add_option("--networks", settings.networks,
                 "Serve several networks, each from the folders of its name in --output-root and "
                 "--input-root (default: one, from these themselves)")
      ->check(CLI::Validator(api::refuse_network_name, ""))
      ->delimiter(',')
      ->option_text("NAME ...")
      ->envname("AML_NETWORKS");
  declare_memory_limit(app, settings.input_limits.memory,
                       "Memory for reading inputs, whatever the number of questions");
  declare_max_rows(app, settings.input_limits.max_rows);
}

}  // namespace aml::commands
