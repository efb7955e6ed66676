#include "bittensor/chain.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/http_address.h"
#include "bittensor/adapter_chain.h"
#include "bittensor/chain_names.h"
#include "bittensor/fixture_chain.h"
#include "bittensor/rpc_chain.h"

namespace aml::bittensor {

const Neuron* Metagraph::find(std::string_view hotkey) const {
  const auto found = std::find_if(neurons.begin(), neurons.end(),
                                  [&](const Neuron& neuron) { return neuron.hotkey == hotkey; });
  return found == neurons.end() ? nullptr : &*found;
}

namespace {

constexpr std::string_view kFixture = "fixture:";
constexpr std::string_view kRpc = "rpc:";

// What is wrong with one of the networks behind commas; empty where nothing is seen to be. What
// names there are, the SDK knows.
std::string refuse_network(std::string_view text) {
  if (text.find_first_not_of(' ') == std::string_view::npos) return "names nothing";
  text.remove_prefix(text.find_first_not_of(' '));
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return {};
  const std::string_view scheme = text.substr(0, scheme_end);
  if (scheme != "ws" && scheme != "wss") return "must be a name, or begin with ws:// or wss://";
  // The rest is written as behind http.
  return refuse_http_address("http" + std::string(text.substr(scheme_end))).empty()
             ? ""
             : "must name a host behind ws:// or wss://";
}

template <typename Refuse>
void check_each(const std::string& option, std::string_view list, Refuse refuse) {
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    const std::string why = refuse(std::string(list.substr(begin, end - begin)));
    if (!why.empty()) throw Error(ErrorKind::usage, fmt::format("{} {}", option, why));
    begin = end + 1;
  }
}

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

void check_chain(const ChainOptions& options) {
  const std::string_view chain = options.chain;
  if (chain == "adapter") {
    check_each("--chain-network", options.network, refuse_network);
  } else if (is_read_only(chain)) {
    check_each("--chain: what stands behind rpc:", chain.substr(kRpc.size()), refuse_http_address);
  } else if (!chain.starts_with(kFixture)) {
    throw Error(ErrorKind::usage, "the chain is named fixture:FILE, adapter or rpc:URL");
  }
}

std::unique_ptr<ChainClient> open_chain(const ChainOptions& options) {
  check_chain(options);
  if (options.chain.starts_with(kFixture)) {
    return std::make_unique<FixtureChain>(options.chain.substr(kFixture.size()), options.hotkey);
  }
  if (options.chain == "adapter") return std::make_unique<AdapterChain>(options);
  return std::make_unique<RpcChain>(options.chain.substr(kRpc.size()), options.timeout);
}

}  // namespace aml::bittensor
