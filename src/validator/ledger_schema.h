#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "sqlite/sqlite.h"

// The ledger's format: its tables, the steps that bring an older ledger forward, and what is looked
// at before a ledger is trusted.
namespace aml::validator {

using sqlite::SqlDatabase;
using sqlite::SqlStatement;

// Formats so far, each with one step from the one before it (ledger_schema.cpp):
//   1  rounds, miners (a hotkey at a UID), participants, submissions, verdicts, judged, weights
//   2  a miner is a hotkey and its UID belongs to the round; weights have a sequence, and say since
//      which block they are being sent and when they are revealed
//   3  a participant has the block of its registration; what a day's truth says of the answers' own
//      information, by which later days trust them
inline constexpr std::int64_t kLedgerFormat = 3;

// {folder}/ledger.sqlite
std::filesystem::path ledger_path(const std::filesystem::path& folder);

// Opens or creates the ledger of a folder. Mode::read_write looks whether it is whole and brings it
// to kLedgerFormat: after a copy to ledger.sqlite.format-N, in one transaction. Throws
// Error{bad_input} with advice where it is damaged, of a newer program, or empty or missing beside
// submissions that are there.
std::unique_ptr<SqlDatabase> open_ledger(const std::filesystem::path& folder,
                                         SqlDatabase::Mode mode);

}  // namespace aml::validator
