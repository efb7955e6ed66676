#include "miner/metagraph_watch.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/log.h"
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

double KnownMetagraph::age_seconds() const {
  return std::chrono::duration<double>(system_clock::now() - read_at).count();
}

MetagraphWatch::MetagraphWatch(std::unique_ptr<bittensor::ChainClient> chain, WatchOptions options)
    : chain_(std::move(chain)), options_(std::move(options)) {
  load_file();
  thread_ = std::jthread([this] { run(); });
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
    const bool done = refresh() && try_to_announce();
    pause = done ? options_.interval : std::min(options_.interval, pause);
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, pause, [this] { return ending_ || woken_; });
    if (ending_) return;
    woken_ = false;
    pause = done ? kFirstPause : 2 * pause;
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
    if (last) {
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
    unannounced_ = std::move(address);
    woken_ = true;
  }
  changed_.notify_all();
}

// False where there is an address that the chain has not taken.
bool MetagraphWatch::try_to_announce() {
  std::optional<bittensor::AxonAddress> address;
  {
    const std::lock_guard lock(mutex_);
    address = unannounced_;
  }
  if (!address) return true;
  try {
    const auto receipt = chain_->serve_axon(options_.netuid, *address);
    if (!receipt.accepted) {
      log::warning("the chain did not take our address", {{"reason", receipt.message}});
      return false;
    }
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::interrupted) return false;
    log::warning("our address could not be announced", {{"reason", e.what()}});
    return false;
  }
  log::info("address announced", {{"ip", address->ip}, {"port", address->port}});
  const std::lock_guard lock(mutex_);
  unannounced_.reset();
  return true;
}

void MetagraphWatch::load_file() {
  if (options_.file.empty() || !file_size_if_exists(options_.file)) return;
  try {
    KnownMetagraph last{
        bittensor::parse_metagraph(read_file(options_.file), options_.file.string()),
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
