#pragma once

#include <optional>
#include <string>
#include <vector>

// Options of a command as words, "--threads" and "4" one after the other, with their environment
// variables, which a command reads too.
namespace aml::service {

// The value of an option, named without dashes, or of its variable: AML_TOKEN_FILE of
// "token-file" unless `variable` names another; nothing where neither is given.
std::optional<std::string> option(const std::vector<std::string>& words, const std::string& name,
                                  std::string variable = "");
// All values of an option that may be repeated, without a variable.
std::vector<std::string> options(const std::vector<std::string>& words, const std::string& name);
bool has_flag(const std::vector<std::string>& words, const std::string& name);

}  // namespace aml::service
