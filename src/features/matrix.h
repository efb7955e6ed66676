#pragma once

#include <string>

#include "base/database.h"
#include "features/feature_matrix.h"
#include "features/feature_sql.h"

namespace aml::features {

// The table that `file` made as a matrix. `id` ("alert_id") is the name its first column must have,
// and `keys` the table whose every `id` must have exactly one row. What is not finite becomes NaN,
// a missing value. Throws Error{bad_input} naming the file, and the column where one is to blame.
FeatureMatrix read_matrix(Connection& connection, const SqlFile& file, const std::string& id,
                          const std::string& keys);

}  // namespace aml::features
