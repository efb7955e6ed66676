#pragma once

#include <string>
#include <string_view>

namespace aml::commands {

// What `aml-miner --version --json` prints: the version, the commit, the compiler, and by name the
// versions of the libraries that the program was compiled with.
std::string version_json(std::string_view commit);

}  // namespace aml::commands
