#include "validator/commitments.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "bittensor/metagraph_json.h"

namespace aml::validator {

using bittensor::StandingCommitment;
using Json = nlohmann::ordered_json;

namespace {

Error unreadable(const char* what) {
  return {ErrorKind::bad_input, fmt::format("the ledger's {} cannot be read", what)};
}

const char* state_name(StandingCommitment::State state) {
  switch (state) {
    case StandingCommitment::State::committed:
      return "committed";
    case StandingCommitment::State::unreadable:
      return "unreadable";
    case StandingCommitment::State::conflicting:
      return "conflicting";
    default:
      return "none";
  }
}

StandingCommitment::State state_of(const std::string& name) {
  if (name == "committed") return StandingCommitment::State::committed;
  if (name == "conflicting") return StandingCommitment::State::conflicting;
  return name == "unreadable" ? StandingCommitment::State::unreadable
                              : StandingCommitment::State::none;
}

}  // namespace

SnapshotStanding standing_snapshot(std::optional<std::int64_t> published_ms,
                                   std::optional<std::int64_t> kept_ms, Date date) {
  if (!published_ms || !bittensor::came_too_late(*published_ms, date)) {
    return SnapshotStanding::published;
  }
  // Between noon and the deadline somebody may have missed it.
  if (*published_ms <= bittensor::deadline_ms(date)) return SnapshotStanding::unscored;
  const bool stood = kept_ms && !bittensor::came_too_late(*kept_ms, date);
  return stood ? SnapshotStanding::kept : SnapshotStanding::unscored;
}

Standings standings_of(const bittensor::CommitmentLogs& logs, Date date,
                       std::uint64_t previous_deadline_block, std::uint64_t deadline_block,
                       const std::map<std::string, std::uint64_t>& registered) {
  Standings standings;
  for (const auto& [hotkey, since] : registered) {
    const auto log = logs.find(hotkey);
    if (log == logs.end()) continue;
    const auto standing = bittensor::standing_commitment(
        log->second, date, {previous_deadline_block, deadline_block, since});
    if (standing.state != StandingCommitment::State::none) standings[hotkey] = standing;
  }
  return standings;
}

std::string standings_to_json(const Standings& standings) {
  Json json = Json::object();
  for (const auto& [hotkey, standing] : standings) {
    json[hotkey] = {
        {"state", state_name(standing.state)}, {"root", standing.root}, {"block", standing.block}};
  }
  return json.dump();
}

Standings standings_from_json(const std::string& text) {
  try {
    Standings standings;
    const Json json = Json::parse(text);
    for (const auto& [hotkey, one] : json.items()) {
      standings[hotkey] = {state_of(one.at("state").get<std::string>()),
                           one.at("root").get<std::string>(), one.at("block").get<std::uint64_t>()};
    }
    return standings;
  } catch (const nlohmann::json::exception&) {
    throw unreadable("commitments");
  }
}

bittensor::BlockStamp stamp_from_json(const std::string& text) {
  try {
    return bittensor::parse_block_stamp(text);
  } catch (const Error&) {
    throw unreadable("deadline");
  }
}

validation::Check check_committed(const StandingCommitment& standing,
                                  bittensor::CommittedAnswer answer, const std::string& opening,
                                  std::span<const std::string> ids,
                                  const validation::Submission& submission) {
  validation::Check check{kCommittedCheck, false, 0, 0, ""};
  if (standing.state == StandingCommitment::State::conflicting) {
    check.reason = "two different roots of the day were received: neither counts";
    return check;
  }
  if (standing.state != StandingCommitment::State::committed) {
    check.reason = "nothing was committed before the deadline";
    return check;
  }
  check.figure = static_cast<double>(standing.block);
  if (opening.empty()) {
    check.reason = "the answer came without an opening of its commitment";
    return check;
  }
  try {
    // Rows beside one for each alert fail the integrity checks, so the scores are the answer.
    std::vector<bittensor::ScoredId> rows;
    rows.reserve(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) rows.push_back({ids[i], submission.scores[i]});
    answer.body_sha256 =
        hash_text(HashKind::sha256,
                  bittensor::canonical_body(answer.processing_date, answer.kind, std::move(rows)));
    const auto flaw =
        bittensor::find_commitment_flaw(answer, bittensor::Opening::parse(opening), standing.root);
    check.passed = !flaw;
    check.reason = flaw ? *flaw : fmt::format("committed at block {}", standing.block);
  } catch (const Error& e) {
    check.reason = e.what();
  }
  return check;
}

bool is_committed(const validation::Verdict& verdict) {
  return std::any_of(verdict.checks.begin(), verdict.checks.end(), [](const auto& check) {
    return check.name == kCommittedCheck && check.passed;
  });
}

}  // namespace aml::validator
