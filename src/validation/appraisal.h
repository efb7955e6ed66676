#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "validation/contribution.h"
#include "validation/evidence.h"
#include "validation/own_information.h"
#include "validation/public_columns.h"
#include "validation/reference_stack.h"
#include "validation/verdict.h"

// What each answer of a day adds to what anyone has: docs/validation.md, "What is paid". Pure
// functions; the same input gives the same bits for any number of threads.
namespace aml::validation {

// What a day's answers are held against. All by alert number.
struct AppraisedDay {
  PublicColumns columns;             // with q among them
  std::vector<double> log_odds;      // q
  std::vector<std::uint64_t> codes;  // of the addresses
  std::uint64_t seed = 0;
};
// Of a day's public columns: q is what the days teach whose truth was public then, or, where they
// teach nothing, what the stock model says.
AppraisedDay appraised_day(PublicColumns columns, std::span<const TaughtDay> taught,
                           std::span<const double> stock_scores,
                           std::span<const std::string> addresses, std::uint64_t seed);

struct DayAnswer {
  std::string identity;            // a hotkey since its registration
  std::span<const double> scores;  // one for each alert
};

// r of each answer.
std::vector<OwnInformation> own_information_of(const AppraisedDay& day,
                                               std::span<const DayAnswer> answers, int threads);

// The log-odds of the ensemble: q + Σ b r.
std::vector<double> ensemble_log_odds(const AppraisedDay& day, std::span<const OwnInformation> own,
                                      std::span<const Trust> trust);

struct Appraisal {
  std::vector<double> explained;  // by answer, the share of it that is public
  std::vector<Trust> trust;       // from `earlier`
  DayEvidence evidence;           // for later days
  DayContribution contribution;
};
// Whether a truth appraises answers: filed and other alerts, at least kFewestLabels together.
bool can_appraise(std::span<const int> labels);
// `earlier` is the evidence of the days whose truth was public before this day's deadline; among so
// many hotkeys of the subnet. REQUIRES: labels 1, 0, or -1 where unknown, of both classes.
Appraisal appraise(const AppraisedDay& day, std::span<const DayAnswer> answers,
                   std::span<const OwnInformation> own, std::span<const int> labels,
                   std::span<const DayEvidence* const> earlier, std::size_t hotkeys, int threads);

// What it says of answer `i` for its verdict, but for relatives; `hotkeys` as in appraise().
Contribution contribution_at(const Appraisal& appraisal, std::size_t i, std::size_t hotkeys);

}  // namespace aml::validation
