#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bittensor/commitment_log.h"

// The chain: who is registered on a subnet, where they listen, and the weights validators set.
namespace aml::bittensor {

struct Neuron {
  std::uint16_t uid = 0;
  std::string hotkey;   // ss58
  std::string coldkey;  // ss58; empty where the source does not say
  double stake = 0;     // the hotkey's total stake on the subnet, in its alpha
  bool validator_permit = false;
  std::string host;                 // of its axon, an IP address; empty: none
  std::uint16_t port = 0;           // 0: none
  std::uint64_t last_update = 0;    // block of its last weights
  std::uint64_t registered_at = 0;  // block; 0 where the source does not say
  std::uint64_t announced_at = 0;   // block of its axon; 0 where the source does not say

  bool has_axon() const { return !host.empty() && port != 0; }
};

// What a subnet asks of whoever sets weights or announces an address. Nothing is known of what the
// source does not say.
struct SubnetRules {
  std::uint64_t serving_rate_limit = 0;  // blocks between two serve_axon of a hotkey
  std::uint64_t version_key = 0;         // weights of an older key are refused
  std::uint64_t min_weights = 0;         // fewer weights are refused
  double stake_threshold = 0;            // less stake is refused
  std::uint64_t activity_cutoff = 0;     // blocks after which a validator counts as inactive
  bool commit_reveal = false;            // weights are committed encrypted, and revealed later
  std::string owner_hotkey{};            // of the subnet, ss58
  std::uint64_t mechanisms = 1;          // of the subnet; we know mechanism 0
  bool null_consensus = false;           // there is none, and we do not know such subnets
};

struct Metagraph {
  std::uint16_t netuid = 0;
  std::uint64_t block = 0;               // at which it was read
  std::uint16_t tempo = 0;               // blocks of an epoch; 0: unknown
  std::uint64_t weights_rate_limit = 0;  // blocks between two set_weights of a hotkey
  std::vector<Neuron> neurons;           // by uid
  SubnetRules rules{};
  // The drand rounds of our hotkey's committed weights that wait for being revealed; nothing where
  // the source does not say.
  std::optional<std::vector<std::uint64_t>> waiting_commits{};
  // The neuron of a hotkey, or null.
  const Neuron* find(std::string_view hotkey) const;
};

struct AxonAddress {
  std::string ip;
  std::uint16_t port = 0;
};

struct Weights {
  std::vector<std::uint16_t> uids;
  std::vector<double> values;  // of the uids, in [0, 1]; the chain's own rounding follows
  std::uint64_t version_key = 0;
};

// What the chain made of a request.
struct ChainReceipt {
  bool accepted = false;
  std::string message;      // the chain's own words where it refused; may be empty otherwise
  std::uint64_t block = 0;  // in which it was included; 0: unknown
  // False where it was sent and nobody knows what became of it: refused by a node's pool, the
  // connection was lost, no block came in time. It may be on the chain already, or get there until
  // kChainEraBlocks have passed. Only the chain's state tells.
  bool is_certain = true;
  bool is_lasting = false;         // it was refused, and another try makes nothing else
  std::uint64_t reveal_round = 0;  // of drand, where weights were committed; 0: they were not
};

// A block of the chain, final: it stays.
struct BlockStamp {
  std::uint64_t block = 0;
  std::string hash;          // as the chain writes it
  std::int64_t time_ms = 0;  // of the chain's clock, since 1970
};

// Blocks for which a request that was sent may still be included.
inline constexpr std::uint64_t kChainEraBlocks = 32;

using CommitmentLogs = std::map<std::string, std::vector<CommitmentEntry>>;

// One connection to the chain, acting for one hotkey; for one thread at a time. Every function
// throws Error{unavailable} where the chain cannot be reached, Error{internal} where it can but
// what speaks to it fails, and Error{interrupted} where a stop was requested meanwhile. What was
// sent before that may have arrived.
class ChainClient {
 public:
  ChainClient() = default;
  virtual ~ChainClient() = default;
  ChainClient(const ChainClient&) = delete;
  ChainClient& operator=(const ChainClient&) = delete;

  virtual std::uint64_t block() = 0;
  // Throws Error{not_found} where there is no such subnet.
  virtual Metagraph metagraph(std::uint16_t netuid) = 0;
  // Announces where the hotkey's server listens. Error{usage} where the client only reads.
  virtual ChainReceipt serve_axon(std::uint16_t netuid, const AxonAddress& address) = 0;
  // REQUIRES: as many uids as values, and some. Error{usage} where the client only reads.
  virtual ChainReceipt set_weights(std::uint16_t netuid, const Weights& weights) = 0;

  // Commitments of the subnet's hotkeys (commitment_log.h). Error{usage} where the chain keeps none
  // for this client.
  // The hash of the first block.
  virtual std::string genesis_hash();
  // The first final block at or after that time; nothing where there is none yet.
  virtual std::optional<BlockStamp> first_block_at(std::int64_t time_ms);
  // All that the chain keeps, by hotkey, oldest first.
  virtual CommitmentLogs commitments(std::uint16_t netuid);
  // Adds to our hotkey's. REQUIRES: commitment_entry().
  virtual ChainReceipt commit(std::uint16_t netuid, const std::string& entry);
  // Whether a second, different root of a day voids that day, and does not replace the first.
  virtual bool is_first_final() const { return false; }
  // Tells what was committed to whoever could not be told yet. Throws as the others do.
  virtual void finish_commits() {}

  // Ends a call that is under way, and all later ones, with Error{interrupted}. From any thread.
  virtual void interrupt() {}
  // "fixture /path", "adapter finney": for the log.
  virtual std::string description() const = 0;
};

struct ChainOptions {
  // fixture:FILE   a JSON metagraph, docs/protocol.md; written to by serve_axon and set_weights
  // adapter        the official SDK in a process of its own; reads and writes
  // rpc:URL        a node's JSON-RPC over HTTP; reads only; further URLs behind commas
  std::string chain;
  // adapter: network or ws:// endpoint, as the SDK takes it; further endpoints behind commas are
  // tried in their order where those before do not answer
  std::string network = "finney";
  std::string adapter_command{};               // empty: that beside the program
  std::filesystem::path hotkey_file{};         // adapter: whose hotkey signs
  std::string hotkey{};                        // ss58 of the same; fixture: who acts
  std::chrono::milliseconds timeout{120'000};  // for one answer
};

// Whether a chain of that name can only be read.
bool is_read_only(std::string_view chain);

// Throws Error{usage} where `chain` is none of the above.
std::unique_ptr<ChainClient> open_chain(const ChainOptions& options);

}  // namespace aml::bittensor
