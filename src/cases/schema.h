#pragma once

#include <filesystem>
#include <memory>

#include "sqlite/sqlite.h"

// The format of a file of cases: its tables and the steps that bring an older file forward.
//   1  entries (append-only, chained by hashes), states (what follows from them, of each alert),
//      locks (who works on what), kept (name, value: `chain`, what the chain begins with)
namespace aml::cases {

using sqlite::SqlDatabase;
using sqlite::SqlStatement;

// Opens or creates a file of cases, which its owner alone may read. Mode::read_write looks whether
// it is whole and brings it to the newest format. Throws Error{not_found} where it is to be read
// and is not there, Error{bad_input} with advice where it is damaged or of a newer program.
std::unique_ptr<SqlDatabase> open_cases(const std::filesystem::path& path, SqlDatabase::Mode mode);

// What the chain begins with, a random word of this file.
std::string chain_of(SqlDatabase& database);

}  // namespace aml::cases
