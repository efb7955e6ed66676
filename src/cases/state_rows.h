#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "cases/entry.h"
#include "cases/schema.h"

// The rows of `states`: where each alert stands, so that nobody has to read all its entries. They
// say nothing of their own: each follows from the entries of its alert.
namespace aml::cases {

struct CaseState {
  Subject subject{};  // what the decision stood on, or the last entry; without the typology
  State state{};
  std::string changed_at{};  // the time of the last entry

  bool operator==(const CaseState&) const = default;
};

// What a row must say. REQUIRES: all entries of one alert, in order, and at least one.
CaseState case_after(std::span<const Entry> entries);

// The columns in the order in which read_state() takes them.
extern const char* const kStateColumns;
CaseState read_state(const SqlStatement& row);
std::vector<CaseState> read_states(SqlStatement& row);
// Puts the row in the place of the alert's earlier one.
void write_state(SqlDatabase& database, const CaseState& row);
// Makes the rows anew that a condition in SQL chooses. Within a transaction.
void renew_states(SqlDatabase& database, const std::string& condition);
// The entries of an alert that are still kept.
std::vector<Entry> entries_of(SqlDatabase& database, const std::string& date,
                              const std::string& alert_id);

// Looks whether all rows follow from the entries, whether there is none without, and whether they
// are counted rightly. Throws Error{bad_input} naming the first alert, or day, of which that is not
// so.
void require_states(SqlDatabase& database, const std::filesystem::path& file);

}  // namespace aml::cases
