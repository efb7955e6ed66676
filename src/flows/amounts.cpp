#include "flows/amounts.h"

#include <algorithm>
#include <bit>

#include "flows/row_writer.h"

namespace aml::flows {

namespace {

constexpr std::int64_t kRoundUsd = 100;
constexpr std::uint32_t kBurst = 600;
constexpr std::uint32_t kHour = 3600;
constexpr std::uint32_t kDay = 86400;
constexpr std::uint32_t kNightEnd = 6;  // hours before it are night
constexpr std::uint32_t kSaturday = 5;  // Monday is 0

// Of one direction.
enum Field : std::size_t {
  kRound,
  kBelowLimit,  // and the next two
  kMostEqual = kBelowLimit + 3,
  kSpread,
  kMostInBurst,
  kFields
};
// Of both.
enum TimeField : std::size_t {
  kNight = 2 * kFields,
  kWeekend,
  kHoursActive,
  kWeekdaysActive,
  kTopHour,
  kAll
};

// clang-format off
constexpr Definition kDefinitions[] = {
    {"in_round_transfers", Unit::count, Merge::sum, "≥ 0", "transfers received of a whole multiple of 100 USD"},
    {"in_below_limit_1_transfers", Unit::count, Merge::sum, "≥ 0", "transfers received from 90 % of the first limit to below it (10,000 USD)"},
    {"in_below_limit_2_transfers", Unit::count, Merge::sum, "≥ 0", "the same of the second limit (3,000 USD)"},
    {"in_below_limit_3_transfers", Unit::count, Merge::sum, "≥ 0", "the same of the third limit (1,000 USD)"},
    {"in_most_equal_transfers", Unit::count, Merge::global, "≥ 0", "most transfers received of exactly one amount"},
    {"in_amount_spread", Unit::ratio, Merge::global, "≥ 0", "distance of the lower and upper quartile of the transfers received, by the median"},
    {"in_most_transfers_10min", Unit::count, Merge::largest, "≥ 0", "most transfers received within ten minutes"},
    {"out_round_transfers", Unit::count, Merge::sum, "≥ 0", "transfers paid of a whole multiple of 100 USD"},
    {"out_below_limit_1_transfers", Unit::count, Merge::sum, "≥ 0", "transfers paid from 90 % of the first limit to below it (10,000 USD)"},
    {"out_below_limit_2_transfers", Unit::count, Merge::sum, "≥ 0", "the same of the second limit (3,000 USD)"},
    {"out_below_limit_3_transfers", Unit::count, Merge::sum, "≥ 0", "the same of the third limit (1,000 USD)"},
    {"out_most_equal_transfers", Unit::count, Merge::global, "≥ 0", "most transfers paid of exactly one amount"},
    {"out_amount_spread", Unit::ratio, Merge::global, "≥ 0", "distance of the lower and upper quartile of the transfers paid, by the median"},
    {"out_most_transfers_10min", Unit::count, Merge::largest, "≥ 0", "most transfers paid within ten minutes"},
    {"night_transfers", Unit::count, Merge::sum, "≥ 0", "transfers in either direction from 00:00 to before 06:00 UTC"},
    {"weekend_transfers", Unit::count, Merge::sum, "≥ 0", "transfers in either direction on Saturday or Sunday, UTC"},
    {"hours_of_day_active", Unit::count, Merge::global, "0 to 24", "different hours of the day (UTC) with a transfer"},
    {"weekdays_active", Unit::count, Merge::global, "0 to 7", "different days of the week (UTC) with a transfer"},
    {"top_hour_of_day_transfers", Unit::count, Merge::global, "≥ 0", "transfers in the busiest hour of the day (UTC)"},
};
// clang-format on
static_assert(std::size(kDefinitions) == kAll);

std::uint32_t weekday(std::uint32_t second) {
  constexpr std::uint32_t kFirstWeekday = 3;  // 1970-01-01 was a Thursday
  return (second / kDay + kFirstWeekday) % 7;
}

struct Times {
  std::int64_t by_hour[24] = {};
  std::int64_t night = 0;
  std::int64_t weekend = 0;
  std::uint32_t weekdays = 0;

  void add(std::uint32_t second) {
    const std::uint32_t hour = second % kDay / kHour;
    const std::uint32_t day = weekday(second);
    ++by_hour[hour];
    night += hour < kNightEnd;
    weekend += day >= kSaturday;
    weekdays |= 1u << day;
  }
};

// The amount below which a share of them lies: that of place floor((n - 1) q).
std::int64_t quantile(std::vector<std::int64_t>& sorted, std::size_t quarters) {
  return sorted[(sorted.size() - 1) * quarters / 4];
}

void write_amounts(const Question& question, std::vector<std::int64_t>& amounts, Columns& columns,
                   std::size_t first, std::size_t row) {
  std::int64_t round = 0;
  std::int64_t below[3] = {};
  for (const std::int64_t amount : amounts) {
    round += amount % (kRoundUsd * kUnitsPerUsd) == 0;
    for (std::size_t i = 0; i < std::size(below); ++i) {
      const std::int64_t limit = question.settings.limits_usd[i] * kUnitsPerUsd;
      below[i] += amount < limit && amount >= limit / 10 * 9;
    }
  }
  columns[first + kRound].integers[row] = round;
  for (std::size_t i = 0; i < std::size(below); ++i) {
    columns[first + kBelowLimit + i].integers[row] = below[i];
  }
  std::sort(amounts.begin(), amounts.end());
  std::int64_t most = 0;
  for (std::size_t begin = 0, end = 0; begin < amounts.size(); begin = end) {
    while (end < amounts.size() && amounts[end] == amounts[begin]) ++end;
    most = std::max(most, static_cast<std::int64_t>(end - begin));
  }
  columns[first + kMostEqual].integers[row] = most;
  if (amounts.empty()) return;
  columns[first + kSpread].numbers[row] =
      quotient(quantile(amounts, 3) - quantile(amounts, 1), quantile(amounts, 2));
}

std::int64_t most_in_burst(const Question& question, std::span<const Edge> edges) {
  std::int64_t most = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    while (edges[i].second - edges[begin].second >= kBurst) ++begin;
    if (!question.owned.contains(edges[i].second)) continue;
    most = std::max(most, static_cast<std::int64_t>(i - begin + 1));
  }
  return most;
}

void write_times(const Times& times, Columns& columns, std::size_t row) {
  columns[kNight].integers[row] = times.night;
  columns[kWeekend].integers[row] = times.weekend;
  columns[kHoursActive].integers[row] =
      std::count_if(std::begin(times.by_hour), std::end(times.by_hour),
                    [](std::int64_t transfers) { return transfers > 0; });
  columns[kWeekdaysActive].integers[row] = std::popcount(times.weekdays);
  columns[kTopHour].integers[row] =
      *std::max_element(std::begin(times.by_hour), std::end(times.by_hour));
}

void measure(const Question& question, std::span<const Address> addresses, Columns& columns) {
  const Graph& graph = question.graph;
  if (!graph.has_transfers()) return;
  for_each_address(question, addresses, [&] {
    return [&, amounts = std::vector<std::int64_t>()](std::size_t row, Address address) mutable {
      Times times;
      for (std::size_t direction = 0; direction < 2; ++direction) {
        const auto edges = direction == 0 ? graph.incoming(address) : graph.outgoing(address);
        amounts.clear();
        for (const Edge& edge : edges) {
          if (!question.owned.contains(edge.second)) continue;
          times.add(edge.second);
          if (edge.amount != kUnpriced) amounts.push_back(edge.amount);
        }
        const std::size_t first = direction * kFields;
        write_amounts(question, amounts, columns, first, row);
        columns[first + kMostInBurst].integers[row] = most_in_burst(question, edges);
      }
      write_times(times, columns, row);
    };
  });
}

void derive(Columns&) {}

}  // namespace

FeatureSet amounts_set() {
  return {"amounts", "round, equal and just-below-limit amounts; bursts, hours and weekdays",
          kDefinitions, without_preparation<measure>, derive};
}

}  // namespace aml::flows
