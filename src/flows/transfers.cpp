#include "flows/transfers.h"

namespace aml::flows {

std::uint32_t second_of(std::int64_t time) {
  constexpr std::int64_t kFirstMillisecond = 100'000'000'000;
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  const std::int64_t second = time >= kFirstMillisecond ? time / 1000 : time;
  return second > 0 && second <= kMost ? static_cast<std::uint32_t>(second) : 0;
}

std::string_view load_rules_sql() {
  return R"(
SELECT d.source AS source, d.dest AS dest,
  CASE WHEN d.amount > 0 THEN least(d.amount, 100000000000) END AS amount_usd,
  CASE WHEN d.time >= 100000000000 THEN d.time // 1000 ELSE d.time END AS second
FROM (SELECT DISTINCT * FROM money_flows) AS d
WHERE d.source <> '' AND d.dest <> '' AND d.source <> d.dest
  AND coalesce(d.amount, 0) >= 0
  AND CASE WHEN d.time >= 100000000000 THEN d.time // 1000 ELSE d.time END BETWEEN 1 AND 4294967295
)";
}

}  // namespace aml::flows
