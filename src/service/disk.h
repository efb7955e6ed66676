#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "service/retention.h"
#include "service/schedule.h"
#include "sot/object_store.h"

// What stands on disk and in the SOT: all that the service knows.
namespace aml::service {

// Why days cannot be read, of those that cannot: they stand in no other one's way.
using DayFaults = std::map<Date, Error>;

// Adds the snapshots of a network that the SOT offers: those of the `count` newest days up to
// `last` that are whole, which their META.json says. Days after `last` have not been yet: a folder
// of such a name must not hide those that have. Gives the newest of them. A META.json that cannot
// be read is its day's fault. Throws as ObjectStore where days cannot be listed, and where
// META.json after META.json is unavailable.
std::optional<Date> add_offered(sot::ObjectStore& store, const std::string& network,
                                int window_days, int count, Date last,
                                std::map<Date, DayState>& days, DayFaults& faults);

// Those of `dates` whose truth the SOT has and the input root has not: none, or the one that a
// download brought from there before it was corrected. A truth of somebody's own stays. Faults and
// errors as of add_offered().
std::vector<Date> new_truths(sot::ObjectStore& store, const std::string& network, int window_days,
                             const std::filesystem::path& input_root,
                             const std::vector<Date>& dates, DayFaults& faults);

// Adds the inputs and outputs on disk. A folder whose META.json cannot be read is a fault of its
// day, and no input or output: the day is downloaded, or processed, anew where it can be.
void add_stored(const std::filesystem::path& input_root, const std::filesystem::path& output_root,
                std::map<Date, DayState>& days, DayFaults& faults);

// Puts the batch `next` in the place of `output`, at once, with the META.json of the snapshot it
// was made from beside it, which is how add_stored() knows; then `next` goes.
void publish_batch(const std::filesystem::path& next, const std::filesystem::path& input,
                   const std::filesystem::path& output);

// The folders that are named after days, with the bytes that lie in them.
std::vector<Stored> stored_days(const std::filesystem::path& root);

// Removes a day's folder, at once for who looks, and the lock beside it. What an earlier removal
// that was killed left goes too.
void remove_day(const std::filesystem::path& root, Date date);

// Removes small files of days (known/kept_day.h) beyond the newest kMostKept: the most days that a
// history reads, before the oldest day that is looked at.
inline constexpr std::size_t kMostKept = 800;
void forget_kept(const std::filesystem::path& input_root);

}  // namespace aml::service
