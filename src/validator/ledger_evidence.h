#pragma once

#include <string>

#include "validation/evidence.h"
#include "validator/sqlite.h"

namespace aml::validator {

// Keeps a day's evidence beside its verdicts, and forgets what is too old to be asked for. Within
// the caller's transaction.
void add_evidence(SqlDatabase& database, const std::string& date,
                  const validation::DayEvidence& evidence);

}  // namespace aml::validator
