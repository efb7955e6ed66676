#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "sqlite/sqlite.h"

// A database file of ours over the versions of the program: its format's number stands in
// PRAGMA user_version, and each format has one step from the one before it.
namespace aml::sqlite {

struct Format {
  const char* what;                    // "the ledger": how errors and the log name such a file
  std::span<const char* const> steps;  // SQL; the first makes the tables, `kept` (name, value) too
  const char* probe;                   // a query that names every column the program asks for

  std::int64_t newest() const { return static_cast<std::int64_t>(steps.size()); }
};

// Throws Error{bad_input} where the file was written by a newer program.
void refuse_newer(SqlDatabase& database, const std::filesystem::path& path, const Format& format);

// Reads all of the file. Throws Error{bad_input} with advice where it is damaged.
void require_whole(SqlDatabase& database, const std::filesystem::path& path);

// When it is looked whether a file is whole: before anything is done with it, or later by whoever
// opens it, because that takes long.
enum class Look { first, later };

// Looks whether the file is whole and brings it to the newest format: after a copy to
// {path}.format-N, in one transaction; then notes this program's version. Throws Error{bad_input}
// with advice where it is damaged.
void bring_forward(SqlDatabase& database, const std::filesystem::path& path, const Format& format,
                   Look look = Look::first);

}  // namespace aml::sqlite
