#pragma once

#include <filesystem>
#include <string>

#include "evidence/known_addresses.h"
#include "results/metadata.h"
#include "snapshot/snapshot.h"

namespace aml::evidence {

// All alerts of a batch by rank, with what the day's input says of them, column by column: a JSON
// object without its braces, "inputs" and "columns"; docs/api.md describes the members. An input
// that is missing or damaged (which is logged) leaves its columns null and says so.
// Throws Error{bad_input} or Error{not_found} where a file of the batch itself cannot be read.
std::string alert_table(snapshot::Snapshot& input, const std::filesystem::path& batch,
                        const results::Metadata& metadata, const KnownAddresses& known);

}  // namespace aml::evidence
