#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/database.h"
#include "features/feature_sql.h"
#include "features/run_sql.h"

namespace aml::features {

// One step that runs, and the tables that nobody reads after it.
struct PlannedStep {
  const SqlStep* step = nullptr;
  SelectReads reads;  // names of tables in small letters
  std::vector<std::string> finished;
};

// The steps that the groups need, in their order: a table that only a group left out would read is
// not made. Every step is checked, also those that do not run; throws what check_select() throws.
// REQUIRES: `sql` outlives the plan.
std::vector<PlannedStep> plan_steps(Connection& connection, const FeatureSql& sql);

// Whether a step of the plan reads that table. REQUIRES: the name is in small letters.
bool reads_table(const std::vector<PlannedStep>& plan, const std::string& table);
// The columns that its steps may read of it, in small letters; nothing: any.
std::optional<std::set<std::string>> columns_read(const std::vector<PlannedStep>& plan,
                                                  const std::string& table);

}  // namespace aml::features
