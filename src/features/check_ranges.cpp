#include "features/check_ranges.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"

namespace aml::features {
namespace {

void check_column(const std::vector<double>& values, const std::vector<std::string>& ids,
                  const Feature& feature) {
  std::size_t outside = 0;
  std::size_t first = 0;
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (std::isnan(values[row]) || feature.range->holds(values[row])) continue;
    if (outside++ == 0) first = row;
  }
  if (outside == 0) return;
  throw Error(ErrorKind::bad_input,
              fmt::format("{}:{}: {} is {} for {} {}, but its range is {}; {} of {} rows are "
                          "outside: mend the expression, the range, or the snapshot",
                          feature.file_name, feature.line, feature.name, values[first],
                          row_kind_name(feature.row_kind), ids[first], feature.range->text(),
                          outside, values.size()));
}

}  // namespace

void check_ranges(const FeatureMatrix& matrix, RowKind kind, const std::vector<Feature>& registry) {
  std::size_t column = 0;
  for (const Feature& feature : registry) {
    if (feature.row_kind != kind) continue;
    if (feature.range) check_column(matrix.columns.at(column), matrix.ids, feature);
    ++column;
  }
}

}  // namespace aml::features
