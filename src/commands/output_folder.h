#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "sot/snapshot.h"

// The folder into which `process` publishes a batch.
namespace aml::commands {

// What its batch is of, or nothing where it is empty or missing. Publishing replaces the folder:
// throws Error{usage} where it holds anything but an earlier batch.
std::optional<sot::SnapshotKind> earlier_batch(const std::filesystem::path& output);

// A folder named after another day would be served as that day's scores: throws Error{usage}, and
// Error{bad_input} where the snapshot does not tell its day.
void refuse_other_day(const std::filesystem::path& output, const std::string& processing_date);

}  // namespace aml::commands
