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

}  // namespace

std::vector<HeldBackFit> plan_held_back(const std::vector<std::string>& texts, bool needs_all) {
  std::vector<Date> dates;
  for (const std::string& text : texts) dates.push_back(Date::require(text, "processing_date"));
  std::vector<std::size_t> newest_first(dates.size());
  std::iota(newest_first.begin(), newest_first.end(), std::size_t{0});
  std::stable_sort(newest_first.begin(), newest_first.end(),
                   [&](std::size_t a, std::size_t b) { return dates[b] < dates[a]; });
  std::vector<HeldBackFit> fits;
  std::vector<bool> is_scored(dates.size(), false);
  for (const std::size_t day : newest_first) {
    const std::vector<std::size_t> learned = days_before(dates, dates[day]);
    const auto scored = std::count(is_scored.begin(), is_scored.end(), true);
    if (learned.empty() || static_cast<std::size_t>(scored) == kMostScoredDays) break;
    add_fit(fits, learned, day);
    is_scored[day] = true;
  }
  if (fits.empty()) {
    std::vector<std::size_t> all(dates.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    for (int fold = 1; fold <= kAddressFolds; ++fold) {
      fits.push_back({.learned = all, .scored = all, .address_fold = fold});
    }
    return fits;
  }
  HeldBackFit rest;
  for (std::size_t day = 0; day < dates.size(); ++day) {
    (is_scored[day] ? rest.learned : rest.scored).push_back(day);
  }
  if (needs_all && !rest.scored.empty()) fits.push_back(rest);
  return fits;
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
