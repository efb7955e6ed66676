#include "miner/commitment_keeper.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/deadline.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/threads.h"
#include "http/conditional.h"

namespace aml::miner {

using bittensor::commitment_entry;
using bittensor::deadline_ms;
using bittensor::opening_ms;
using bittensor::ScoresKind;

namespace {

// More days than have a deadline ahead of them.
constexpr std::size_t kNewestDays = 3;

// What is told to the API is told again, so that it can see that somebody is still there.
constexpr std::chrono::minutes kToldAnew{5};

}  // namespace

CommitmentKeeper::CommitmentKeeper(std::unique_ptr<bittensor::ChainClient> chain, ApiOptions api,
                                   CommitmentOptions options)
    : chain_(std::move(chain)),
      options_(std::move(options)),
      store_(options_.folder),
      budget_(api.budget),
      source_(std::move(api)) {
  try {
    chain_->commitments(options_.netuid);
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::usage) throw;
    log::warning("the chain is out of reach: commitments wait", {{"reason", e.what()}});
  }
  for (const std::string& date : store_.dates()) {
    revealed_[date] = store_.revealed_to(date);
    auto kept = store_.commitments(date);
    if (!kept.empty()) landed_[date] = {std::move(kept.back()), 0};
  }
  thread_ = start_thread([this](const std::stop_token& stop) { run(stop); });
}

CommitmentKeeper::~CommitmentKeeper() {
  thread_.request_stop();
  chain_->interrupt();
}

void CommitmentKeeper::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    try {
      const StopScope scope(
          std::make_shared<StopQuestion>([&stop] { return stop.stop_requested(); }));
      look();
      tell_states();
    } catch (const Error& e) {
      if (e.kind() == ErrorKind::interrupted) return;
      log::warning("commitments wait for the API or the chain", {{"reason", e.what()}});
    } catch (const std::exception& e) {
      log::error("unexpected: a defect of this program", {{"reason", e.what()}});
    }
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, options_.interval, [] { return false; });
  }
}

void CommitmentKeeper::look() {
  if (genesis_hash_.empty()) genesis_hash_ = chain_->genesis_hash();
  std::vector<std::string> dates;
  try {
    dates = source_.dates();
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::interrupted) throw;
    log::warning("the API does not say which days it has", {{"reason", e.what()}});
  }
  for (const std::string& date : store_.dates()) dates.push_back(date);
  std::erase_if(dates, [](const std::string& date) { return !Date::parse(date); });
  std::sort(dates.begin(), dates.end(), std::greater<>());
  dates.erase(std::unique(dates.begin(), dates.end()), dates.end());
  find_open_days(dates);
  chain_->finish_commits();
  if (dates.size() > kNewestDays) dates.resize(kNewestDays);
  for (const std::string& date : dates) {
    if (is_open(date)) continue;
    // Between deadline and opening nothing can be changed any more.
    if (chain_->first_block_at(deadline_ms(Date::require(date, "a day")))) continue;
    commit(date);
  }
  for (const std::string& date : store_.dates()) {
    if (is_open(date)) choose(date);
    const Date newest = Date::require(dates.front(), "a day");
    if (Date::require(date, "a day") >= newest.plus_days(-options_.keep_days)) continue;
    store_.remove(date);
    const std::lock_guard lock(mutex_);
    landed_.erase(date);
    revealed_.erase(date);
  }
}

void CommitmentKeeper::find_open_days(const std::vector<std::string>& newest_first) {
  for (const std::string& date : newest_first) {
    if (is_open(date)) return;
    if (!chain_->first_block_at(opening_ms(Date::require(date, "a day")))) continue;
    const std::lock_guard lock(mutex_);
    open_until_ = date;
    source_.tell_opened(date);
    return;
  }
  if (newest_first.empty()) return;
  source_.tell_opened(Date::require(newest_first.back(), "a day").plus_days(-1).text());
}

KeptCommitment CommitmentKeeper::made(const ScoredList& list, std::int64_t sequence) {
  KeptCommitment kept;
  kept.answer.genesis_hash = genesis_hash_;
  kept.answer.netuid = options_.netuid;
  kept.answer.hotkey = options_.hotkey;
  kept.answer.network = list.network;
  kept.answer.window_days = list.window_days;
  kept.answer.processing_date = list.processing_date;
  kept.answer.kind = bittensor::kind_name(ScoresKind::alert_scores);
  kept.answer.snapshot_sha256 = list.snapshot_sha256;
  kept.answer.body_sha256 =
      hash_text(HashKind::sha256, canonical_body_of(list.processing_date, list.bytes));
  kept.salt = random_hex(bittensor::kSaltBytes);
  kept.root = bittensor::commitment_root(kept.opening().leaves);
  kept.model_version = list.model_version;
  kept.list_sha256 = list.body_sha256;
  kept.sequence = sequence;
  return kept;
}

// The day's scores as the API has them now.
void CommitmentKeeper::commit(const std::string& date) {
  std::vector<KeptCommitment> kept = store_.commitments(date);
  std::shared_ptr<const ScoredList> list;
  try {
    list = source_.fetch({date, ScoresKind::alert_scores, "identity"});
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::not_found) throw;  // it was removed meanwhile
  }
  const std::string seen = list ? list->body_sha256 + " " + list->snapshot_sha256 : "";
  // Where the first root is final, what may have been sent stays.
  const bool is_settled = chain_->is_first_final() && !kept.empty() && kept.back().sent_block > 0;
  if (list && seen_[date] != seen && !is_settled) {
    const std::int64_t sequence = kept.empty() ? 1 : kept.back().sequence + 1;
    KeptCommitment fresh = made(*list, sequence);
    // Another latency or explanation is no other answer.
    if (kept.empty() || kept.back().answer != fresh.answer) {
      store_.keep(fresh, list->bytes);
      kept.push_back(std::move(fresh));
    }
    seen_[date] = seen;
  }
  if (!kept.empty()) bring_onto_chain(date, std::move(kept.back()));
}

void CommitmentKeeper::set(const std::string& date, Landed landed) {
  const std::lock_guard lock(mutex_);
  landed_[date] = std::move(landed);
  packed_.clear();
}

void CommitmentKeeper::bring_onto_chain(const std::string& date, KeptCommitment commitment) {
  const std::uint64_t since = registered();
  {
    const std::lock_guard lock(mutex_);
    const auto found = landed_.find(date);
    if (found != landed_.end() && found->second.block > 0 && found->second.block >= since &&
        found->second.commitment.root == commitment.root) {
      return;
    }
  }
  const Date day = Date::require(date, "a day");
  const bittensor::CommitmentLogs logs = chain_->commitments(options_.netuid);
  const auto own = logs.find(options_.hotkey);
  if (own != logs.end()) {
    // All that is there stands before the deadline, which has not come yet.
    constexpr std::uint64_t kNotYet = ~std::uint64_t{0};
    const auto standing = bittensor::standing_commitment(own->second, day, {0, kNotYet, since});
    if (standing.root == commitment.root) {
      log::info("the day's scores are committed", {{"date", date}, {"block", standing.block}});
      set(date, {std::move(commitment), standing.block});
      return;
    }
  }
  set(date, {commitment, 0});
  if (refused_.contains(commitment.root)) return;
  const std::uint64_t now = chain_->block();
  // What was sent may still come in.
  if (commitment.sent_block > 0 && commitment.sent_block >= since &&
      now < commitment.sent_block + bittensor::kChainEraBlocks) {
    return;
  }
  commitment.sent_block = std::max<std::uint64_t>(now, 1);
  store_.note_sent(commitment);
  const auto receipt = chain_->commit(options_.netuid, commitment_entry(day, commitment.root));
  if (receipt.is_lasting) {
    refused_.insert(commitment.root);
    log::error("the commitment is refused, and not sent again",
               {{"date", date}, {"reason", receipt.message}});
  } else if (!receipt.accepted) {
    log::warning("the chain did not take the commitment; it is looked for, and sent again later",
                 {{"date", date}, {"reason", receipt.message}});
  }
}

// Which of a day's commitments stood at its deadline.
void CommitmentKeeper::choose(const std::string& date) {
  if (chosen_.contains(date)) return;
  std::vector<KeptCommitment> kept = store_.commitments(date);
  if (kept.empty()) return;
  const Date day = Date::require(date, "a day");
  const auto deadline = chain_->first_block_at(deadline_ms(day));
  const auto before = chain_->first_block_at(deadline_ms(day.plus_days(-1)));
  if (!deadline || !before) return;
  bittensor::CommitmentLogs logs = chain_->commitments(options_.netuid);
  const auto standing = bittensor::standing_commitment(
      logs[options_.hotkey], day, {before->block, deadline->block, registered()});
  const auto found = std::find_if(kept.begin(), kept.end(),
                                  [&](const auto& one) { return one.root == standing.root; });
  chosen_.insert(date);
  if (found != kept.end()) {
    set(date, {*found, standing.block});
    return;
  }
  if (standing.state == bittensor::StandingCommitment::State::committed) {
    log::error("another commitment stands on the chain than any that is kept: the day is lost",
               {{"date", date}, {"root", standing.root}});
  } else {
    log::warning("no commitment stood at the deadline: validators that demand one pay nothing",
                 {{"date", date}});
  }
  set(date, {kept.back(), 0});
}

bool CommitmentKeeper::is_open(const std::string& date) const {
  const std::lock_guard lock(mutex_);
  return is_open_locked(date);
}

bool CommitmentKeeper::is_open_locked(const std::string& date) const {
  return !open_until_.empty() && date <= open_until_;
}

std::optional<std::string> CommitmentKeeper::newest_open() const {
  const std::lock_guard lock(mutex_);
  if (open_until_.empty()) return std::nullopt;
  return open_until_;
}

std::shared_ptr<const ScoredList> CommitmentKeeper::list(const std::string& date,
                                                         std::string_view coding) {
  const std::string key = date + " " + std::string(coding);
  KeptCommitment kept;
  {
    const std::lock_guard lock(mutex_);
    const auto packed = packed_.find(key);
    if (packed != packed_.end()) return packed->second;
    const auto found = landed_.find(date);
    if (found == landed_.end()) return nullptr;
    kept = found->second.commitment;
  }
  const http::Encoded encoded = http::encoded(store_.body(kept), coding);
  auto list = std::make_shared<ScoredList>();
  list->bytes = *encoded.body;
  list->pay(budget_);
  list->coding = encoded.coding;
  list->body_sha256 = kept.list_sha256;
  list->network = kept.answer.network;
  list->window_days = kept.answer.window_days;
  list->processing_date = kept.answer.processing_date;
  list->snapshot_sha256 = kept.answer.snapshot_sha256;
  list->model_version = kept.model_version;
  list->opening = kept.opening().to_text();
  const std::lock_guard lock(mutex_);
  std::erase_if(packed_, [&](const auto& one) { return !one.first.starts_with(date); });
  packed_[key] = list;
  return list;
}

void CommitmentKeeper::note_revealed(const std::string& date, const std::string& hotkey) {
  const std::lock_guard lock(mutex_);
  if (!landed_.contains(date) || !revealed_[date].insert(hotkey).second) return;
  try {
    store_.note_revealed(date, revealed_[date]);
  } catch (const Error& e) {
    log::warning("who was given a day's scores cannot be kept", {{"reason", e.what()}});
  }
}

DayStates CommitmentKeeper::states() const {
  const auto validators =
      options_.validators ? options_.validators() : std::optional<std::size_t>();
  const std::lock_guard lock(mutex_);
  DayStates states;
  for (const auto& [date, landed] : landed_) {
    const auto revealed = revealed_.find(date);
    states[date] = {.network = landed.commitment.answer.network,
                    .is_committed = landed.block > 0,
                    .block = landed.block,
                    .is_open = is_open_locked(date),
                    .revealed_to = revealed == revealed_.end() ? 0 : revealed->second.size(),
                    .validators = validators};
  }
  return states;
}

// For the API's page: nothing depends on it. The file's time says how old it is.
void CommitmentKeeper::tell_states() {
  std::string text = states_text(states(), chain_->is_first_final());
  const std::filesystem::path file = options_.folder / kDayStatesFile;
  const auto now = std::chrono::steady_clock::now();
  try {
    if (text == told_ && now < told_at_ + kToldAnew && path_exists(file)) return;
    write_file_atomically(file, text);
    told_ = std::move(text);
    told_at_ = now;
  } catch (const Error& e) {
    log::warning("the API cannot be told which state the days are in", {{"reason", e.what()}});
  }
}

}  // namespace aml::miner
