#pragma once

#include <string>

// What commands do with the paths that their options name.
namespace aml::commands {

enum class PathRole {
  read,
  file,      // a file that is written
  replaced,  // a folder that is replaced as a whole
  filled     // a folder that gets files
};

// Of an option such as "--output" of a command, by their names.
PathRole path_role(const std::string& command, const std::string& option);

}  // namespace aml::commands
