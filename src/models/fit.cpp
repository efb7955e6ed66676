#include "models/fit.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

namespace aml::models {

namespace {

// Of the alerts, whose typology no training day had.
constexpr double kUnseenDrifting = 0.01;
constexpr double kUnseenForeign = 0.5;
// A feature counts as missing where it was not: none of its values were missing, and now most are.
constexpr double kWasThere = 0.01;
constexpr double kIsMissing = 0.5;

double limit_of(const ProfiledColumn& column, const Histogram& actual) {
  constexpr double kTimesExpected = 3;
  const double between = column.between_days < 0 ? kAssumedBetweenDays
                                                 : std::max(kLeastBetweenDays, column.between_days);
  return kTimesBetweenDays * between + kTimesExpected * expected_index(column.histogram, actual);
}

class Comparison {
 public:
  Comparison(const DayProfile& profile, const ComparedDay& day) : profile_(profile), day_(day) {
    fit_.verdict = Verdict::familiar;
  }

  Fit result() {
    compare_features();
    compare_scores();
    compare_typologies();
    compare_words();
    return std::move(fit_);
  }

 private:
  void find(Verdict verdict, std::string reason) {
    fit_.verdict = std::max(fit_.verdict, verdict);
    fit_.reasons.push_back(std::move(reason));
  }

  void compare_features() {
    std::vector<std::string> missing;
    for (std::size_t f = 0; f < day_.matrix->names.size(); ++f) {
      const auto known = profile_.features.find(day_.matrix->names[f]);
      if (known == profile_.features.end()) continue;
      const ProfiledColumn& column = known->second;
      const Histogram actual = make_histogram(column.histogram.edges, day_.matrix->columns[f]);
      const double index = stability_index(column.histogram, actual);
      const double limit = limit_of(column, actual);
      ++fit_.features;
      fit_.mean_index += index;
      if (index > limit) fit_.largest.push_back({known->first, index, limit});
      if (column.histogram.missing_share() < kWasThere && actual.missing_share() > kIsMissing) {
        missing.push_back(known->first);
      }
    }
    fit_.shifted = fit_.largest.size();
    if (fit_.features > 0) fit_.mean_index /= static_cast<double>(fit_.features);
    std::stable_sort(fit_.largest.begin(), fit_.largest.end(), [](const Shift& a, const Shift& b) {
      return a.index / a.limit > b.index / b.limit;
    });
    judge_features(missing);
    constexpr std::size_t kNamed = 10;
    if (fit_.largest.size() > kNamed) fit_.largest.resize(kNamed);
  }

  void judge_features(const std::vector<std::string>& missing) {
    if (fit_.features == 0) return;
    const double share = static_cast<double>(fit_.shifted) / static_cast<double>(fit_.features);
    if (share >= kDriftingShare) {
      find(share >= kForeignShare ? Verdict::foreign : Verdict::drifting,
           fmt::format("{} of {} features are spread otherwise than on the days learned from; most "
                       "of all {}",
                       fit_.shifted, fit_.features, names_of_largest()));
    }
    if (!missing.empty()) {
      find(Verdict::drifting, fmt::format("{} features are missing that were not, such as {}",
                                          missing.size(), missing.front()));
    }
  }

  std::string names_of_largest() const {
    constexpr std::size_t kNamed = 3;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < std::min(kNamed, fit_.largest.size()); ++i) {
      names.push_back(fit_.largest[i].feature);
    }
    return fmt::format("{}", fmt::join(names, ", "));
  }

  void compare_scores() {
    // Of a day that it learned from a model says more than of any other.
    const auto& learned = profile_.snapshot_sha256;
    const bool is_learned =
        std::find(learned.begin(), learned.end(), day_.snapshot_sha256) != learned.end();
    if (day_.probabilities.empty() || is_learned) return;
    const Histogram actual =
        make_histogram(profile_.probabilities.histogram.edges, day_.probabilities);
    fit_.score_index = stability_index(profile_.probabilities.histogram, actual);
    const double limit = limit_of(profile_.probabilities, actual);
    if (fit_.score_index > limit) {
      find(Verdict::drifting,
           fmt::format("the scores are spread otherwise than those of the days learned from "
                       "(index {:.2f}, limit {:.2f})",
                       fit_.score_index, limit));
    }
  }

  void compare_typologies() {
    std::int64_t alerts = 0;
    std::int64_t unseen = 0;
    std::vector<std::string> names;
    for (const auto& [typology, count] : day_.typologies) {
      alerts += count;
      if (profile_.typologies.contains(typology)) continue;
      unseen += count;
      names.push_back(typology);
    }
    if (unseen == 0) return;
    const double share = static_cast<double>(unseen) / static_cast<double>(alerts);
    if (share < kUnseenDrifting) return;
    constexpr std::size_t kNamed = 3;
    const std::size_t more = names.size() - std::min(kNamed, names.size());
    names.resize(names.size() - more);
    find(
        share >= kUnseenForeign ? Verdict::foreign : Verdict::drifting,
        fmt::format("{} of {} alerts are of typologies that were not learned: {}{}", unseen, alerts,
                    fmt::join(names, ", "), more == 0 ? "" : fmt::format(" and {} more", more)));
  }

  void compare_words() {
    const auto& networks = profile_.networks;
    if (std::find(networks.begin(), networks.end(), day_.network) == networks.end()) {
      find(Verdict::drifting, fmt::format("the network is {}; learned was {}", day_.network,
                                          fmt::join(networks, ", ")));
    }
    const auto& windows = profile_.window_days;
    if (std::find(windows.begin(), windows.end(), day_.window_days) == windows.end()) {
      find(Verdict::drifting, fmt::format("the window is {} days; learned was {}", day_.window_days,
                                          fmt::join(windows, ", ")));
    }
    if (day_.has_other_sql) {
      find(Verdict::drifting, "the feature SQL is another than was learned with");
    }
  }

  const DayProfile& profile_;
  const ComparedDay& day_;
  Fit fit_;
};

}  // namespace

const char* verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::unknown:
      return "unknown";
    case Verdict::familiar:
      return "familiar";
    case Verdict::drifting:
      return "drifting";
    case Verdict::foreign:
      return "foreign";
  }
  return "unknown";
}

Fit compare_day(const DayProfile& profile, const ComparedDay& day) {
  return Comparison(profile, day).result();
}

}  // namespace aml::models
