#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "features/registry.h"
#include "features/sql_identity.h"
#include "features/sql_macros.h"

namespace aml::features {

// One file of feature SQL.
struct SqlFile {
  std::string file_name;  // "04_pattern_alerts.sql"
  std::string table;      // "pattern_alerts"
  std::string text;
};

// The SQL built into the program from src/features/sql, in order.
std::vector<SqlFile> built_in_sql();

// The *.sql files of `directory`, in order of their names NN_table.sql. Throws Error{not_found}
// where there is no such directory, Error{bad_input} for a name of another form, for a file of
// more than 1 MiB, and for more than 200 files or 8 MiB together.
std::vector<SqlFile> read_sql(const std::filesystem::path& directory);

// One SELECT that runs: a table for those after it, or a group of features.
struct SqlStep {
  std::string file_name;            // the file it is made of
  std::string table;                // what its rows become; a group's are features and no table
  std::optional<RowKind> row_kind;  // of a group
  std::string group;                // "flows" of 26_alert__flows.sql
  ExpandedSql sql;
  std::string file_text;          // what sql's places refer to
  std::vector<Feature> features;  // of a group, as its file describes them

  bool is_group() const { return row_kind.has_value(); }
};

// A folder of feature SQL as it runs. docs/features.md describes the files:
//   NN_table.sql           a table
//   NN_alert__GROUP.sql    features of alerts, at most one row for each alert_id
//   NN_cluster__GROUP.sql  features of clusters, likewise
//   NN_alert_quantities.sql, NN_cluster_quantities.sql
//                          quantities of which the group ranks is made, see quantities.h
//   00_macros.sql          expressions that have a name, see sql_macros.h
// NN_alert_features.sql and NN_cluster_features.sql, one file with all features as folders had it
// before there were groups, are the group `features`.
struct FeatureSql {
  std::vector<SqlFile> files;
  std::vector<SqlStep> steps;
  std::vector<std::string> left_out;  // groups: "alert__ranks", …
  SqlIdentity identity;

  // Groups that are made: "alert", "evidence", …
  std::vector<std::string> groups(RowKind kind) const;
};

// The group of features that is made only where files of labels or earlier days are named.
inline constexpr const char* kKnownGroup = "known";

// Expands macros and quantities, reads what stands beside the features, and leaves out the groups
// that `without` names: "ranks" for both kinds of rows, "alert__ranks" for one. Throws
// Error{bad_input} naming the file for two that make the same table or feature, a folder without
// groups of alerts or clusters, and what macros and comments can be refused for; Error{usage} for a
// group in `without` that is not there, naming the nearest one.
// Unless `with_known`, and where `without` leaves all of them out, files of the group `known` are
// as if they were not there: the SQL is the same then as that of a model which never saw them.
FeatureSql prepare_sql(std::vector<SqlFile> files, const std::vector<std::string>& without = {},
                       bool with_known = true);

}  // namespace aml::features
