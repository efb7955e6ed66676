#include "simulation/features.h"

#include "base/threads.h"
#include "simulation/anomaly_features.h"
#include "simulation/graph.h"
#include "simulation/own_features.h"

namespace aml::simulation {

namespace {

constexpr std::size_t kBlock = 512;

}  // namespace

std::vector<AddressFeatures> compute_features(const Economy& economy, const Ledger& ledger,
                                              const Window& window, std::size_t asset_count,
                                              std::uint64_t key, int threads) {
  std::vector<AddressFeatures> features(ledger.address_count());
  parallel_blocks(features.size(), kBlock, threads, [&](std::size_t begin, std::size_t end) {
    throw_if_stop_requested();
    for (auto id = static_cast<AddressId>(begin); id < end; ++id) {
      AddressFeatures& one = features[id];
      one.tx_in = static_cast<std::uint32_t>(ledger.incoming(id).size());
      one.tx_out = static_cast<std::uint32_t>(ledger.outgoing(id).size());
      one.amounts = amount_features(ledger, id);
      one.times = time_features(ledger, window, id);
      one.parties = party_features(ledger, asset_count, id);
      one.is_new = economy.is_new(id);
      one.is_dormant = economy.is_dormant(id);
    }
  });
  std::vector<double> volumes_usd;
  volumes_usd.reserve(features.size());
  for (const AddressFeatures& one : features) volumes_usd.push_back(one.volume_usd());
  const std::vector<GraphFeatures> positions =
      graph_features(Graph(ledger), volumes_usd, key, threads);
  for (std::size_t i = 0; i < features.size(); ++i) features[i].graph = positions[i];
  add_anomaly_features(features, key, threads);
  return features;
}

}  // namespace aml::simulation
