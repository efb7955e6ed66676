#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "validation/ground_truth.h"

namespace aml::validation {

// Points a submission can earn; docs/validation.md.
inline constexpr double kIntegrityPoints = 0.2;
inline constexpr double kBehaviorPoints = 0.3;

// The name of the baseline among the models that anyone has.
inline constexpr const char* kStockModels = "stock models";

// One rule applied to one submission: what was measured, and what it cost.
struct Check {
  std::string name;  // "complete", "variance", "copied", …
  bool passed = true;
  double figure = 0;   // what was measured; its meaning stands in docs/validation.md
  double effect = 0;   // added to the part's points: 0 or negative
  std::string reason;  // one sentence for a person; empty where there is nothing to say
};

// Another answer of the day whose own information goes with this one's.
struct Relative {
  std::string hotkey;
  double likeness = 0;  // correlation of the own information where the truth is in doubt
};

// What a submission added to what anyone has, and why it counted so much: what is paid. Of one that
// was whole, by the truth; docs/validation.md, "What is paid".
struct Contribution {
  double points = 0;        // its share of what the day's crowd added to q
  double error = 0;         // standard error of that within the day, clustered by address
  double alone = 0;         // what it would have been without the others
  double explained = 1;     // share of its ranks that what anyone has explains
  std::int64_t truths = 0;  // earlier days it is judged by
  double sigmas = 0;  // standard errors by which these show that it knows something of its own
  double needed_sigmas = 0;     // that it must exceed to count
  double trust = 0;             // in [0, 1)
  double blend = 0;             // log-odds for each standard deviation of its own information
  double reference_points = 0;  // of the day's q
  double blended_points = 0;    // of q with all who counted
  // rank_covariances(), which decide nothing; nothing where an earlier program judged.
  std::optional<double> covariance{};
  std::vector<Relative> relatives;
};

// A submission's score with every reason for it.
struct Verdict {
  std::vector<Check> checks;
  double integrity = 0;                          // 0 or kIntegrityPoints
  double behavior = 0;                           // in [0, kBehaviorPoints]
  std::optional<GroundTruthCheck> ground_truth;  // nothing until the truth is known
  bool is_baseline = false;                      // near-identical to a model anyone has,
  std::string public_model;                      // and to which: kStockModels or a reference's name
  std::string copy_of;                           // the original's hotkey; empty: no copy
  std::optional<double> cap;                     // no more than this, where is_baseline
  double final_score = 0;                        // in [0, 1]; published, and pays nothing
  std::optional<Contribution> contribution{};    // nothing until the truth is known
};

// The points that the integrity checks leave: all or none.
double integrity_points(const std::vector<Check>& checks);
// kBehaviorPoints with every effect added, not below 0.
double behavior_points(const std::vector<Check>& checks);

// Whether all of its numbers are finite. JSON has no others: what is stored must be read again.
bool is_finite(const Verdict& verdict);

// The verdict on a miner of whom nothing else can be said, for a reason of ours: no points.
Verdict set_aside(const std::string& reason);
bool is_set_aside(const Verdict& verdict);

// Adds the verdict up: nothing without integrity or for a copy; otherwise integrity + behavior +
// ground truth, and for a baseline no more than its cap.
void add_up(Verdict& verdict);

}  // namespace aml::validation
