#include "models/held_back.h"

#include <algorithm>
#include <numeric>

#include "base/date.h"

namespace aml::models {

namespace {

// The days before `date`: those by at least the truth's delay, or else all.
std::vector<std::size_t> days_before(const std::vector<Date>& dates, Date date) {
  std::vector<std::size_t> earlier;
  std::vector<std::size_t> known;
  for (std::size_t day = 0; day < dates.size(); ++day) {
    if (!(dates[day] < date)) continue;
    earlier.push_back(day);
    if (!(date.plus_days(-kTruthDelayDays) < dates[day])) known.push_back(day);
  }
  return known.empty() ? earlier : known;
}

void add_fit(std::vector<HeldBackFit>& fits, std::vector<std::size_t> learned, std::size_t day) {
  for (HeldBackFit& fit : fits) {
    if (fit.learned == learned) {
      fit.scored.push_back(day);
      std::sort(fit.scored.begin(), fit.scored.end());
      return;
    }
  }
  fits.push_back({.learned = std::move(learned), .scored = {day}, .is_out_of_time = true});
}

// Positions of the days, the newest first.
std::vector<std::size_t> newest_first(const std::vector<Date>& dates) {
  std::vector<std::size_t> days(dates.size());
  std::iota(days.begin(), days.end(), std::size_t{0});
  std::stable_sort(days.begin(), days.end(),
                   [&](std::size_t a, std::size_t b) { return dates[b] < dates[a]; });
  return days;
}

std::vector<Date> parse_dates(const std::vector<std::string>& texts) {
  std::vector<Date> dates;
  for (const std::string& text : texts) dates.push_back(Date::require(text, "processing_date"));
  return dates;
}

// Fits out of time for the days from position `first` of those that have earlier ones, the newest
// first, and `count` of them at most.
std::vector<HeldBackFit> fits_out_of_time(const std::vector<Date>& dates, std::size_t first,
                                          std::size_t count) {
  std::vector<HeldBackFit> fits;
  std::size_t position = 0;
  for (const std::size_t day : newest_first(dates)) {
    std::vector<std::size_t> learned = days_before(dates, dates[day]);
    if (learned.empty() || position == first + count) break;
    if (position++ >= first) add_fit(fits, std::move(learned), day);
  }
  return fits;
}

std::vector<HeldBackFit> fits_by_address(std::size_t days) {
  std::vector<HeldBackFit> fits;
  std::vector<std::size_t> all(days);
  std::iota(all.begin(), all.end(), std::size_t{0});
  for (int fold = 1; fold <= kAddressFolds; ++fold) {
    fits.push_back({.learned = all, .scored = all, .address_fold = fold});
  }
  return fits;
}

}  // namespace

std::vector<HeldBackFit> plan_held_back(const std::vector<std::string>& texts, bool needs_all,
                                        std::size_t most_scored) {
  const std::vector<Date> dates = parse_dates(texts);
  std::vector<HeldBackFit> fits = fits_out_of_time(dates, 0, most_scored);
  if (fits.empty()) return fits_by_address(dates.size());
  std::vector<bool> is_scored(dates.size(), false);
  for (const HeldBackFit& fit : fits) {
    for (const std::size_t day : fit.scored) is_scored[day] = true;
  }
  HeldBackFit rest;
  for (std::size_t day = 0; day < dates.size(); ++day) {
    (is_scored[day] ? rest.learned : rest.scored).push_back(day);
  }
  if (needs_all && !rest.scored.empty()) fits.push_back(rest);
  return fits;
}

SearchPlan plan_search(const std::vector<std::string>& texts) {
  const std::vector<Date> dates = parse_dates(texts);
  const auto later = static_cast<std::size_t>(std::count_if(
      dates.begin(), dates.end(), [&](Date date) { return !days_before(dates, date).empty(); }));
  if (later == 0) return {.fits = fits_by_address(dates.size())};
  if (later == 1) return {.fits = fits_out_of_time(dates, 0, 1), .calibration_days = 1};
  const std::size_t calibration = std::min(kMostScoredDays, later - 1);
  return {.fits = fits_out_of_time(dates, calibration, kMostScoredDays),
          .calibration_days = calibration,
          .is_nested = true};
}

int address_fold(const std::string& address) {
  // FNV-1a, 64 bits
  std::uint64_t hash = 14695981039346656037U;
  for (const char letter : address) {
    hash ^= static_cast<unsigned char>(letter);
    hash *= 1099511628211U;
  }
  return static_cast<int>((hash >> 32) % kAddressFolds) + 1;
}

}  // namespace aml::models
