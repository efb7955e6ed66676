#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/database.h"
#include "snapshot/schema.h"

namespace aml::snapshot {

// One Parquet file of a snapshot: what is in it, and how to read its columns as canonical ones.
class ParquetSource {
 public:
  // Reads the file's schema. Throws Error{not_found} where there is no such file and
  // Error{bad_input} naming it where it is no intact Parquet file.
  ParquetSource(Connection& connection, std::filesystem::path path);

  const std::filesystem::path& path() const { return path_; }
  std::string file_name() const { return path_.filename().string(); }
  std::int64_t rows() const { return rows_; }
  bool has(const std::string& column) const;
  // All columns of the file, in its order.
  std::vector<std::string> columns() const;
  // True where `name` is the file's column that is read as `column`.
  bool reads_as(const Column& column, const std::string& name) const;

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

 private:
  struct FoundColumn {
    std::string name;
    std::string type;  // DuckDB's name
  };
  const FoundColumn* find(const Column& column) const;

  std::filesystem::path path_;
  std::int64_t rows_ = 0;
  std::vector<FoundColumn> columns_;
};

}  // namespace aml::snapshot
