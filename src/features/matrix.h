#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "base/database.h"
#include "features/feature_matrix.h"
#include "features/feature_sql.h"

namespace aml::features {

// Joins groups of features to one matrix with a row for each alert, or each cluster, of the
// snapshot. A group is read as its SELECT makes it and stands in no table: one of two hundred
// columns would take more memory than all else.
class MatrixBuilder {
 public:
  MatrixBuilder(Connection& connection, RowKind kind);

  // Adds the columns of a group, whose SELECT is run. Its first column must be the id, and at most
  // one row may have each; a row that is not there is missing values, as is what is not finite.
  // Throws Error{bad_input} naming the file, and the column where one is to blame.
  void add(Connection& connection, const SqlStep& step);

  // One for each of the matrix's columns, in their order.
  const std::vector<Feature>& features() const { return features_; }
  // REQUIRES: nothing is called after.
  FeatureMatrix matrix() && { return std::move(matrix_); }

 private:
  void add_columns(const SqlStep& step, const std::vector<ResultColumn>& columns);
  void read_rows(Connection& connection, const SqlStep& step, std::size_t first_column,
                 const std::string& select);
  std::size_t row_of(std::string_view id, std::size_t guess, const SqlStep& step) const;

  RowKind kind_;
  FeatureMatrix matrix_;
  std::vector<Feature> features_;
  std::vector<std::size_t> scan_order_;  // rows in the order in which DuckDB gives the ids
  std::unordered_map<std::string_view, std::size_t> rows_;  // of each id
};

}  // namespace aml::features
