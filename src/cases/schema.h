#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "sqlite/sqlite.h"

// The format of a file of cases: its tables and the steps that bring an older file forward.
//   1  entries (append-only, chained by hashes), states (what follows from them, of each alert),
//      locks (who works on what), kept (name, value: `chain`, what the chain begins with)
//   2  kept: `draws`, from which it follows who is drawn, and `drawn_by_chain_until`, the last day
//      on which that followed from `chain`; states.shown: whether the alert was decided at some
//      time
//   3  tallies: how many alerts of a day stand where, which follows from states; capacities, those
//      of tally.h
namespace aml::cases {

using sqlite::SqlDatabase;
using sqlite::SqlStatement;

// A file of more bytes is opened without looking whether all of it is whole, which takes long: a
// Store looks beside its work.
inline constexpr std::uint64_t kMostBytesLookedAtFirst = 256 << 20;

// Opens or creates a file of cases, which its owner alone may read. Mode::read_write looks whether
// it is whole and brings it to the newest format. Throws Error{not_found} where it is to be read
// and is not there, Error{bad_input} with advice where it is damaged or of a newer program.
std::unique_ptr<SqlDatabase> open_cases(const std::filesystem::path& path, SqlDatabase::Mode mode);

// What the chain begins with, a random word of this file that every exported trail tells.
std::string chain_of(SqlDatabase& database);

// The words from which it follows who is drawn: whose review is blind, and who is in the sample.
struct Draws {
  std::string secret{};         // leaves the file in nothing
  std::string earlier{};        // the chain's word, by which earlier programs drew
  std::string earlier_until{};  // days up to this one stay as those drew them; empty: none

  const std::string& of(std::string_view date) const {
    return date <= earlier_until ? earlier : secret;
  }
};
Draws draws_of(SqlDatabase& database);

}  // namespace aml::cases
