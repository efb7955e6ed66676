#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/database.h"
#include "forest/feature_names.h"
#include "snapshot/parquet_source.h"

namespace aml::commands {

// A Parquet file of anyone's that holds features by name, a row per thing to score.
class MatrixFile {
 public:
  using Column = snapshot::FoundColumn;

  // Reads the schema; any number of rows is welcome, since they stream. Throws Error{not_found} or
  // Error{bad_input} that names the file.
  MatrixFile(Connection& connection, const std::filesystem::path& path);

  const std::filesystem::path& path() const { return source_.path(); }
  const std::vector<Column>& columns() const { return source_.columns(); }
  std::int64_t rows() const { return source_.rows(); }
  std::int64_t row_groups() const { return source_.row_groups(); }

  // The column of a model's feature: the name itself, else the only one that differs in case, else
  // the only one that LightGBM stores as it. nullptr for none.
  const Column* find(const std::string& name) const;

  // read_parquet(…): the file as a table in SQL.
  std::string table() const { return source_.table(); }

  // An expression per name: that column as DOUBLE, from `table()`. Warns of names found in another
  // case. Throws Error{bad_input} that names the columns which the file lacks, or the first that
  // holds no numbers. REQUIRES: the database is of snapshot::open_database()
  std::vector<std::string> as_doubles(const std::vector<std::string>& names) const;

 private:
  snapshot::ParquetSource source_;
  forest::FeatureNames names_;
};

}  // namespace aml::commands
