#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "simulation/own_features.h"
#include "simulation/statistics.h"

namespace aml::simulation {

namespace {

std::vector<std::int64_t> times_of(const Ledger& ledger, AddressId id) {
  const auto in = ledger.incoming(id);
  const auto out = ledger.outgoing(id);
  std::vector<std::uint32_t> indices;
  indices.reserve(in.size() + out.size());
  std::merge(in.begin(), in.end(), out.begin(), out.end(), std::back_inserter(indices));
  std::vector<std::int64_t> times;
  times.reserve(indices.size());
  for (const std::uint32_t index : indices) times.push_back(ledger.flows()[index].time_ms);
  return times;
}

// A busy hot wallet has more transactions in an hour of the day than 16 bits hold.
void count_one(std::uint16_t& counter) {
  if (counter < std::numeric_limits<std::uint16_t>::max()) ++counter;
}

// REQUIRES: at least two times, ascending.
void describe_gaps(const std::vector<std::int64_t>& times, TimeFeatures& result) {
  std::vector<double> gaps;
  gaps.reserve(times.size() - 1);
  for (std::size_t i = 1; i < times.size(); ++i) {
    gaps.push_back(static_cast<double>(times[i] - times[i - 1]));
  }
  const Moments spread = moments(gaps);
  const double deviation = std::sqrt(spread.variance);
  if (spread.mean > 0) result.regularity = 1 / (1 + deviation / spread.mean);
  if (deviation + spread.mean > 0) {
    result.burstiness = (1 + (deviation - spread.mean) / (deviation + spread.mean)) / 2;
  }
}

void describe_days(const std::vector<double>& per_day, double count, TimeFeatures& result) {
  const double busiest = *std::max_element(per_day.begin(), per_day.end());
  result.burst_factor = busiest / (count / static_cast<double>(per_day.size()));
  for (const double day : per_day) result.active_days += day > 0 ? 1 : 0;
  std::vector<double> sorted = per_day;
  result.consistency = 1 - gini(sorted);
}

}  // namespace

TimeFeatures time_features(const Ledger& ledger, const Window& window, AddressId id) {
  const std::vector<std::int64_t> times = times_of(ledger, id);
  TimeFeatures result;
  if (times.empty()) return result;
  result.first_ms = times.front();
  result.last_ms = times.back();
  result.span_days =
      static_cast<std::uint32_t>(times.back() / kMsPerDay - times.front() / kMsPerDay + 1);

  std::vector<double> per_day(static_cast<std::size_t>(window.days()));
  double weekend = 0;
  double night = 0;
  for (const std::int64_t time : times) {
    const std::int64_t day = time / kMsPerDay;
    const auto weekday = static_cast<std::size_t>((day + 3) % 7);  // 1970-01-01 was a Thursday
    const auto hour = static_cast<std::size_t>(time % kMsPerDay / kMsPerHour);
    count_one(result.hours[hour]);
    count_one(result.weekdays[weekday]);
    ++per_day[static_cast<std::size_t>(day - window.begin_ms / kMsPerDay)];
    weekend += weekday >= 5 ? 1 : 0;
    night += hour >= 22 || hour < 6 ? 1 : 0;
  }
  const auto count = static_cast<double>(times.size());
  result.weekend_share = weekend / count;
  result.night_share = night / count;
  const auto peak = [](const auto& counts) {
    return static_cast<std::uint8_t>(std::max_element(counts.begin(), counts.end()) -
                                     counts.begin());
  };
  result.peak_hour = peak(result.hours);
  result.peak_weekday = peak(result.weekdays);
  result.hour_entropy = entropy_bits(result.hours);
  result.weekday_entropy = entropy_bits(result.weekdays);
  if (times.size() >= 2) describe_gaps(times, result);
  describe_days(per_day, count, result);
  return result;
}

}  // namespace aml::simulation
