#include "features/feature_sql.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/nearest.h"
#include "features/quantities.h"

namespace aml::features {
namespace {

constexpr std::uintmax_t kMaxFileBytes = 1 << 20;
constexpr std::size_t kMaxFiles = 200;  // of a folder
constexpr std::size_t kMaxFolderBytes = 8 << 20;

// What a file's name says that it is.
struct FileRole {
  bool is_macros = false;
  bool is_quantities = false;
  std::optional<RowKind> row_kind;
  std::string group;
};

FileRole role_of(const std::string& table) {
  FileRole role;
  role.is_macros = table == "macros";
  for (const RowKind kind : {RowKind::alert, RowKind::cluster}) {
    const std::string rows = row_kind_name(kind);
    if (table == rows + "_quantities") {
      role.is_quantities = true;
      role.row_kind = kind;
    } else if (table.starts_with(rows + "__")) {
      role.row_kind = kind;
      role.group = table.substr(rows.size() + 2);
    } else if (table == rows + "_features") {
      role.row_kind = kind;
      role.group = "features";
    }
  }
  return role;
}

SqlStep step_of(const SqlFile& file, const FileRole& role, const SqlMacros& macros) {
  SqlStep step;
  step.file_name = file.file_name;
  step.table = file.table;
  step.row_kind = role.row_kind;
  step.group = role.group;
  step.sql = macros.expand(file.text, file.file_name);
  step.file_text = file.text;
  if (role.row_kind) {
    step.features = read_features(file.text, file.file_name, *role.row_kind, role.group);
  }
  return step;
}

SqlMacros built_in_macros() {
  SqlMacros macros;
  for (const SqlFile& file : built_in_sql()) {
    if (role_of(file.table).is_macros) macros.add(file.text, file.file_name);
  }
  return macros;
}

// Every file as the steps that run, groups that are made of quantities last.
std::vector<SqlStep> all_steps(const std::vector<SqlFile>& files) {
  SqlMacros macros = built_in_macros();
  std::vector<SqlStep> steps;
  std::vector<SqlStep> last;
  for (const SqlFile& file : files) {
    const FileRole role = role_of(file.table);
    if (role.is_macros) {
      macros.add(file.text, file.file_name);
      continue;
    }
    SqlStep step = step_of(file, role, macros);
    if (!role.is_quantities) {
      steps.push_back(std::move(step));
      continue;
    }
    for (SqlStep& made : expand_quantities(step, *role.row_kind, macros)) {
      (made.is_group() ? last : steps).push_back(std::move(made));
    }
  }
  std::move(last.begin(), last.end(), std::back_inserter(steps));
  return steps;
}

void refuse_clashes(const std::vector<SqlStep>& steps) {
  std::map<std::string, std::string> files_of_tables;
  std::map<std::pair<RowKind, std::string>, const Feature*> features;
  for (const SqlStep& step : steps) {
    const auto [table, is_new] = files_of_tables.emplace(step.table, step.file_name);
    if (!is_new) {
      throw Error(ErrorKind::bad_input, fmt::format("{} and {} both make {}: rename one",
                                                    table->second, step.file_name, step.table));
    }
    for (const Feature& feature : step.features) {
      const auto [first, is_first] =
          features.emplace(std::pair(feature.row_kind, feature.name), &feature);
      if (!is_first) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}:{} and {}:{} both make the feature {}: rename one",
                                first->second->file_name, first->second->line, feature.file_name,
                                feature.line, feature.name));
      }
    }
  }
}

void leave_out(FeatureSql& sql, const std::string& name) {
  if (std::count(sql.left_out.begin(), sql.left_out.end(), name) > 0) return;
  std::set<std::string> known;
  std::size_t removed = 0;
  for (const SqlStep& step : sql.steps) {
    if (!step.is_group()) continue;
    known.insert({step.group, step.table});
    if (step.group == name || step.table == name) {
      sql.left_out.push_back(step.table);
      ++removed;
    }
  }
  for (const std::string& table : sql.left_out) known.insert(table);
  if (removed == 0) {
    const std::vector<std::string> names(known.begin(), known.end());
    throw Error(ErrorKind::usage,
                fmt::format("--without {}: there is no such group of features (aml-miner features "
                            "lists them){}",
                            name, did_you_mean(name, names)));
  }
  std::erase_if(sql.steps, [&](const SqlStep& step) {
    return step.is_group() && (step.group == name || step.table == name);
  });
}

bool is_known(const SqlFile& file) { return role_of(file.table).group == kKnownGroup; }

bool has_known(const std::vector<SqlStep>& steps) {
  return std::any_of(steps.begin(), steps.end(), [](const SqlStep& step) {
    return step.is_group() && step.group == kKnownGroup;
  });
}

void require_groups(const FeatureSql& sql, const char* missing) {
  for (const RowKind kind : {RowKind::alert, RowKind::cluster}) {
    if (!sql.groups(kind).empty()) continue;
    throw Error(sql.left_out.empty() ? ErrorKind::bad_input : ErrorKind::usage,
                fmt::format(fmt::runtime(missing), row_kind_name(kind)));
  }
}

}  // namespace

std::vector<SqlFile> read_sql(const std::filesystem::path& directory) {
  if (!is_folder(directory)) {
    throw Error(ErrorKind::not_found,
                fmt::format("{} is no directory: name one with feature SQL by --features-dir",
                            directory.string()));
  }
  static const std::regex form("[0-9]{2}_([a-z][a-z0-9_]*)\\.sql");
  std::vector<SqlFile> files;
  std::size_t bytes = 0;
  for (const std::filesystem::path& path : list_folder(directory)) {
    if (path.extension() != ".sql") continue;
    const std::string name = path.filename().string();
    std::smatch match;
    if (!std::regex_match(name, match, form)) {
      throw Error(ErrorKind::bad_input,
                  fmt::format("{}: feature SQL is named NN_table.sql or NN_alert__GROUP.sql, with "
                              "two digits for the order and small letters: rename it",
                              path.string()));
    }
    if (files.size() == kMaxFiles) {
      throw Error(ErrorKind::bad_input, fmt::format("{} holds more than {} files of feature SQL",
                                                    directory.string(), kMaxFiles));
    }
    files.push_back({name, match[1], read_file(path, kMaxFileBytes)});
    bytes += files.back().text.size();
    if (bytes > kMaxFolderBytes) {
      throw Error(ErrorKind::bad_input, fmt::format("{} holds more than {} bytes of feature SQL",
                                                    directory.string(), kMaxFolderBytes));
    }
  }
  return files;
}

std::vector<std::string> FeatureSql::groups(RowKind kind) const {
  std::vector<std::string> names;
  for (const SqlStep& step : steps) {
    if (step.row_kind == kind) names.push_back(step.group);
  }
  return names;
}

FeatureSql prepare_sql(std::vector<SqlFile> files, const std::vector<std::string>& without,
                       bool with_known) {
  FeatureSql sql;
  std::set<std::string> left_out(without.begin(), without.end());
  if (!with_known) {
    std::erase_if(files, [&](const SqlFile& file) {
      if (!is_known(file)) return false;
      left_out.erase(kKnownGroup);
      left_out.erase(file.table);
      return true;
    });
  }
  sql.files = std::move(files);
  sql.steps = all_steps(sql.files);
  refuse_clashes(sql.steps);
  require_groups(sql,
                 "the feature SQL has no NN_{}__GROUP.sql: start from a copy of src/features/sql");
  sql.identity = identify(sql.files, sql.steps);
  for (const std::string& name : left_out) leave_out(sql, name);
  if (with_known && !has_known(sql.steps)) {
    // Left out, it is as if it were not there: who is known is asked for the sanctioned alone.
    std::erase_if(sql.files, is_known);
    sql.identity = identify(sql.files, all_steps(sql.files));
  }
  require_groups(sql, "--without leaves no features of {}s: leave out fewer groups");
  return sql;
}

}  // namespace aml::features
