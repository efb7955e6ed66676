#include "cases/desk.h"

#include <fmt/format.h>

#include <string>

#include "base/hash.h"

namespace aml::cases {

namespace {

constexpr std::size_t kDrawDigits = 12;
constexpr double kDraws = 281'474'976'710'656.0;  // 16^12

}  // namespace

bool Desk::is_drawn(std::string_view what, std::string_view date, std::string_view alert_id,
                    double share) const {
  const std::string text = fmt::format("{}\n{}\n{}\n{}", draws_.of(date), what, date, alert_id);
  return static_cast<double>(hash_number(text, kDrawDigits)) < share * kDraws;
}

bool Desk::is_blind(std::string_view date, std::string_view alert_id) const {
  return is_drawn("blind", date, alert_id, rules_.blind_share);
}

Stratum Desk::stratum(const DayAlerts& day, const DayAlerts::Alert& alert) const {
  if (alert.is_sanctioned) return Stratum::sanctioned;
  if (rules_.line == 0 || (alert.rank > 0 && alert.rank <= rules_.line)) return Stratum::ranked;
  return is_drawn("sample", day.date, alert.id, rules_.sample_share) ? Stratum::sample
                                                                     : Stratum::chosen;
}

Subject Desk::subject(const DayAlerts& day, const DayAlerts::Alert& alert) const {
  const Stratum drawn = alert.stratum;
  return {.date = day.date,
          .alert_id = alert.id,
          .address = alert.address,
          .cluster_id = alert.cluster_id,
          .typology = alert.typology,
          .rank = alert.rank,
          .score = alert.score,
          .stratum = drawn,
          .weight = drawn == Stratum::sample ? 1 / rules_.sample_share : 1,
          .is_blind = alert.is_blind};
}

}  // namespace aml::cases
