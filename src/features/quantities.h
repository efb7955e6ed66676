#pragma once

#include <vector>

#include "features/feature_sql.h"

namespace aml::features {

// The steps that a file of quantities stands for. Its columns are the id and quantities, each with
// its meaning beside it; of every quantity X the group `ranks` has three features:
//   log_X         ln(1 + X) to six decimals, a negative X counting as 0
//   X_percentile  share of the other alerts (clusters) of its window and day whose X is lower or
//                 unknown, 0 to 1
//   X_zscore      distance of log_X from its mean in that window and day, in standard deviations;
//                 0 where all are equal
// each NULL where X is unknown. The macros log_of, sum_of, sum_of_squares, ratio and deviation say
// what is computed. `step` is the file's own, which becomes the table ROWS_quantities;
// the others are ROWS_logs, ROWS_day_statistics (of the logarithms: number, sum, sum of squares,
// all exact, so that the order of rows cannot matter) and the group, with ROWS for alert or
// cluster. Throws Error{bad_input} where a quantity's name is no plain one.
std::vector<SqlStep> expand_quantities(const SqlStep& step, RowKind kind, const SqlMacros& macros);

}  // namespace aml::features
