#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/http_client.h"
#include "bittensor/chain.h"

namespace aml::bittensor {

// Reads the chain's storage from a node's JSON-RPC over HTTP, without the SDK: a cross-check of the
// adapter, and enough for a miner that needs no announcing. Layouts are those of the pallet
// SubtensorModule as of November 2026; a runtime that changes them makes answers fail or stakes
// wrong, so weights and addresses are never written this way. A neuron's stake is its
// TotalHotkeyAlpha on the subnet.
class RpcChain : public ChainClient {
 public:
  // `urls` behind commas: where one does not answer, the next is asked.
  RpcChain(const std::string& urls, std::chrono::milliseconds timeout);

  std::uint64_t block() override;
  Metagraph metagraph(std::uint16_t netuid) override;
  ChainReceipt serve_axon(std::uint16_t netuid, const AxonAddress& address) override;
  ChainReceipt set_weights(std::uint16_t netuid, const Weights& weights) override;
  std::string description() const override { return "rpc " + urls_.front(); }

 private:
  HttpResponse send(const HttpRequest& request);
  // The result as JSON text. Throws Error{unavailable} with the last node's words.
  std::string call(std::string_view method, const std::string& parameters);
  std::string call_at(const std::string& url, std::string_view method,
                      const std::string& parameters);
  // The raw values of storage keys at a block, empty where there is none.
  std::vector<std::string> values(const std::vector<std::string>& keys,
                                  const std::string& block_hash);

  std::vector<std::string> urls_;
  std::chrono::milliseconds timeout_;
  HttpClient client_;
};

}  // namespace aml::bittensor
