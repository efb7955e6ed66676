#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "base/date.h"

namespace aml::service {

// A day's truth becomes known over so many days (docs/validation.md).
inline constexpr int kTruthDays = 45;

struct RetentionRules {
  int days = 0;             // older than the newest by more goes; 0: no bound
  std::uint64_t bytes = 0;  // of all together; 0: no bound
};

// One day's folder.
struct Stored {
  Date date;
  std::uint64_t bytes = 0;
};

struct Removal {
  Date date;
  bool is_needed = false;  // by a training: now, or once its truth has come (kTruthDays)
};

// Which folders go, in this order: those beyond the days, oldest first; then, while all together
// are too many bytes, those that nobody needs, oldest first, and the others at last. The newest
// never goes, nor does `keep`; days that have not been yet neither go nor count. Needed are those
// younger than kTruthDays and those of `wanted`.
std::vector<Removal> to_remove(std::vector<Stored> stored, const RetentionRules& rules, Date today,
                               std::optional<Date> keep, const std::set<Date>& wanted = {});

}  // namespace aml::service
