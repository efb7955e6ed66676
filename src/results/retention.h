#pragma once

#include <filesystem>
#include <vector>

#include "base/date.h"

namespace aml::results {

// Removes the batches of `output_root` that are more than `days` days older than its newest batch,
// and returns their dates. Never the newest, never the batch of `keep`, and never anything that
// batch_date() does not know as a batch; a symbolic link is left alone, and so are batches of days
// that have not been yet, of which none is the newest. A batch vanishes at once:
// it is renamed before its files go. One that cannot be removed is logged, and the others go. 0
// days: nothing is removed.
std::vector<Date> remove_old_batches(const std::filesystem::path& output_root, int days, Date keep);

}  // namespace aml::results
