#include "commands/path_roles.h"

#include <map>
#include <utility>

namespace aml::commands {

PathRole path_role(const std::string& command, const std::string& option) {
  // Whatever the command: an option of such a name is a file that is written.
  static const std::map<std::string, PathRole> of_all = {
      {"--output", PathRole::file},         {"--patterns", PathRole::file},
      {"--curve", PathRole::file},          {"--sample-output", PathRole::file},
      {"--evidence", PathRole::file},       {"--port-file", PathRole::file},
      {"--metagraph-file", PathRole::file}, {"--cases-port-file", PathRole::file}};
  static const std::map<std::pair<std::string, std::string>, PathRole> of_one = {
      {{"process", "--output-dir"}, PathRole::replaced},
      {{"simulate", "--output-dir"}, PathRole::replaced},
      {{"sql", "--tables-dir"}, PathRole::replaced},
      {{"sql", "--part-dir"}, PathRole::replaced},
      {{"sql", "--slices-dir"}, PathRole::filled},  // and read: it holds what is made again anyhow
      {{"process", "--write-matrix"}, PathRole::filled},
      {{"simulate", "--ground-truth-dir"}, PathRole::filled},
      {{"download", "--output-dir"}, PathRole::filled},
      {{"export", "--output-dir"}, PathRole::filled},  // of labels
      {{"train", "--models-dir"}, PathRole::filled},
      {{"promote", "--models-dir"}, PathRole::filled},
      {{"mine", "--commit"}, PathRole::filled},
      {{"validate", "--data-dir"}, PathRole::filled},
      {{"serve", "--cases"}, PathRole::file}};
  if (const auto found = of_one.find({command, option}); found != of_one.end()) {
    return found->second;
  }
  const auto found = of_all.find(option);
  return found == of_all.end() ? PathRole::read : found->second;
}

}  // namespace aml::commands
