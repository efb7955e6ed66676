#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "snapshot/schema.h"
#include "snapshot/sql_dialect.h"

namespace aml::snapshot {

// The SQL type in which a column of this kind is loaded.
std::string canonical_type(Kind kind);

// The SQL expression that turns `name`, a column of DuckDB type `found_type`, into
// canonical_type(kind), or nothing where that type cannot hold such a column. The expression never
// fails on a value: what cannot be converted is NULL, what is out of range is set to the bound.
std::optional<std::string> canonical_expression(Kind kind, std::string_view found_type,
                                                const std::string& name,
                                                Engine engine = Engine::duckdb);

// Whether `name` holds something, as an SQL condition, where the expression above may fail to read
// it: a list or JSON. Nothing where all values of that type can be read.
std::optional<std::string> holds_expression(Kind kind, std::string_view found_type,
                                            const std::string& name);

}  // namespace aml::snapshot
