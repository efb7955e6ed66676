#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bittensor/chain.h"
#include "bittensor/keypair.h"

namespace aml::miner {

// A validator that takes commitments.
struct Receiver {
  std::string hotkey;  // ss58
  std::string host;    // an IP address or a name
  std::uint16_t port = 0;

  // Of "SS58@HOST:PORT". Throws Error{usage}.
  static Receiver parse(std::string_view text);
};
inline constexpr std::size_t kMostReceivers = 16;

struct PostingOptions {
  std::filesystem::path file;  // keeps which validator confirmed what
  std::vector<Receiver> receivers;
  std::chrono::milliseconds timeout{10'000};  // for one request
  // Milliseconds since 1970; empty: the system's clock.
  std::function<std::int64_t()> now_ms{};
};

// In place of a chain, for CommitmentKeeper: roots are posted to validators, of which each keeps
// the first it gets. A root counts as committed since the first second at which one of them
// confirmed it; the others are told again and again until they confirm, refuse for good, or the
// deadline is long over. Seconds by our own clock stand for blocks.
class PostedCommitments : public bittensor::ChainClient {
 public:
  static constexpr std::size_t kKeptRoots = 10;  // as many as a chain keeps

  // Throws Error{bad_input} where the file is none of ours.
  PostedCommitments(bittensor::Keypair hotkey, PostingOptions options);

  std::uint64_t block() override;
  std::string genesis_hash() override { return ""; }
  std::optional<bittensor::BlockStamp> first_block_at(std::int64_t time_ms) override;
  bittensor::CommitmentLogs commitments(std::uint16_t netuid) override;
  // Accepted where one validator has it. Refused lastingly where each refused it for good, and
  // where another root of the day was sent.
  bittensor::ChainReceipt commit(std::uint16_t netuid, const std::string& entry) override;
  bool is_first_final() const override { return true; }
  void finish_commits() override;
  std::string description() const override { return "validators that take commitments"; }

  // Error{usage}: there is no chain.
  bittensor::Metagraph metagraph(std::uint16_t netuid) override;
  bittensor::ChainReceipt serve_axon(std::uint16_t netuid,
                                     const bittensor::AxonAddress& address) override;
  bittensor::ChainReceipt set_weights(std::uint16_t netuid,
                                      const bittensor::Weights& weights) override;

 private:
  // A root and who has it: when each validator received it, in milliseconds of its clock.
  struct Root {
    std::string date;
    std::string root;
    std::map<std::string, std::int64_t> received;
  };
  std::int64_t now_ms() const;
  // Posts it to those who have neither confirmed it nor refused it for good; why not, of those who
  // still have done neither.
  std::string post(Root& root);
  std::optional<std::int64_t> post_to(const Receiver& receiver, const Root& root, std::string& why);
  void read();
  void keep();

  const bittensor::Keypair hotkey_;
  const PostingOptions options_;
  std::vector<Root> roots_;                                // oldest first
  std::set<std::pair<std::string, std::string>> refused_;  // for good: root and validator
};

}  // namespace aml::miner
