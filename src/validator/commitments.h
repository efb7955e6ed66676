#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "base/date.h"
#include "bittensor/chain.h"
#include "bittensor/commitment.h"
#include "validation/submission.h"
#include "validation/verdict.h"

// What a validator that demands commitments does with them, as pure functions: docs/validation.md,
// "Answers nobody can steal".
namespace aml::validator {

// Which snapshot of a day is judged once its deadline has passed: the one that is published now,
// the one that was kept when it was published, or none, because what stood at the deadline came too
// late or cannot be had any more. Times are those of META.json, in milliseconds since 1970; nothing
// where the SOT does not say, or nothing was kept.
enum class SnapshotStanding { published, kept, unscored };
SnapshotStanding standing_snapshot(std::optional<std::int64_t> published_ms,
                                   std::optional<std::int64_t> kept_ms, Date date);

// What stood at a day's deadline, by hotkey; a hotkey that is not there committed to nothing.
using Standings = std::map<std::string, bittensor::StandingCommitment>;
Standings standings_of(const bittensor::CommitmentLogs& logs, Date date,
                       std::uint64_t previous_deadline_block, std::uint64_t deadline_block,
                       const std::map<std::string, std::uint64_t>& registered);

// For the ledger. Throws Error{bad_input}.
std::string standings_to_json(const Standings& standings);
Standings standings_from_json(const std::string& json);
bittensor::BlockStamp stamp_from_json(const std::string& json);

// The name of the check below.
inline constexpr const char* kCommittedCheck = "committed";
// Whether an answer is the one that its hotkey had committed to; costs no points. `answer` lacks
// the body's hash, which is of `ids` and `submission`; `opening` is what came with the answer.
validation::Check check_committed(const bittensor::StandingCommitment& standing,
                                  bittensor::CommittedAnswer answer, const std::string& opening,
                                  std::span<const std::string> ids,
                                  const validation::Submission& submission);
// Whether the check is there and was passed.
bool is_committed(const validation::Verdict& verdict);

}  // namespace aml::validator
