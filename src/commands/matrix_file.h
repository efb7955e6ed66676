#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/database.h"

namespace aml::commands {

// A Parquet file of anyone's that holds features by name, a row per thing to score.
class MatrixFile {
 public:
  struct Column {
    std::string name;      // as the file has it
    std::string sql_name;  // DuckDB's: other where two names differ only in case
    std::string type;      // DuckDB's: "DOUBLE", "DECIMAL(18,3)"
  };

  // Reads the schema. Throws Error{not_found} or Error{bad_input} that names the file.
  MatrixFile(Connection& connection, std::filesystem::path path);

  const std::filesystem::path& path() const { return path_; }
  const std::vector<Column>& columns() const { return columns_; }
  std::int64_t rows() const { return rows_; }
  std::int64_t row_groups() const { return row_groups_; }

  // read_parquet(…): the file as a table in SQL.
  std::string table() const;

  // An expression per name: that column as DOUBLE, from `table()`. Uses decimal_to_double (see
  // features/decimal_function.h). Throws Error{bad_input} that names the columns which the file
  // lacks, or the first that holds no numbers.
  std::vector<std::string> as_doubles(const std::vector<std::string>& names) const;

 private:
  std::filesystem::path path_;
  std::vector<Column> columns_;
  std::int64_t rows_ = 0;
  std::int64_t row_groups_ = 0;
};

}  // namespace aml::commands
