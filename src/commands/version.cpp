#include "commands/version.h"

#include <nlohmann/json.hpp>

namespace aml::commands {

std::string version_json(std::string_view commit) {
  nlohmann::ordered_json libraries = nlohmann::ordered_json::object();
  std::string_view rest = AML_LIBRARIES;  // "fmt=9.1.0,…"
  while (!rest.empty()) {
    const std::string_view one = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    const std::size_t at = one.find('=');
    if (at == std::string_view::npos) continue;
    libraries[std::string(one.substr(0, at))] = one.substr(at + 1);
  }
  const nlohmann::ordered_json json{{"program", "aml-miner"}, {"version", AML_VERSION},
                                    {"commit", commit},       {"compiler", AML_COMPILER},
                                    {"build", AML_BUILD},     {"libraries", libraries}};
  return json.dump(2) + "\n";
}

}  // namespace aml::commands
