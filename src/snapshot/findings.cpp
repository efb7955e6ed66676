#include "snapshot/findings.h"

#include <fmt/format.h>

namespace aml::snapshot {

void Findings::note_unreadable(const std::string& file, const std::string& column,
                               const std::string& wanted, std::int64_t holding,
                               std::int64_t unreadable_values) {
  if (unreadable_values == 0) return;
  unreadable[file][column] = static_cast<double>(unreadable_values) / static_cast<double>(holding);
  if (unreadable_values < holding) return;
  warnings.push_back(
      fmt::format("{}: {} holds something in {} rows but could be read in none, so it counts as "
                  "missing: export it as {}",
                  file, column, holding, wanted));
}

}  // namespace aml::snapshot
