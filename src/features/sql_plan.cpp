#include "features/sql_plan.h"

#include <algorithm>
#include <set>

#include "base/lower_case.h"

namespace aml::features {
namespace {

// SQL tells names apart without regard to case.
std::string folded(std::string name) { return in_lower_case(std::move(name)); }

}  // namespace

std::vector<PlannedStep> plan_steps(Connection& connection, const FeatureSql& sql) {
  std::set<std::string> made;
  std::vector<SelectReads> reads;
  for (const SqlStep& step : sql.steps) {
    reads.push_back(check_select(connection, step));
    if (!step.is_group()) made.insert(folded(step.table));
  }
  // From the last to the first: the first reader met of a table is the last one to run.
  std::vector<PlannedStep> plan;
  std::set<std::string> needed;
  for (std::size_t i = sql.steps.size(); i-- > 0;) {
    const SqlStep& step = sql.steps[i];
    if (!step.is_group() && needed.count(folded(step.table)) == 0) continue;
    PlannedStep planned{&step, {{}, reads[i].columns}, {}};
    for (const std::string& table : reads[i].tables) {
      planned.reads.tables.insert(folded(table));
      const bool is_last_reader = needed.insert(folded(table)).second;
      if (is_last_reader && made.count(folded(table)) > 0) planned.finished.push_back(table);
    }
    plan.push_back(std::move(planned));
  }
  std::reverse(plan.begin(), plan.end());
  return plan;
}

bool reads_table(const std::vector<PlannedStep>& plan, const std::string& table) {
  return std::any_of(plan.begin(), plan.end(), [&](const PlannedStep& planned) {
    return planned.reads.tables.contains(table);
  });
}

std::optional<std::set<std::string>> columns_read(const std::vector<PlannedStep>& plan,
                                                  const std::string& table) {
  std::set<std::string> columns;
  for (const PlannedStep& planned : plan) {
    if (!planned.reads.tables.contains(table)) continue;
    if (!planned.reads.columns) return std::nullopt;
    columns.insert(planned.reads.columns->begin(), planned.reads.columns->end());
  }
  return columns;
}

}  // namespace aml::features
