#include "miner/metagraph_watch.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/log.h"
#include "base/threads.h"
#include "bittensor/metagraph_json.h"

namespace aml::miner {

namespace {

using std::chrono::system_clock;

constexpr std::chrono::seconds kFirstPause{5};

}  // namespace

const bittensor::Neuron* KnownMetagraph::find(std::string_view hotkey) const {
  const auto found = by_hotkey.find(std::string(hotkey));
  return found == by_hotkey.end() ? nullptr : &graph.neurons[found->second];
}

std::size_t KnownMetagraph::validators_beside(std::string_view own_hotkey) const {
  return static_cast<std::size_t>(std::count_if(
      graph.neurons.begin(), graph.neurons.end(),
      [&](const auto& neuron) { return neuron.validator_permit && neuron.hotkey != own_hotkey; }));
}

double KnownMetagraph::age_seconds() const {
  return std::chrono::duration<double>(system_clock::now() - read_at).count();
}

MetagraphWatch::MetagraphWatch(std::unique_ptr<bittensor::ChainClient> chain, WatchOptions options)
    : chain_(std::move(chain)), options_(std::move(options)) {
  load_file();
  thread_ = start_thread([this] { run(); });
}

MetagraphWatch::~MetagraphWatch() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  chain_->interrupt();
}

std::shared_ptr<const KnownMetagraph> MetagraphWatch::known() const {
  const std::lock_guard lock(mutex_);
  return known_;
}

void MetagraphWatch::set(KnownMetagraph known) {
  for (std::size_t i = 0; i < known.graph.neurons.size(); ++i) {
    known.by_hotkey[known.graph.neurons[i].hotkey] = i;
  }
  auto shared = std::make_shared<const KnownMetagraph>(std::move(known));
  const std::lock_guard lock(mutex_);
  known_ = std::move(shared);
}

void MetagraphWatch::run() {
  std::chrono::seconds pause = kFirstPause;
  while (true) {
    const bool done = look();
    pause = done ? options_.interval : std::min(options_.interval, pause);
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, pause, [this] { return ending_ || woken_; });
    if (ending_) return;
    woken_ = false;
    pause = done ? kFirstPause : 2 * pause;
  }
}

// The last door of the thread: what goes wrong here ends no miner.
bool MetagraphWatch::look() {
  try {
    return refresh() && look_at_own_row();
  } catch (const std::exception& e) {
    log::error("unexpected: a defect of this program", {{"reason", e.what()}});
    return false;
  }
}

bool MetagraphWatch::refresh() {
  try {
    KnownMetagraph fresh{chain_->metagraph(options_.netuid), system_clock::now()};
    save_file(fresh.graph);
    log::info("metagraph read",
              {{"block", fresh.graph.block}, {"neurons", fresh.graph.neurons.size()}});
    set(std::move(fresh));
    return true;
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::interrupted) return false;
    const auto last = known();
    if (e.kind() == ErrorKind::not_found) {
      log::error("there is no such subnet: check --netuid", {{"reason", e.what()}});
    } else if (e.kind() != ErrorKind::unavailable) {
      log::warning(last ? "the chain could not be read; the last known metagraph is used"
                        : "the chain could not be read, and no metagraph is known yet",
                   {{"reason", e.what()}});
    } else if (last) {
      log::warning("the chain is out of reach; the last known metagraph is used",
                   {{"reason", e.what()}, {"age_seconds", last->age_seconds()}});
    } else {
      log::warning("the chain is out of reach, and no metagraph is known yet",
                   {{"reason", e.what()}});
    }
    return false;
  }
}

void MetagraphWatch::announce(bittensor::AxonAddress address) {
  {
    const std::lock_guard lock(mutex_);
    wanted_ = std::move(address);
    woken_ = true;
  }
  changed_.notify_all();
}

// False where our row does not say what it should: then it is looked at again soon.
bool MetagraphWatch::look_at_own_row() {
  const auto last = known();
  if (options_.hotkey.empty() || !last) return true;
  const bittensor::Neuron* own = last->find(options_.hotkey);
  if (own == nullptr) {
    if (is_registered_) {
      log::warning(
          "this hotkey is not registered on the subnet, or has left it: nobody will ask; "
          "check --netuid",
          {{"hotkey", options_.hotkey}, {"netuid", options_.netuid}});
    }
    is_registered_ = false;
    return true;
  }
  is_registered_ = true;
  std::optional<bittensor::AxonAddress> wanted;
  {
    const std::lock_guard lock(mutex_);
    wanted = wanted_;
  }
  if (!wanted || (own->host == wanted->ip && own->port == wanted->port)) return true;
  return try_to_announce(*wanted, *own, last->graph);
}

bool MetagraphWatch::try_to_announce(const bittensor::AxonAddress& address,
                                     const bittensor::Neuron& own,
                                     const bittensor::Metagraph& graph) {
  const std::uint64_t since = graph.block - std::min(graph.block, own.announced_at);
  if (own.announced_at > 0 && since < graph.rules.serving_rate_limit) {
    log::info("our address waits for the chain's rate limit",
              {{"blocks", graph.rules.serving_rate_limit - since}});
    return false;
  }
  try {
    const auto receipt = chain_->serve_axon(options_.netuid, address);
    if (!receipt.accepted) {
      log::warning("the chain did not take our address", {{"reason", receipt.message}});
      return false;
    }
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::interrupted) return false;
    log::warning("our address could not be announced", {{"reason", e.what()}});
    return false;
  }
  log::info("address announced", {{"ip", address.ip}, {"port", address.port}});
  return true;
}

void MetagraphWatch::load_file() {
  if (options_.file.empty() || !file_size_if_exists(options_.file)) return;
  try {
    const std::string text = read_file(options_.file, bittensor::kMostMetagraphBytes);
    KnownMetagraph last{bittensor::parse_metagraph(text, options_.file.string()),
                        changed_at(options_.file)};
    if (last.graph.netuid == options_.netuid) set(std::move(last));
  } catch (const Error& e) {
    log::warning("the last known metagraph cannot be read", {{"reason", e.what()}});
  }
}

void MetagraphWatch::save_file(const bittensor::Metagraph& graph) const {
  if (options_.file.empty()) return;
  try {
    write_file_atomically(options_.file, bittensor::metagraph_json(graph) + "\n");
  } catch (const Error& e) {
    log::warning("the metagraph cannot be kept for the next start", {{"reason", e.what()}});
  }
}

}  // namespace aml::miner
