#include "validator/validator.h"

#include <openssl/rand.h>

#include <array>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/threads.h"
#include "bittensor/metagraph_json.h"
#include "sot/download.h"
#include "validator/ensemble_file.h"

namespace aml::validator {

namespace fs = std::filesystem;

namespace {

// Before any folder of it is used, the data folder itself.
const fs::path& made(const fs::path& folder) {
  make_folders(folder);
  return folder;
}

// What the draws of traps and samples come from: made once, readable by the owner alone.
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

}  // namespace

Validator::Validator(ValidatorOptions options, sot::ObjectStore& store,
                     bittensor::ChainClient& chain, bittensor::Keypair hotkey)
    : options_(std::move(options)),
      store_(store),
      chain_(chain),
      hotkey_(std::move(hotkey)),
      ledger_(made(options_.data_dir), SqlDatabase::Mode::read_write),
      bodies_(folder("submissions")),
      secret_(load_secret(folder("secret"))),
      sender_(weight_options(), ledger_, chain_) {
  bodies_.clear_leftovers();
}

WeightOptions Validator::weight_options() {
  WeightOptions options;
  options.netuid = options_.netuid;
  options.hotkey = hotkey_.ss58();
  options.version_key = options_.version_key;
  options.is_enabled = options_.set_weights;
  options.burns = options_.burns;
  options.burn_uid = options_.burn_uid;
  options.on_read = [this](const bittensor::Metagraph& graph) { note_chain(graph); };
  return options;
}

fs::path Validator::snapshot_folder(const std::string& date) const {
  return folder("snapshots") / date;
}

std::string Validator::key(const std::string& date, const std::string& file) const {
  return options_.network + "/" + date + "/" + std::to_string(options_.window_days) + "/" + file;
}

void Validator::fetch_snapshot(Date date) {
  // A round keeps the snapshot it began with: miners are bound to its sha256.
  const fs::path target = snapshot_folder(date.text());
  if (ledger_.round(date.text()) && path_exists(target / sot::kAlertsFile)) return;
  const sot::DownloadReport report =
      sot::download({sot::SnapshotId{options_.network, date, options_.window_days}, target, false,
                     nullptr, options_.connections, true},
                    store_);
  for (const std::string& warning : report.warnings) log::warning(warning);
}

bool Validator::fetch(const std::string& object, const fs::path& file) {
  constexpr std::uint64_t kMostBytes = 268'435'456;
  if (!store_.stat(object)) return false;
  make_folders(file.parent_path());
  write_file_atomically(file, sot::read_object(store_, object, kMostBytes));
  return true;
}

snapshot::SnapshotOptions Validator::snapshot_options(const std::string& date) const {
  return {.directory = snapshot_folder(date),
          .threads = options_.threads,
          .memory_limit = options_.memory_limit,
          .max_rows = options_.max_rows};
}

Day Validator::day_of(const std::string& date) const {
  return load_day(snapshot_options(date), options_.models_dir);
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
  for (const bittensor::Neuron& neuron : metagraph().neurons) {
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
  ledger_.enroll(date, miners);
}

void Validator::run_round(Date date) {
  fetch_snapshot(date);
  const std::string text = date.text();
  if (ledger_.is_judged(text, Stage::day) &&
      file_size_if_exists(ensemble_path(options_.data_dir, text))) {
    return;
  }
  const Day day = day_of(text);
  const RoundRecord round = ledger_.open_round(
      {text, options_.network, options_.window_days, day.snapshot_sha256, "", false, ""});
  enroll(text);
  if (!round.asked) ask_everyone(round, day);
  const bool is_judged = ledger_.is_judged(text, Stage::day);
  if (!is_judged) ask_some_again(round, day);
  Answers answers = read_answers(round, day);
  if (!is_judged) judge(round, day, Stage::day, {}, "", answers);
  write_ensemble(round, day, answers);
  intend_weights(text, Stage::day);
  remove_old_snapshots(text);
  remove_old_references(text);
}

std::vector<Date> Validator::days_due() {
  const std::vector<RoundRecord> rounds = ledger_.rounds();
  if (rounds.empty()) return {sot::latest_date(store_, options_.network, options_.window_days)};
  const Date last = Date::require(rounds.front().date, "the ledger's newest round");
  std::set<Date> due{last};
  Date newest = last;
  try {
    newest = sot::latest_date(store_, options_.network, options_.window_days);
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::unavailable) throw;
    log::warning("the SOT cannot say whether there are new days", {{"why", e.what()}});
    return {last};
  }
  for (const std::string& name : store_.folders(options_.network + "/")) {
    const auto date = Date::parse(name);
    if (date && *date > last && *date <= newest &&
        store_.stat(key(name, sot::kAlertsFile)).has_value()) {
      due.insert(*date);
    }
  }
  return {due.begin(), due.end()};
}

void Validator::remove_old_snapshots(const std::string& newest) const {
  const Date oldest = Date::require(newest, "round").plus_days(-options_.keep_snapshots);
  for (const fs::path& path : list_folder_if_possible(folder("snapshots"))) {
    const auto date = Date::parse(path.filename().string());
    if (date && *date < oldest) try_remove_tree(path);
  }
}

}  // namespace aml::validator
