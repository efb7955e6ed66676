#pragma once

#include <vector>

#include "base/database.h"
#include "snapshot/parquet_source.h"
#include "sot/snapshot.h"

namespace aml::snapshot {

// Throws Error{bad_input} that names file, column, values and the number of rows where a required
// one of `columns` is empty, or a row is of another processing_date or network than META.json says.
// Windows may differ: a file may hold several.
void refuse_foreign_rows(Connection& connection, const ParquetSource& source,
                         const std::vector<Column>& columns, const sot::SnapshotMeta& meta);

}  // namespace aml::snapshot
