#include "flows/transfers.h"

namespace aml::flows {

std::uint32_t second_of(std::int64_t time) {
  constexpr std::int64_t kFirstMillisecond = 100'000'000'000;
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  const std::int64_t second = time >= kFirstMillisecond ? time / 1000 : time;
  return second > 0 && second <= kMost ? static_cast<std::uint32_t>(second) : 0;
}

std::map<std::string, std::int64_t> named(const LoadCounts& counts) {
  return {{"rows", counts.rows()},
          {"transfers", counts.kept},
          {"without_address", counts.without_address},
          {"self_transfers", counts.self_transfers},
          {"negative_amounts", counts.negative_amounts},
          {"without_transfers", counts.without_transfers},
          {"without_time", counts.without_time},
          {"duplicates", counts.duplicates},
          {"unpriced", counts.unpriced},
          {"limited", counts.limited},
          {"out_of_order", counts.out_of_order},
          {"change", counts.change},
          {"consolidation", counts.consolidation}};
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
