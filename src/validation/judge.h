#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "validation/alert_index.h"
#include "validation/submission.h"
#include "validation/traps.h"
#include "validation/verdict.h"

// A whole round judged: every rule of docs/validation.md applied to every miner. A pure function of
// its input, so that a verdict can be repeated weeks later from what was stored.
namespace aml::validation {

// Alerts on which submissions are compared with each other, at most.
inline constexpr std::size_t kPairSample = 16384;
inline constexpr std::size_t kNeighborQueries = 4096;

// What one miner did in the round.
struct Entrant {
  std::string hotkey;
  std::optional<Submission> submission;  // nothing where there is none that can be read,
  std::string failure;                   // and why
  std::optional<Check> determinism;      // where it was asked twice
  // Its own score of the same address on another day, by alert number, as traps.h wants it.
  std::vector<double> other_day;
  // Its submission was committed before anybody could see it: it is like another's, and no copy.
  bool is_committed = false;
  std::string damage{};  // why nothing can be said of it, for a reason of ours; empty: nothing is
};

// Another model that anyone has, because what it was trained on is public.
struct Reference {
  std::string name;
  std::vector<double> scores;  // by alert number
};

// What the validator knows of the day. Scores, labels and columns are by alert number.
struct DayFacts {
  std::string processing_date;
  const AlertIndex* alerts = nullptr;
  const AlertFacts* facts = nullptr;
  std::span<const double> baseline;                   // the stock model's scores
  std::span<const Reference> references;              // of other models that anyone has
  std::span<const std::span<const double>> features;  // columns; may be empty
  std::span<const int> labels;  // 1, 0, or -1 where unknown; empty before the truth is known
  std::span<const PlantedTrap> planted;
  std::string secret;  // of this validator; at least 16 bytes
  std::string round;   // names the round: draws differ by it
};

// A verdict per entrant; all of its numbers are finite. REQUIRES: entrants in the order in which
// their submissions were stored; which of two alike is the copy follows from it, unless one was
// committed. Everything except the pair check is linear in the number of entrants. The same input
// gives the same verdicts whatever `threads`.
std::vector<Verdict> judge_round(const DayFacts& day, std::span<const Entrant> entrants,
                                 int threads);

}  // namespace aml::validation
