#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/date.h"
#include "known/known.h"
#include "known/label.h"

namespace aml::known {

// An alert of an earlier day.
struct EarlierAlert {
  std::string address;  // snapshot::comparable()
  std::string alert_id;
  std::string typology_type;
  std::string severity;
  Date date;
  std::optional<bool> is_reported{};  // nothing: not known yet
};

struct History {
  std::vector<EarlierAlert>
      alerts;  // about the snapshot's subjects; by day, newest first, then by alert_id
  std::vector<Label> reported;  // addresses of which a report was filed
};

// Reads the earlier days of a folder {root}/{YYYY-MM-DD}/ with alerts.parquet and, there or in the
// root, ground_truth_{YYYY-MM-DD}.parquet, or of what stayed of them (kept_day.h), which says the
// same; the newest kMostHistoryDays before `date`. A day's
// alerts are known on the day after it; its truth since its .known_since, else kUnsaidDays after
// the day. `known_before` is in seconds since 1970. Days of another network, inputs that are
// damaged or of another day than their folder is named after, and truths that are damaged are
// passed over. Notes files and warnings in `known`. Throws Error{not_found} for no folder,
// Error{bad_input} naming file and column of what stayed of a day.
History read_history(snapshot::Snapshot& snapshot, const std::filesystem::path& root, Date date,
                     std::int64_t known_before, Known& known);

}  // namespace aml::known
