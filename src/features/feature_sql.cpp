#include "features/feature_sql.h"

#include <fmt/format.h>

#include <chrono>
#include <regex>
#include <set>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/log.h"
#include "base/threads.h"

namespace aml::features {

std::vector<SqlFile> read_sql(const std::filesystem::path& directory) {
  if (!is_folder(directory)) {
    throw Error(ErrorKind::not_found,
                fmt::format("{} is no directory: name one with feature SQL by --features-dir",
                            directory.string()));
  }
  std::vector<std::filesystem::path> paths;
  for (const std::filesystem::path& path : list_folder(directory)) {
    if (path.extension() == ".sql") {
      paths.push_back(path);
    }
  }

  static const std::regex form("[0-9]{2}_([a-z][a-z0-9_]*)\\.sql");
  std::vector<SqlFile> files;
  std::set<std::string> tables;
  for (const std::filesystem::path& path : paths) {
    const std::string name = path.filename().string();
    std::smatch match;
    if (!std::regex_match(name, match, form) || !tables.insert(match[1]).second) {
      throw Error(
          ErrorKind::bad_input,
          fmt::format("{}: feature SQL is named NN_table.sql, with two digits for the order and "
                      "a table name of its own in small letters: rename it",
                      path.string()));
    }
    files.push_back({name, match[1], read_file(path)});
  }
  for (const char* needed : {"alert_features", "cluster_features"}) {
    if (tables.count(needed) == 0) {
      throw Error(ErrorKind::bad_input,
                  fmt::format("{} holds no NN_{}.sql: start from a copy of src/features/sql",
                              directory.string(), needed));
    }
  }
  return files;
}

void run_sql(Connection& connection, const std::vector<SqlFile>& files) {
  for (const SqlFile& file : files) {
    throw_if_stop_requested();
    const auto start = std::chrono::steady_clock::now();
    std::string text = file.text;
    text.erase(text.find_last_not_of(" \t\r\n;") + 1);
    try {
      // The line break ends a comment on the last line; the parentheses admit a single SELECT.
      connection.run(fmt::format("CREATE TABLE {} AS (\n{}\n)", sql_name(file.table), text));
    } catch (const Error& error) {
      throw Error(error.kind(), fmt::format("{}: {}", file.file_name, error.what()));
    }
    const std::chrono::duration<double, std::milli> elapsed =
        std::chrono::steady_clock::now() - start;
    log::debug("feature table made", {{"file", file.file_name}, {"wall_ms", elapsed.count()}});
  }
}

}  // namespace aml::features
