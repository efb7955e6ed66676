#include "validator/validator.h"

#include <openssl/rand.h>

#include <array>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/log.h"
#include "bittensor/metagraph_json.h"

namespace aml::validator {

namespace fs = std::filesystem;

// Made once, readable by the owner alone.
std::string load_secret(const fs::path& file) {
  constexpr std::size_t kSecretBytes = 32;
  if (!file_size_if_exists(file)) {
    std::array<unsigned char, kSecretBytes> bytes{};
    if (RAND_bytes(bytes.data(), kSecretBytes) != 1) {
      throw Error(ErrorKind::internal, "OpenSSL has no random numbers");
    }
    write_file_atomically(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                          {.access = Access::owner});
  }
  std::string secret = read_file(file);
  if (secret.size() != kSecretBytes) {
    throw Error(ErrorKind::bad_input, file.string() +
                                          " does not hold 32 bytes; remove it, and "
                                          "verdicts of earlier rounds can no longer be repeated");
  }
  return secret;
}

Validator::Validator(ValidatorOptions options, const Outside& outside, bittensor::Keypair hotkey,
                     std::string secret)
    : options_(std::move(options)),
      days_(outside.days),
      asker_(outside.asker),
      chain_(outside.chain),
      clock_(outside.clock),
      archive_(outside.archive),
      hotkey_(std::move(hotkey)),
      ledger_(outside.ledger),
      secret_(std::move(secret)),
      sender_(weight_options(), ledger_, chain_) {}

WeightOptions Validator::weight_options() {
  WeightOptions options;
  options.netuid = options_.netuid;
  options.hotkey = hotkey_.ss58();
  options.version_key = options_.version_key;
  options.is_enabled = options_.set_weights;
  options.burns = options_.burns;
  options.burn_uid = options_.burn_uid;
  options.must_burn = options_.must_burn;
  options.on_read = [this](const bittensor::Metagraph& graph) { note_chain(graph); };
  return options;
}

std::string Validator::key(const std::string& date) const {
  return options_.network + "/" + date + "/" + std::to_string(options_.window_days) + "/";
}

void Validator::fetch_snapshot(Date date) {
  // A round keeps the snapshot it began with: miners are bound to its sha256.
  if (ledger_.round(date.text()) && days_.has_snapshot(date.text())) return;
  days_.fetch_snapshot(date);
}

bittensor::Metagraph Validator::metagraph() {
  try {
    bittensor::Metagraph graph = chain_.metagraph(options_.netuid);
    ledger_.keep_metagraph(bittensor::metagraph_json(graph));
    note_chain(graph);
    return graph;
  } catch (const Error& e) {
    const bool may_pass = e.kind() == ErrorKind::unavailable || e.kind() == ErrorKind::internal;
    auto known = may_pass ? last_metagraph() : std::nullopt;
    if (!known) throw;
    log::warning(e.kind() == ErrorKind::unavailable
                     ? "the chain cannot be reached: the last known metagraph is used"
                     : "the chain could not be read: the last known metagraph is used",
                 {{"why", e.what()}});
    return std::move(*known);
  }
}

std::optional<bittensor::Metagraph> Validator::last_metagraph() {
  const std::string known = ledger_.metagraph();
  if (known.empty()) return std::nullopt;
  try {
    return bittensor::parse_metagraph(known, "the ledger's metagraph");
  } catch (const Error& e) {
    log::warning("the last known metagraph cannot be read", {{"why", e.what()}});
    return std::nullopt;
  }
}

void Validator::enroll(const std::string& date) {
  if (!ledger_.enrolled(date).empty()) return;
  std::vector<MinerRecord> miners;
  const bittensor::Metagraph graph = metagraph();
  for (const bittensor::Neuron& neuron : graph.neurons) {
    if (!neuron.has_axon() || neuron.hotkey == hotkey_.ss58()) continue;
    MinerRecord miner;
    miner.uid = neuron.uid;
    miner.hotkey = neuron.hotkey;
    miner.host = neuron.host;
    miner.port = neuron.port;
    miner.registered = static_cast<std::int64_t>(neuron.registered_at);
    miners.push_back(std::move(miner));
  }
  if (miners.empty()) {
    throw Error(ErrorKind::unavailable, "no neuron of the subnet says where it listens");
  }
  count_hotkeys(date, graph);
  ledger_.enroll(date, miners);
}

void Validator::run_round(Date date) {
  if (!may_begin(date)) return;
  // Else may_begin() has brought the one that counts.
  if (!options_.demands_commitments || ledger_.round(date.text())) fetch_snapshot(date);
  const std::string text = date.text();
  // Not for a round that has begun: it ends though the SOT be down.
  if (!ledger_.round(text)) days_.fetch_address_labels(date);
  if (ledger_.is_judged(text, Stage::day) && archive_.has_ensemble(text)) {
    remove_old(date);  // the program may have ended just before
    return;
  }
  const Day day = days_.day(text);
  const RoundRecord round =
      ledger_.open_round({text, options_.network, options_.window_days, day.snapshot_sha256,
                          utc_text(clock_.utc(), true), false, ""});
  enroll(text);
  read_commitments(text);
  if (!round.asked) ask_everyone(round, day);
  const bool is_judged = ledger_.is_judged(text, Stage::day);
  if (!is_judged) ask_some_again(round, day);
  Answers answers = read_answers(round, day);
  if (!is_judged) judge(round, day, Stage::day, {}, "", answers);
  // Last, because a round that has its ensemble is not looked at again.
  intend_weights(text, Stage::day);
  write_ensemble(round, day, answers);
  remove_old(date);
}

// Snapshots, models and bodies of days that are not kept any longer.
void Validator::remove_old(Date newest) {
  days_.remove_before(newest.plus_days(-options_.keep_snapshots));
  constexpr const char* kRemoved = "bodies_removed_before";
  if (options_.keep_bodies == 0) return;
  const std::string oldest = newest.plus_days(-options_.keep_bodies).text();
  const std::string removed = ledger_.kept(kRemoved);
  if (oldest <= removed) return;
  for (const std::string& body : ledger_.bodies_of(removed, oldest)) archive_.remove(body);
  constexpr const char* kAfterAllDates = "~";
  const std::vector<std::string> named = ledger_.bodies_of(oldest, kAfterAllDates);
  archive_.remove_others({named.begin(), named.end()},
                         clock_.utc() - std::chrono::days(options_.keep_bodies));
  ledger_.keep(kRemoved, oldest);
}

// Where answers are asked for after a deadline, the newest day published is no round yet, and the
// next may be published before it is one: so the newest of which the deadline has passed, too.
std::vector<Date> Validator::first_days() {
  const Date newest = days_.newest();
  if (!options_.demands_commitments) return {newest};
  std::vector<Date> published;
  for (const Date date : days_.folders()) {
    if (date <= newest && days_.is_published(date)) published.push_back(date);
  }
  std::vector<Date> due;
  for (std::size_t i = published.size(); i-- > 0;) {
    due.insert(due.begin(), published[i]);
    if (deadline(published[i])) break;
  }
  return due;
}

std::vector<Date> Validator::days_due() {
  const std::vector<RoundRecord> rounds = ledger_.rounds();
  if (rounds.empty()) return first_days();
  const Date last = Date::require(rounds.front().date, "the ledger's newest round");
  std::set<Date> due{last};
  Date newest = last;
  try {
    newest = days_.newest();
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::unavailable) throw;
    log::warning("the SOT cannot say whether there are new days", {{"why", e.what()}});
    return {last};
  }
  for (const Date date : days_.folders()) {
    if (date > last && date <= newest && days_.is_published(date)) due.insert(date);
  }
  return {due.begin(), due.end()};
}

}  // namespace aml::validator
