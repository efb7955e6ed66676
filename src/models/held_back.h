#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace aml::models {

// Which days a model learns from and which it then scores, so that no row is scored by a model that
// learned from its day.
struct HeldBackFit {
  std::vector<std::size_t> learned;  // positions of days, ascending
  std::vector<std::size_t> scored;   // likewise
  bool is_out_of_time = false;       // every learned day is before every scored one
  // Of one day alone: rows of every third group of addresses are scored by what the others taught.
  // 0 where whole days are held back, otherwise 1 to kAddressFolds.
  int address_fold = 0;
};

inline constexpr int kAddressFolds = 3;
// Truth of a day is known so many days later at the earliest: a model that scores a day learns from
// days so much earlier where there are any, otherwise from all earlier ones.
inline constexpr int kTruthDelayDays = 7;
// Of so many of the last days scores are made by models of days before them.
inline constexpr std::size_t kMostScoredDays = 3;

// The fits for days of these processing dates (YYYY-MM-DD, in any order). First those out of time,
// for up to `most_scored` of the last days; where `needs_all`, then one more for all other days.
// One day, or days of one date where that is all there is out of time, is cut by addresses.
std::vector<HeldBackFit> plan_held_back(const std::vector<std::string>& dates, bool needs_all,
                                        std::size_t most_scored = kMostScoredDays);

// On which days parameters are judged.
struct SearchPlan {
  std::vector<HeldBackFit> fits;
  // So many of the last days are the calibration's (most_scored of plan_held_back).
  std::size_t calibration_days = kMostScoredDays;
  // The days of the fits and those of the calibration have none in common.
  bool is_nested = false;
};

// Of the days that have earlier ones, the calibration gets the last (up to kMostScoredDays) and the
// search up to as many before them, at least one. With one such day both have it; with none both
// cut the days by addresses.
SearchPlan plan_search(const std::vector<std::string>& dates);

// Which fold an address belongs to, 1 to kAddressFolds: of its bytes alone.
int address_fold(const std::string& address);

}  // namespace aml::models
