#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/database.h"

namespace aml::features {

// One file of feature SQL: a single SELECT whose rows become the table `table`.
struct SqlFile {
  std::string file_name;  // "04_address_alerts.sql"
  std::string table;      // "address_alerts"
  std::string text;
};

// The SQL built into the program from src/features/sql, in order.
std::vector<SqlFile> built_in_sql();

// The *.sql files of `directory`, in order of their names NN_table.sql. Throws Error{not_found}
// where there is no such directory, Error{bad_input} for a name of another form or where
// alert_features or cluster_features is missing.
std::vector<SqlFile> read_sql(const std::filesystem::path& directory);

// Runs the files in order. Throws Error{bad_input} that names the file where DuckDB refuses one.
void run_sql(Connection& connection, const std::vector<SqlFile>& files);

}  // namespace aml::features
