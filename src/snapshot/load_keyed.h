#pragma once

#include <string>
#include <vector>

#include "base/database.h"
#include "snapshot/load.h"
#include "snapshot/parquet_source.h"

namespace aml::snapshot {

// Throws Error{bad_input} where a required column of `table`, loaded from `source`, is empty in a
// row.
void refuse_missing_keys(Connection& connection, const ParquetSource& source,
                         const std::string& table, const std::vector<Column>& columns);

// Replaces `table` by one row per `key`: the snapshot's window before others (where
// `prefer_window`), then the highest _version, then the smallest content, so that the choice never
// depends on the order of the rows. Adds a warning that counts the rows left out.
void keep_one_row_per_key(Connection& connection, const ParquetSource& source,
                          const std::string& table, const std::string& key, bool prefer_window,
                          LoadedSnapshot& snapshot);

}  // namespace aml::snapshot
