#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/date.h"
#include "service/configuration.h"

// Which days a challenger learns from and which it is judged on.
namespace aml::service {

// A day whose input and truth are on disk.
struct LabelledDay {
  Date date;
  std::filesystem::path input;
  std::filesystem::path truth;
};

// Those of a root, oldest first. Throws Error where the system refuses to look.
std::vector<LabelledDay> labelled_days(const std::filesystem::path& input_root);

struct TrainingPlan {
  std::vector<LabelledDay> learned;  // oldest first
  std::vector<LabelledDay> judged;   // likewise, each later than all of `learned`
};

// The newest days are judged, up to TrainingRules::judged_days that are later than what the
// champion learned from. The newest of those before them are learned from: by models::kTruthDelay
// days earlier where there are any, since no service would have had the truth of the days between.
// Nothing where there is no day for one of both.
std::optional<TrainingPlan> plan_training(std::span<const LabelledDay> days,
                                          const TrainingRules& rules,
                                          std::optional<Date> champion_until);

// Days that the next plan may read: retention removes them last.
std::set<Date> wanted_days(std::span<const LabelledDay> days, const TrainingRules& rules);

// Another text where any of the days, or its truth, is another one. Reads the truths.
std::string fingerprint_of(const TrainingPlan& plan);

// By their groups as numbers: "1.9" before "1.10".
bool is_lower_version(const std::string& a, const std::string& b);

// The last group one higher than in the highest of them: "1.0.1" after "0.9" and "1.0.0". Those
// that are no versions are passed over; "1.0.0" where there is none.
std::string next_version(std::span<const std::string> versions);

// A word of a command line as a shell takes it.
std::string shell_word(const std::string& word);

}  // namespace aml::service
