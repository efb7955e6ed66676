#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bittensor/miner_client.h"
#include "snapshot/parquet_source.h"

namespace aml::validator {

struct ValidatorOptions {
  std::filesystem::path data_dir;  // ledger, submissions, snapshots, secret
  std::string network;
  int window_days = 7;
  std::uint16_t netuid = 0;
  std::filesystem::path models_dir;                   // the stock models: the baseline
  std::vector<std::filesystem::path> reference_dirs;  // models that anyone has besides
  // The stock recipe is trained on so many of the newest truths at the most (reference_counts()).
  int reference_days = 10;
  std::chrono::minutes reference_time{30};  // what is not trained for a round by then is left out
  // Several days with more labelled alerts than so many together are left out too: 8 kB for each
  // stand in memory meanwhile.
  std::size_t reference_alerts = 500'000;
  bittensor::AskLimits limits;
  bittensor::Places places = bittensor::Places::global;
  std::set<std::string>
      own_hotkeys{};  // of the operator's own miners: asked at private addresses too
  // Miners that have nothing yet are asked again until the window after the round's begin closes.
  std::chrono::seconds ask_window{0};
  std::chrono::seconds ask_pause{60};
  std::size_t asked_twice = 3;  // miners of a round that are asked a second time
  int truth_days = 45;          // rounds so old are still looked up for their truth
  int keep_snapshots = 45;      // days
  int keep_bodies = 365;        // days; at least as many as are still judged; 0: for ever
  // Rounds begin after the day's deadline, and pay only answers that were committed before it.
  bool demands_commitments = false;
  bool set_weights = true;
  std::uint64_t version_key = 0;
  // The weight that nobody earned goes to this UID, or to the subnet owner's; or nowhere.
  bool burns = false;
  std::optional<std::uint16_t> burn_uid{};
  bool must_burn = false;        // WeightOptions::must_burn
  std::size_t taught_days = 10;  // the newest truths that anyone's knowledge is learned from
  int connections = 8;
  int threads = 1;
  std::string memory_limit;
  std::int64_t max_rows = snapshot::kMaxRows;  // of each file of a snapshot
};

}  // namespace aml::validator
