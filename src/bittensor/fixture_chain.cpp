#include "bittensor/fixture_chain.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/file_lock.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/hex.h"
#include "base/text_file.h"
#include "base/text_member.h"
#include "bittensor/metagraph_json.h"

namespace aml::bittensor {

using Json = nlohmann::ordered_json;

namespace {

constexpr int kLockAttempts = 500;
constexpr std::chrono::milliseconds kLockPause{10};
constexpr std::int64_t kBlockMs = 12'000;
constexpr std::uint64_t kRoundsPerBlock = 4;  // of drand, one each three seconds

Error unreachable(const std::string& why) { return {ErrorKind::unavailable, why}; }

FileLock lock(const std::filesystem::path& path) {
  for (int attempt = 0; attempt < kLockAttempts; ++attempt) {
    if (auto held = FileLock::try_acquire(path.string() + ".lock")) return std::move(*held);
    std::this_thread::sleep_for(kLockPause);
  }
  throw unreachable("another process holds " + path.string() + ".lock");
}

struct File {
  Json json;
  Metagraph graph;
};

// A chain that cannot be read is out of reach.
File read_chain(const std::filesystem::path& path) {
  try {
    File file;
    const std::string text = read_file(path, kMostMetagraphBytes);
    file.graph = parse_metagraph(text, path.string());
    file.json = Json::parse(text);
    if (file.json.value("away", false)) throw unreachable(path.string() + " is away, it says");
    return file;
  } catch (const Json::exception& e) {
    throw unreachable(fmt::format("{}: {}", path.string(), e.what()));
  } catch (const Error& e) {
    throw unreachable(e.what());
  }
}

// What stands in the file where something else should makes it a chain that is out of reach, too.
template <typename Body>
auto readable(const std::filesystem::path& path, const Body& body) {
  try {
    return body();
  } catch (const Json::exception& e) {
    throw unreachable(fmt::format("{}: {}", path.string(), e.what()));
  }
}

ChainReceipt refused(std::string message, std::uint64_t block) {
  ChainReceipt receipt;
  receipt.message = std::move(message);
  receipt.block = block;
  return receipt;
}

ChainReceipt lost() {
  ChainReceipt receipt;
  receipt.message = "Connection lost while waiting. The transaction may already be on chain";
  receipt.is_certain = false;
  return receipt;
}

using Refusal = std::optional<std::string>;

// Applies `change` to the file, unless it or a rule refuses. REQUIRES: its lock is held.
ChainReceipt change_locked(const std::filesystem::path& path, const std::string& hotkey,
                           std::uint16_t netuid,
                           const std::function<Refusal(const Metagraph&, const Neuron&)>& rule,
                           const std::function<void(Json& whole, Json& neuron)>& change) {
  File file = read_chain(path);
  const Metagraph& graph = file.graph;
  const std::string lose = text_member(file.json, "lose");
  if (lose == "before") return lost();
  if (graph.netuid != netuid) return refused("there is no such subnet", graph.block);
  if (file.json.contains("refuse")) {
    return refused(file.json["refuse"].get<std::string>(), graph.block);
  }
  const Neuron* own = graph.find(hotkey);
  if (own == nullptr) return refused("the hotkey is not registered on this subnet", graph.block);
  if (auto refusal = rule(graph, *own)) return refused(std::move(*refusal), graph.block);
  file.json["block"] = graph.block + 1;
  for (Json& neuron : file.json["neurons"]) {
    if (!neuron.is_object() || neuron["hotkey"] != hotkey) continue;
    change(file.json, neuron);
    break;  // what was added to the whole has moved what this loop stands in
  }
  write_file_atomically(path, file.json.dump(2) + "\n");
  if (lose == "after") return lost();
  ChainReceipt receipt;
  receipt.accepted = true;
  receipt.block = graph.block + 1;
  return receipt;
}

bool is_too_fast(std::uint64_t block, std::uint64_t last, std::uint64_t limit) {
  return last > 0 && block - std::min(block, last) < limit;
}

ChainReceipt change_file(const std::filesystem::path& path, const std::string& hotkey,
                         std::uint16_t netuid,
                         const std::function<Refusal(const Metagraph&, const Neuron&)>& rule,
                         const std::function<void(Json& whole, Json& neuron)>& change) {
  const FileLock held = lock(path);
  return readable(path, [&] { return change_locked(path, hotkey, netuid, rule, change); });
}

// What a runtime checks, under its names.
Refusal weights_rule(const Metagraph& graph, const Neuron& own, const Weights& weights) {
  const SubnetRules& rules = graph.rules;
  if (is_too_fast(graph.block, own.last_update, graph.weights_rate_limit)) {
    return "SettingWeightsTooFast";
  }
  if (own.stake < rules.stake_threshold) return "NotEnoughStakeToSetWeights";
  // Files of tests may give permits to nobody.
  const bool has_permits = std::any_of(graph.neurons.begin(), graph.neurons.end(),
                                       [](const Neuron& n) { return n.validator_permit; });
  if (has_permits && !own.validator_permit) return "NeuronNoValidatorPermit";
  if (weights.version_key < rules.version_key) return "IncorrectWeightVersionKey";
  if (weights.uids.size() < rules.min_weights) return "WeightVecLengthIsLow";
  return std::nullopt;
}

std::string block_hash(std::uint64_t block) {
  return "0x" + hash_text(HashKind::sha256, fmt::format("fixture block {}", block));
}

// The time of block 0.
std::int64_t genesis_ms(const File& file, const std::filesystem::path& path) {
  const auto found = file.json.find("genesis_ms");
  if (found == file.json.end() || !found->is_number_integer()) {
    throw Error(ErrorKind::usage,
                path.string() + " keeps no commitments: it names no \"genesis_ms\"");
  }
  return found->get<std::int64_t>();
}

}  // namespace

FixtureChain::FixtureChain(std::filesystem::path path, std::string hotkey)
    : path_(std::move(path)), hotkey_(std::move(hotkey)) {
  // A file may come, or be damaged for a while: then the chain is out of reach. What is none stays
  // so.
  if (path_exists(path_)) require_regular_file(path_);
}

std::uint64_t FixtureChain::block() { return read_chain(path_).graph.block; }

Metagraph FixtureChain::metagraph(std::uint16_t netuid) {
  return readable(path_, [&] { return read_metagraph(netuid); });
}

Metagraph FixtureChain::read_metagraph(std::uint16_t netuid) const {
  File file = read_chain(path_);
  Metagraph& graph = file.graph;
  if (graph.netuid != netuid) {
    throw Error(ErrorKind::not_found, fmt::format("{} has subnet {}, not {}: check --netuid",
                                                  path_.string(), graph.netuid, netuid));
  }
  if (graph.rules.commit_reveal) {
    graph.waiting_commits.emplace();
    const Json commits = file.json.value("commits", Json::object());
    if (commits.contains(hotkey_)) {
      graph.waiting_commits->push_back(commits[hotkey_].value("reveal_round", std::uint64_t{0}));
    }
  }
  return graph;
}

ChainReceipt FixtureChain::serve_axon(std::uint16_t netuid, const AxonAddress& address) {
  const auto rule = [](const Metagraph& graph, const Neuron& own) -> Refusal {
    const bool refused = is_too_fast(graph.block, own.announced_at, graph.rules.serving_rate_limit);
    return refused ? Refusal("ServingRateLimitExceeded") : std::nullopt;
  };
  return change_file(path_, hotkey_, netuid, rule, [&](Json& whole, Json& neuron) {
    neuron["host"] = address.ip;
    neuron["port"] = address.port;
    neuron["announced_at"] = whole["block"];
  });
}

ChainReceipt FixtureChain::set_weights(std::uint16_t netuid, const Weights& weights) {
  std::uint64_t reveal_round = 0;
  const auto rule = [&](const Metagraph& graph, const Neuron& own) {
    return weights_rule(graph, own, weights);
  };
  ChainReceipt receipt = change_file(path_, hotkey_, netuid, rule, [&](Json& whole, Json& neuron) {
    neuron["last_update"] = whole["block"];
    Json set{{"block", whole["block"]},
             {"version_key", weights.version_key},
             {"uids", weights.uids},
             {"values", weights.values}};
    if (!whole.value("commit_reveal", false)) {
      whole["weights"][hotkey_] = std::move(set);
      return;
    }
    // Whoever moves it from "commits" to "weights" has revealed it.
    reveal_round = whole["block"].get<std::uint64_t>() * kRoundsPerBlock;
    set["reveal_round"] = reveal_round;
    whole["commits"][hotkey_] = std::move(set);
  });
  if (receipt.accepted) receipt.reveal_round = reveal_round;
  return receipt;
}

std::string FixtureChain::genesis_hash() { return block_hash(0); }

std::optional<BlockStamp> FixtureChain::first_block_at(std::int64_t time_ms) {
  const File file = read_chain(path_);
  const std::int64_t since = std::max<std::int64_t>(0, time_ms - genesis_ms(file, path_));
  const std::int64_t block = (since + kBlockMs - 1) / kBlockMs;
  if (block > static_cast<std::int64_t>(file.graph.block)) return std::nullopt;
  const auto number = static_cast<std::uint64_t>(block);
  return BlockStamp{number, block_hash(number), genesis_ms(file, path_) + block * kBlockMs};
}

CommitmentLogs FixtureChain::commitments(std::uint16_t) {
  const File file = read_chain(path_);
  genesis_ms(file, path_);
  const auto found = file.json.find("commitments");
  return parse_commitment_logs(found == file.json.end() ? "{}" : found->dump());
}

ChainReceipt FixtureChain::commit(std::uint16_t netuid, const std::string& entry) {
  genesis_ms(read_chain(path_), path_);
  const auto rule = [](const Metagraph&, const Neuron&) -> Refusal { return std::nullopt; };
  return change_file(path_, hotkey_, netuid, rule, [&](Json& whole, Json&) {
    Json& log = whole["commitments"][hotkey_];
    log.push_back({{"bytes", to_hex(std::string_view(entry))}, {"block", whole["block"]}});
    while (log.size() > kKeptCommitments) log.erase(0);
  });
}

}  // namespace aml::bittensor
