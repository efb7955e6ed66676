#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aml::features {

// The values that a feature can have, beside missing.
struct FeatureRange {
  std::optional<double> least;     // inclusive
  std::optional<double> greatest;  // inclusive
  bool is_two_values = false;      // only those two, as "0 or 1"

  bool holds(double value) const;
  std::string text() const;  // "≥ 0", "0 to 1", "0 or 1", …
};

enum class RowKind { alert, cluster };  // what a feature is one of

// One feature: its name, and what the comment beside its expression says of it.
//   … AS degree_in,  -- unique senders; addresses; ≥ 0
// is "meaning; unit; range", of which unit and range may be left out. A range is one of
// "≥ a", "≤ b", "a to b", "a or b" (or ">= a", "<= b").
struct Feature {
  std::string name{};
  RowKind row_kind = RowKind::alert;
  std::string group{};    // "flows" of 26_alert__flows.sql
  std::string family{};   // as the file says ("-- Family: flows"); "": family_of() knows
  std::string meaning{};  // "" where the file has no comment there
  std::string unit{};     // "USD", "hours", …; "" for a pure number
  std::optional<FeatureRange> range{};
  std::string file_name{};
  std::size_t line = 0;  // in that file, from 1; 0 where the program made it
};

// The features that the outermost SELECT of a group's file makes, but for its first column, the id,
// with what is said of each. Throws Error{bad_input} naming file and line for a comment of another
// form, and for a family that is no name of small letters.
std::vector<Feature> read_features(std::string_view sql, const std::string& file_name,
                                   RowKind row_kind, const std::string& group);

// The words and the range of one comment ("unique senders; addresses; ≥ 0"). Throws
// Error{bad_input} whose message begins with `where`.
void read_meaning(std::string_view comment, const std::string& where, Feature& feature);

// "unique senders; addresses; ≥ 0", as it stands in a file.
std::string describe(const Feature& feature);

// What a feature is about, in words that explanations sum up by. Of alerts: alert, address, flows,
// patterns, neighbours or history; of clusters: cluster, alert, address, flows or history. A group
// that is not of the built-in SQL is a family of its own name, unless its file has a line
// "-- Family: NAME".
std::string family_of(const Feature& feature);

// "alert" or "cluster".
const char* row_kind_name(RowKind kind);

}  // namespace aml::features
