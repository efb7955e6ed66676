#include "service/retention.h"

#include <algorithm>

#include "base/last_day.h"

namespace aml::service {

std::vector<Removal> to_remove(std::vector<Stored> stored, const RetentionRules& rules, Date today,
                               std::optional<Date> keep, const std::set<Date>& wanted) {
  std::vector<Removal> removals;
  const Date last = aml::last_day(today.days());
  std::erase_if(stored, [last](const Stored& day) { return day.date > last; });
  if (stored.empty()) return removals;
  std::ranges::sort(stored, {}, &Stored::date);
  const Date newest = stored.back().date;
  std::uint64_t bytes = 0;
  for (const Stored& day : stored) bytes += day.bytes;
  std::erase_if(stored, [&](const Stored& day) { return day.date == newest || day.date == keep; });
  const auto is_needed = [&](Date date) {
    return today.plus_days(-kTruthDays) < date || wanted.contains(date);
  };
  const auto remove_where = [&](auto condition) {
    std::erase_if(stored, [&](const Stored& day) {
      if (!condition(day)) return false;
      removals.push_back({day.date, is_needed(day.date)});
      bytes -= day.bytes;
      return true;
    });
  };
  const bool is_bounded = rules.bytes > 0;
  remove_where([&](const Stored& day) {
    return rules.days > 0 && day.date < newest.plus_days(-rules.days);
  });
  remove_where(
      [&](const Stored& day) { return is_bounded && bytes > rules.bytes && !is_needed(day.date); });
  remove_where([&](const Stored&) { return is_bounded && bytes > rules.bytes; });
  return removals;
}

}  // namespace aml::service
