#pragma once

#include <filesystem>

#include "base/database.h"
#include "snapshot/load.h"

namespace aml::snapshot {

// Makes the table flows from money_flows.parquet, in either of its forms: the transfers from and to
// the day's subjects within their windows. Missing file: an empty table and a warning. REQUIRES:
// the table subjects.
void load_flows(Connection& connection, const std::filesystem::path& path,
                LoadedSnapshot& snapshot);

}  // namespace aml::snapshot
