#include "commands/written_paths.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "base/path_identity.h"
#include "commands/path_roles.h"

namespace aml::commands {

namespace fs = std::filesystem;

namespace {

// Of process --write-matrix.
constexpr const char* kMatrices[] = {"alert_matrix.parquet", "cluster_matrix.parquet"};

// A value of an option.
struct Named {
  std::string option;
  fs::path path;
};

struct Paths {
  std::vector<Named> read;
  std::vector<Named> files;     // written
  std::vector<Named> replaced;  // folders
  std::vector<Named> filled;    // folders

  std::vector<Named>& of(PathRole role) {
    switch (role) {
      case PathRole::file:
        return files;
      case PathRole::replaced:
        return replaced;
      case PathRole::filled:
        return filled;
      case PathRole::read:
        break;
    }
    return read;
  }
};

Paths paths_of(const CLI::App& command) {
  Paths paths;
  for (const CLI::Option* option : command.get_options()) {
    const std::string type = option->get_option_text();
    if (!type.starts_with("DIR") && !type.starts_with("FILE")) continue;
    const std::string name = option->get_name();
    std::vector<Named>& all = paths.of(path_role(command.get_name(), name));
    for (const std::string& value : option->results()) {
      if (value.empty()) continue;
      const Named named{name, value};
      all.push_back(named);
      if (name != "--write-matrix") continue;
      for (const char* matrix : kMatrices) paths.files.push_back({name, named.path / matrix});
    }
  }
  return paths;
}

// Whether both name one file of a disk, which need not be there.
bool are_one_file(const fs::path& a, const fs::path& b) {
  if (is_same_file(a, b)) return true;
  if (path_exists(a) || path_exists(b)) return false;
  return resolved_path(a) == resolved_path(b);
}

// Whether a file of a folder is one that commands read of it: snapshots, batches, truths, models,
// SQL. Results of one's own may lie beside them.
bool is_read_of_folders(const std::string& name) {
  static const std::set<std::string> names = {
      "META.json",     "alerts.parquet",        "features.parquet",      "clusters.parquet",
      "metadata.json", "alerts_scored.parquet", "alerts_ranked.parquet", "clusters_scored.parquet",
      "champion",      "money_flows.parquet"};
  return names.contains(name) || name.starts_with("ground_truth_") || name.ends_with(".sql") ||
         name.find("scorer_v") != std::string::npos || name.find("ranker_v") != std::string::npos;
}

bool is_of_part_files(const fs::path& path) {
  return path.extension() == ".parquet" && is_folder(path);
}

// Whether writing the file changes what is read at `path`.
bool is_read_at(const fs::path& path, const fs::path& file) {
  if (are_one_file(path, file)) return true;
  if (!is_reachable_folder(path)) return false;
  if (is_of_part_files(path)) return would_lie_in(file, path);
  const auto found = list_folder_if_possible(path);
  return std::any_of(found.begin(), found.end(), [&](const fs::path& inner) {
    if (!is_read_of_folders(inner.filename().string())) return false;
    return is_same_file(inner, file) || (is_of_part_files(inner) && would_lie_in(file, inner));
  });
}

void refuse_lost_in(const Named& folder, const std::vector<Named>& written) {
  for (const Named& other : written) {
    if (other.option == folder.option || !would_lie_in(other.path, folder.path)) continue;
    throw Error(
        ErrorKind::usage,
        fmt::format("{} {} lies in {} {}, which is replaced as a whole: name another place",
                    other.option, other.path.string(), folder.option, folder.path.string()));
  }
}

}  // namespace

void refuse_shared_paths(const CLI::App& command) {
  for (const CLI::App* inner : command.get_subcommands()) refuse_shared_paths(*inner);
  const Paths paths = paths_of(command);
  for (auto file = paths.files.begin(); file != paths.files.end(); ++file) {
    for (const Named& read : paths.read) {
      if (!is_read_at(read.path, file->path)) continue;
      throw Error(ErrorKind::usage,
                  fmt::format("{} {} would replace what {} {} reads: name another file",
                              file->option, file->path.string(), read.option, read.path.string()));
    }
    for (auto other = paths.files.begin(); other != file; ++other) {
      if (!are_one_file(other->path, file->path)) continue;
      throw Error(ErrorKind::usage, fmt::format("{} and {} name the same file, {}: name two",
                                                other->option, file->option, file->path.string()));
    }
  }
  for (const Named& folder : paths.replaced) {
    refuse_lost_in(folder, paths.replaced);
    refuse_lost_in(folder, paths.files);
    refuse_lost_in(folder, paths.filled);
    refuse_lost_in(folder, paths.read);
  }
}

}  // namespace aml::commands
