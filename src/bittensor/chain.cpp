#include "bittensor/chain.h"

#include <algorithm>

#include "base/error.h"
#include "bittensor/adapter_chain.h"
#include "bittensor/fixture_chain.h"
#include "bittensor/rpc_chain.h"

namespace aml::bittensor {

const Neuron* Metagraph::find(std::string_view hotkey) const {
  const auto found = std::find_if(neurons.begin(), neurons.end(),
                                  [&](const Neuron& neuron) { return neuron.hotkey == hotkey; });
  return found == neurons.end() ? nullptr : &*found;
}

namespace {

constexpr std::string_view kRpc = "rpc:";

Error keeps_none(const ChainClient& chain) {
  return {ErrorKind::usage, "commitments cannot be read or made through " + chain.description() +
                                ": choose --chain adapter"};
}

}  // namespace

std::string ChainClient::genesis_hash() { throw keeps_none(*this); }
std::optional<BlockStamp> ChainClient::first_block_at(std::int64_t) { throw keeps_none(*this); }
CommitmentLogs ChainClient::commitments(std::uint16_t) { throw keeps_none(*this); }
ChainReceipt ChainClient::commit(std::uint16_t, const std::string&) { throw keeps_none(*this); }

bool is_read_only(std::string_view chain) { return chain.starts_with(kRpc); }

std::unique_ptr<ChainClient> open_chain(const ChainOptions& options) {
  constexpr std::string_view kFixture = "fixture:";
  if (options.chain.starts_with(kFixture)) {
    return std::make_unique<FixtureChain>(options.chain.substr(kFixture.size()), options.hotkey);
  }
  if (options.chain == "adapter") return std::make_unique<AdapterChain>(options);
  if (is_read_only(options.chain)) {
    return std::make_unique<RpcChain>(options.chain.substr(kRpc.size()), options.timeout);
  }
  throw Error(ErrorKind::usage, "the chain is named fixture:FILE, adapter or rpc:URL");
}

}  // namespace aml::bittensor
