// When a round may begin, and what was committed for it, where the validator demands commitments.
#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "base/parse_number.h"
#include "bittensor/metagraph_json.h"
#include "validator/commitments.h"
#include "validator/validator.h"

namespace aml::validator {

using bittensor::deadline_ms;

namespace {

std::string kept_deadline(const std::string& date) { return "deadline_" + date; }
std::string kept_commitments(const std::string& date) { return "commitments_" + date; }
std::string kept_snapshot(const std::string& date) { return "snapshot_" + date; }
std::string kept_hotkeys(const std::string& date) { return "hotkeys_" + date; }
std::string kept_truth(const std::string& date) { return "truth_known_" + date; }

}  // namespace

// The first block at or after a day's deadline; nothing where it has not come.
std::optional<bittensor::BlockStamp> Validator::deadline(Date date) {
  const std::string known = ledger_.kept(kept_deadline(date.text()));
  if (!known.empty()) return stamp_from_json(known);
  auto found = chain_.first_block_at(deadline_ms(date));
  if (found) ledger_.keep(kept_deadline(date.text()), bittensor::block_stamp_json(*found));
  return found;
}

std::string Validator::deadline_hash(const std::string& date) const {
  const std::string known = ledger_.kept(kept_deadline(date));
  return known.empty() ? "" : stamp_from_json(known).hash;
}

// Before the deadline it keeps the snapshot that stands, so that it is judged whatever comes later.
bool Validator::may_begin(Date date) {
  if (!options_.demands_commitments || ledger_.round(date.text())) return true;
  const std::string name = kept_snapshot(date.text());
  const auto kept = parse_number<std::int64_t>(ledger_.kept(name));
  const std::optional<std::int64_t> published = days_.published_ms(date);
  const bool has_kept = kept && days_.has_snapshot(date.text());
  if (!deadline(date)) {
    if (!has_kept || published != kept) {
      days_.fetch_snapshot(date);
      if (published) ledger_.keep(name, std::to_string(*published));
    }
    return false;
  }
  if (!chain_.first_block_at(bittensor::opening_ms(date))) return false;
  switch (standing_snapshot(published, has_kept ? kept : std::nullopt, date)) {
    case SnapshotStanding::published:
      if (!has_kept || published != kept) days_.fetch_snapshot(date);
      return true;
    case SnapshotStanding::kept:
      return true;
    case SnapshotStanding::unscored:
      break;
  }
  say_unscored(date,
               "its snapshot came later than six hours before the deadline, or what stood then "
               "cannot be had any more");
  return false;
}

void Validator::say_unscored(Date date, const char* why) {
  if (!unscored_.insert(date.text()).second) return;
  log::warning(std::string("a day is unscored: ") + why, {{"date", date.text()}});
}

// The earliest that was ever seen of it: a truth that is written anew was known before.
std::int64_t Validator::truth_known_ms(Date date) {
  const std::int64_t seen = days_.truth_published_ms(date).value_or(clock_.utc_ms());
  const auto kept = parse_number<std::int64_t>(ledger_.kept(kept_truth(date.text())));
  if (kept && *kept <= seen) return *kept;
  ledger_.keep(kept_truth(date.text()), std::to_string(seen));
  return seen;
}

// Whoever knew the truth could commit to it.
bool Validator::is_truth_too_early(Date date) {
  if (!options_.demands_commitments || !days_.is_truth_published(date)) return false;
  return truth_known_ms(date) < deadline_ms(date);
}

std::vector<Date> Validator::truths_known_before(Date day) {
  std::vector<Date> known;
  if (!options_.demands_commitments) return known;
  for (const Date date : truths_due()) {
    if (!(date < day) || ledger_.is_judged(date.text(), Stage::truth)) continue;
    if (!ledger_.is_judged(date.text(), Stage::day) || !days_.is_truth_published(date)) continue;
    if (truth_known_ms(date) < deadline_ms(day)) known.push_back(date);
  }
  return known;
}

// Whoever looks late counts whom a punctual one did: UIDs are given in their order, so those up to
// the highest that was registered before the deadline's block were there then.
void Validator::count_hotkeys(const std::string& date, const bittensor::Metagraph& graph) {
  if (!options_.demands_commitments) return;
  const std::string known = ledger_.kept(kept_deadline(date));
  if (known.empty()) return;
  const std::uint64_t end = stamp_from_json(known).block;
  std::size_t hotkeys = 0;
  for (const bittensor::Neuron& neuron : graph.neurons) {
    if (neuron.registered_at >= end) continue;
    hotkeys = std::max<std::size_t>(hotkeys, neuron.uid + std::size_t{1});
  }
  ledger_.keep(kept_hotkeys(date), std::to_string(hotkeys));
}

std::size_t Validator::hotkeys(const std::string& date) const {
  const auto kept = parse_number<std::size_t>(ledger_.kept(kept_hotkeys(date)));
  return options_.demands_commitments && kept ? *kept : ledger_.enrolled(date).size();
}

void Validator::read_commitments(const std::string& date) {
  if (!options_.demands_commitments) return;
  if (!ledger_.kept(kept_commitments(date)).empty()) return;
  const Date day = Date::require(date, "round");
  const auto end = deadline(day);
  const auto begin = chain_.first_block_at(deadline_ms(day.plus_days(-1)));
  if (!end || !begin) {
    throw Error(ErrorKind::unavailable, "the chain does not know the deadline of " + date);
  }
  std::map<std::string, std::uint64_t> registered;
  for (const MinerRecord& miner : ledger_.enrolled(date)) {
    registered[miner.hotkey] = static_cast<std::uint64_t>(miner.registered);
  }
  const Standings standings =
      standings_of(chain_.commitments(options_.netuid), day, begin->block, end->block, registered);
  if (ledger_.kept("genesis_hash").empty()) ledger_.keep("genesis_hash", chain_.genesis_hash());
  ledger_.keep(kept_commitments(date), standings_to_json(standings));
  log::info("commitments read",
            {{"date", date}, {"deadline_block", end->block}, {"committed", std::ssize(standings)}});
}

// Of the round's answers; a miner whose commitment cannot be known any more is set aside.
void Validator::check_commitments(const RoundRecord& round, const Day& day, Answers& answers) {
  const std::string known = ledger_.kept(kept_commitments(round.date));
  if (!options_.demands_commitments || known.empty()) return;
  const Standings standings = standings_from_json(known);
  bittensor::CommittedAnswer expected;
  expected.genesis_hash = ledger_.kept("genesis_hash");
  expected.netuid = options_.netuid;
  expected.network = round.network;
  expected.window_days = round.window_days;
  expected.processing_date = round.date;
  expected.kind = bittensor::kind_name(bittensor::ScoresKind::alert_scores);
  expected.snapshot_sha256 = round.snapshot_sha256;
  answers.committed.resize(answers.records.size());
  for (std::size_t i = 0; i < answers.records.size(); ++i) {
    const AnswerRecord& record = answers.records[i];
    validation::Entrant& entrant = answers.entrants[i];
    if (!entrant.submission) continue;
    const auto found = standings.find(record.miner.hotkey);
    const auto standing =
        found == standings.end() ? bittensor::StandingCommitment{} : found->second;
    if (standing.state == bittensor::StandingCommitment::State::unreadable) {
      entrant.submission.reset();
      entrant.damage = "the chain does not say any more what it had committed to";
      continue;
    }
    expected.hotkey = record.miner.hotkey;
    const std::string opening = bittensor::Envelope::from_json(record.envelope).opening;
    answers.committed[i] =
        check_committed(standing, expected, opening, day.alerts->ids(), *entrant.submission);
    entrant.is_committed = answers.committed[i]->passed;
  }
}

}  // namespace aml::validator
