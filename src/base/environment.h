#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aml {

// One setting of a .env file.
struct EnvSetting {
  std::string name;
  std::string value;
  int line = 0;  // where its name stands, from 1
};

// The settings of a .env file's text, in their order. `path` is what errors name.
//
// A line is `NAME=value`, behind an optional `export`; empty lines and those that begin with # are
// passed over. A value ends before a # that a space precedes, and loses the spaces around it. In
// 'single quotes' everything is itself but \', in "double quotes" \n \r \t \" \\ \$ are escapes;
// quoted values may hold # and line breaks. Nothing is expanded: $NAME is those characters. A byte
// order mark and CRLF are accepted. Throws Error{usage} with file and line, and never with the
// line's text, which may hold a secret.
std::vector<EnvSetting> parse_env_file(std::string_view text, const std::filesystem::path& path);

// Reads a .env file into the environment and returns its settings. What is set in the environment
// already wins; of two lines with one name the later does. Where there is no such file, or
// something else has its name (a folder), there are no settings. Throws as parse_env_file, and
// where the file is larger than 1 MiB.
std::vector<EnvSetting> load_env_file(const std::filesystem::path& path);

// The variable's value, or nothing where it is unset or empty.
std::optional<std::string> environment(std::string_view name);

}  // namespace aml
