#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/database.h"
#include "snapshot/schema.h"

namespace aml::snapshot {

// Rows that a file may have unless its reader says otherwise: twenty times the largest day known.
// A few kilobytes can unfold into more than any machine holds.
inline constexpr std::int64_t kMaxRows = 100'000'000;

// A file has more rows than its reader allows.
class TooManyRows : public Error {
 public:
  TooManyRows(const std::filesystem::path& path, std::uint64_t rows, std::int64_t max_rows);
  const std::string& file_name() const { return file_name_; }

 private:
  std::string file_name_;
};

// A column that a file has.
struct FoundColumn {
  std::string name;      // as the file has it
  std::string sql_name;  // DuckDB's: other where two names differ only in case
  std::string type;      // DuckDB's: "DOUBLE", "DECIMAL(18,3)"
};

// The column of that name or one of its aliases: exactly, else the only one that differs in case.
// nullptr where there is none.
const FoundColumn* find_column(const std::vector<FoundColumn>& columns, const Column& wanted);

// A Parquet file of anyone's, or a folder of part files: what is in it, and how to read its columns
// as canonical ones.
class ParquetSource {
 public:
  struct Options {
    std::int64_t max_rows = kMaxRows;
    bool bytes_are_text = true;  // ClickHouse may write text as plain bytes
  };

  // Reads the schema. The path is taken literally. Throws Error{not_found} where nothing is there,
  // and Error{bad_input} naming it where it is no intact Parquet, TooManyRows where it has
  // more rows than allowed.
  ParquetSource(Connection& connection, std::filesystem::path path, const Options& options);
  ParquetSource(Connection& connection, std::filesystem::path path)
      : ParquetSource(connection, std::move(path), Options{}) {}

  const std::filesystem::path& path() const { return path_; }
  std::string file_name() const { return path_.filename().string(); }
  std::int64_t rows() const { return rows_; }
  std::int64_t row_groups() const { return row_groups_; }
  const std::vector<FoundColumn>& columns() const { return columns_; }

  // As find_column.
  const FoundColumn* find(const Column& column) const { return find_column(columns_, column); }
  bool has(const std::string& name) const { return find(Column{name, Kind::text}) != nullptr; }

  // What is worth a warning about these columns, one sentence each: names found in another case,
  // names that differ in case only, and what the file lacks.
  std::vector<std::string> remarks(const std::vector<Column>& columns) const;

  // read_parquet(…): the file as a table in SQL.
  std::string table() const;

  // The SQL expression, over `table()` under the alias r, that reads `column` in its canonical
  // type; a typed NULL where the file lacks an optional column. Throws Error{bad_input} naming
  // file, column, the type found and the type wanted.
  std::string expression(Connection& connection, const Column& column) const;

  // All of `columns` as a select list: "expression AS name, …".
  std::string select_list(Connection& connection, const std::vector<Column>& columns) const;

  // Runs statements that read the file; an error in its pages names it.
  void run(Connection& connection, const std::string& sql) const;
  // Likewise a query.
  QueryResult query(Connection& connection, const std::string& sql) const;

 private:
  void count_rows(Connection& connection, std::int64_t max_rows);
  void read_schema(Connection& connection);

  std::filesystem::path path_;
  std::vector<std::filesystem::path> files_;  // those that have rows, or the first one
  bool bytes_are_text_;
  bool has_columns_ = true;  // false for a frame that never had any
  std::int64_t rows_ = 0;
  std::int64_t row_groups_ = 0;
  std::vector<FoundColumn> columns_;
};

}  // namespace aml::snapshot
