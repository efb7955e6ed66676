#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace aml {

// Reads `NAME=value` lines of a .env file into the environment; what is already set there wins.
// Empty lines and # comments are passed over, `export ` and one pair of quotes are accepted.
// A missing file is fine; a malformed line is Error{usage} naming file and line.
void load_env_file(const std::filesystem::path& path);

// The variable's value, or nothing where it is unset or empty.
std::optional<std::string> environment(std::string_view name);

}  // namespace aml
