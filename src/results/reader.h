#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "base/date.h"
#include "results/metadata.h"

// Published batches: an output root holds one folder per processing date, written by `process`.
namespace aml::results {

// The folder of a day's batch, {output_root}/{YYYY-MM-DD}, whether or not it is there.
std::filesystem::path batch_directory(const std::filesystem::path& output_root, Date date);

// The date of the batch that `directory` holds, or nothing where it is none: its name must be a
// date, and a metadata.json of this program for that date and all three Parquet files must be
// inside.
std::optional<Date> batch_date(const std::filesystem::path& directory);

// The dates of the batches in `output_root`, newest first. Staging folders and whatever else lies
// there are passed over; a root that does not exist holds no batches.
std::vector<Date> batch_dates(const std::filesystem::path& output_root);

// Of the batch in that folder. Throws Error{not_found} where the file is missing, Error{bad_input}
// naming it where it is damaged, or far too long.
Metadata read_metadata(const std::filesystem::path& batch);

}  // namespace aml::results
