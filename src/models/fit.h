#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "features/feature_matrix.h"
#include "models/day_profile.h"

namespace aml::models {

// Whether a day is of the kind that a model learned from, by its inputs alone: that says nothing of
// how good the scores are.
enum class Verdict {
  unknown,   // the model's card does not say what its days looked like
  familiar,  // as alike as those days were among themselves
  drifting,  // some of it is other: look at the reasons
  foreign,   // another world; what the scores mean there is not known
};
const char* verdict_name(Verdict verdict);

// A feature, or the scores, beyond its limit.
struct Shift {
  std::string feature;
  double index = 0;  // population stability index, see day_profile.h
  double limit = 0;
};

struct Fit {
  Verdict verdict = Verdict::unknown;
  std::vector<std::string> reasons;  // a sentence each; none where the day is familiar
  std::size_t features = 0;          // that were compared
  std::size_t shifted = 0;           // of them beyond their limits
  std::vector<Shift> largest;        // up to ten of these, the furthest beyond first
  double mean_index = 0;             // over the features
  double score_index = 0;            // of the probabilities
};

// A day as it is compared.
struct ComparedDay {
  std::string network;
  std::int64_t window_days = 0;
  std::string snapshot_sha256;
  const features::FeatureMatrix* matrix = nullptr;
  std::span<const double> probabilities;           // a row each
  std::map<std::string, std::int64_t> typologies;  // alerts of each
  bool has_other_sql = false;                      // than the model learned from
};

// A feature is beyond its limit where its index exceeds kTimesBetweenDays times what the training
// days differed by among themselves (at least kLeastBetweenDays; kAssumedBetweenDays where there
// was one day), and besides what samples of that size differ by. A day of which at least
// kForeignShare of the features are beyond is foreign, from kDriftingShare on drifting.
// docs/models.md says on which days the limits were chosen and how often they are wrong.
inline constexpr double kTimesBetweenDays = 3;
inline constexpr double kLeastBetweenDays = 0.01;
inline constexpr double kAssumedBetweenDays = 0.1;
inline constexpr double kDriftingShare = 0.1;
inline constexpr double kForeignShare = 0.3;

Fit compare_day(const DayProfile& profile, const ComparedDay& day);

}  // namespace aml::models
