#pragma once

#include <string>

#include "sqlite/sqlite.h"
#include "validation/evidence.h"

namespace aml::validator {

using sqlite::SqlDatabase;

// Keeps a day's evidence beside its verdicts, and forgets what is too old to be asked for. Within
// the caller's transaction.
void add_evidence(SqlDatabase& database, const std::string& date,
                  const validation::DayEvidence& evidence);

}  // namespace aml::validator
