#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "validation/evidence.h"
#include "validation/judge.h"
#include "validation/submission.h"
#include "validator/day.h"

// What a validator would say of one's own answers, by the validator's own functions, before anyone
// else hears of them.
namespace aml::validator {

// A day and what one answers, or answered, of it.
struct OwnDay {
  Day day;  // its matrix is needed for one that is judged, not for earlier ones
  std::vector<validation::Reference> references;  // the same models on every day, the stock apart
  validation::Submission submission;
  std::vector<int> labels;  // by alert number, -1 where unknown; empty: no truth is known
};

struct SelfCheckOptions {
  int threads = 1;
  std::string secret;            // draws the samples of the traps; at least 16 bytes
  std::size_t hotkeys = 256;     // of the subnet: trust is harder to earn among more
  int truth_lag_days = 7;        // after which a day's truth is taken to be known
  std::size_t taught_days = 10;  // newest truths that the reference learns from
};

// By the rules of integrity, behaviour, traps and public models, and by `own.labels` where there
// are some. `earlier` may be null: the latest day before, for the trap of an address's other day.
validation::Verdict judge_own(const OwnDay& own, const OwnDay* earlier,
                              const SelfCheckOptions& options);

// What one would have been paid for on a day with a truth, as the only miner.
struct EarnedDay {
  std::string date;
  validation::Contribution contribution;
};

struct Earnings {
  std::vector<EarnedDay> days;  // in order of time
  validation::Trust after;      // by all of these truths: what the next day is paid by
  double needed_sigmas = 0;     // that `after` must exceed
};

// `days` are in order of time, each with labels that can_appraise() and a score for each alert; on
// each only truths count that were known by then.
Earnings earnings_of(std::span<const OwnDay* const> days, const SelfCheckOptions& options);

}  // namespace aml::validator
