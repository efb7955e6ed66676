#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>

#include "bittensor/chain.h"

namespace aml::miner {

struct WatchOptions {
  std::uint16_t netuid = 0;
  std::chrono::seconds interval{300};
  std::filesystem::path file{};  // keeps the last known metagraph over restarts; empty: none
  std::string hotkey{};          // ours, ss58: whose row is looked at; empty: nobody's
};

// The metagraph as it was last known, with a way to look hotkeys up.
struct KnownMetagraph {
  bittensor::Metagraph graph;
  std::chrono::system_clock::time_point read_at;
  std::unordered_map<std::string, std::size_t> by_hotkey{};
  const bittensor::Neuron* find(std::string_view hotkey) const;
  // With a permit, and another hotkey than ours.
  std::size_t validators_beside(std::string_view own_hotkey) const;
  double age_seconds() const;
};

// Reads the metagraph again and again on a thread of its own. Where our row of it has another
// address than the wanted one, that is announced, as often as the chain's rate limit allows. A
// chain out of reach is a line in the log with the age of what is known, and another try with
// growing pauses; so is a hotkey that is not registered, and a subnet that is not there.
class MetagraphWatch {
 public:
  MetagraphWatch(std::unique_ptr<bittensor::ChainClient> chain, WatchOptions options);
  // Ends the thread; a call of the chain that is under way is interrupted.
  ~MetagraphWatch();
  MetagraphWatch(const MetagraphWatch&) = delete;
  MetagraphWatch& operator=(const MetagraphWatch&) = delete;

  // Says where we listen: what our row of the metagraph is to say from now on.
  void announce(bittensor::AxonAddress address);
  // Null until the chain was read once, here or before the restart. May be called from any thread.
  std::shared_ptr<const KnownMetagraph> known() const;
  std::string source() const { return chain_->description(); }
  std::uint16_t netuid() const { return options_.netuid; }

 private:
  void run();
  bool look();
  bool refresh();
  bool look_at_own_row();
  bool try_to_announce(const bittensor::AxonAddress& address, const bittensor::Neuron& own,
                       const bittensor::Metagraph& graph);
  void set(KnownMetagraph known);
  void load_file();
  void save_file(const bittensor::Metagraph& graph) const;

  std::unique_ptr<bittensor::ChainClient> chain_;
  const WatchOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;
  bool woken_ = false;
  std::optional<bittensor::AxonAddress> wanted_;
  bool is_registered_ = true;  // when it was last looked at; only the thread asks
  std::shared_ptr<const KnownMetagraph> known_;
  std::jthread thread_;
};

}  // namespace aml::miner
