#pragma once

#include <string>

#include "snapshot/sql_dialect.h"
#include "snapshot/window_rows.h"

namespace aml::snapshot {

// What features.parquet says that an address is, in bits of flows::Kind: a BIGINT, 0 where it says
// nothing.
std::string kinds_sql(const WindowExpression& expression);
// More that it says, for a select list: ", … AS community, … AS q_0, …", the values of the
// quantities of no_address_facts() as doubles.
std::string more_facts_sql(Engine engine, const WindowExpression& expression);

}  // namespace aml::snapshot
