#include "bittensor/fixture_chain.h"

#include <fmt/format.h>

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/file_lock.h"
#include "base/files.h"
#include "bittensor/metagraph_json.h"

namespace aml::bittensor {

using Json = nlohmann::ordered_json;

namespace {

constexpr int kLockAttempts = 500;
constexpr std::chrono::milliseconds kLockPause{10};

Json parse(std::string_view text, const std::string& where) {
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) throw Error(ErrorKind::bad_input, where + " is no JSON object");
  return json;
}

FileLock lock(const std::filesystem::path& path) {
  for (int attempt = 0; attempt < kLockAttempts; ++attempt) {
    if (auto held = FileLock::try_acquire(path.string() + ".lock")) return std::move(*held);
    std::this_thread::sleep_for(kLockPause);
  }
  throw Error(ErrorKind::unavailable, "another process holds " + path.string() + ".lock");
}

// Applies `change` to the file, unless it or the file refuses.
ChainReceipt change_file(const std::filesystem::path& path, const std::string& hotkey,
                         std::uint16_t netuid,
                         const std::function<void(Json& whole, Json& neuron)>& change) {
  const FileLock held = lock(path);
  Json json = parse(read_file(path), path.string());
  const Metagraph graph = parse_metagraph(json.dump(), path.string());
  if (graph.netuid != netuid) return {false, "there is no such subnet", graph.block};
  if (json.contains("refuse")) return {false, json["refuse"].get<std::string>(), graph.block};
  for (Json& neuron : json["neurons"]) {
    if (neuron["hotkey"] != hotkey) continue;
    json["block"] = graph.block + 1;
    change(json, neuron);
    write_file_atomically(path, json.dump(2) + "\n");
    return {true, "", graph.block + 1};
  }
  return {false, "the hotkey is not registered on this subnet", graph.block};
}

}  // namespace

FixtureChain::FixtureChain(std::filesystem::path path, std::string hotkey)
    : path_(std::move(path)), hotkey_(std::move(hotkey)) {}

std::uint64_t FixtureChain::block() {
  try {
    return parse_metagraph(read_file(path_), path_.string()).block;
  } catch (const Error& e) {
    throw Error(ErrorKind::unavailable, e.what());
  }
}

Metagraph FixtureChain::metagraph(std::uint16_t netuid) {
  std::optional<Metagraph> graph;
  try {
    graph = parse_metagraph(read_file(path_), path_.string());
  } catch (const Error& e) {  // a chain that cannot be read is out of reach
    throw Error(ErrorKind::unavailable, e.what());
  }
  if (graph->netuid != netuid) {
    throw Error(ErrorKind::not_found,
                fmt::format("{} has subnet {}, not {}", path_.string(), graph->netuid, netuid));
  }
  return std::move(*graph);
}

ChainReceipt FixtureChain::serve_axon(std::uint16_t netuid, const AxonAddress& address) {
  return change_file(path_, hotkey_, netuid, [&](Json&, Json& neuron) {
    neuron["host"] = address.ip;
    neuron["port"] = address.port;
  });
}

ChainReceipt FixtureChain::set_weights(std::uint16_t netuid, const Weights& weights) {
  return change_file(path_, hotkey_, netuid, [&](Json& whole, Json& neuron) {
    neuron["last_update"] = whole["block"];
    whole["weights"][hotkey_] = {{"block", whole["block"]},
                                 {"version_key", weights.version_key},
                                 {"uids", weights.uids},
                                 {"values", weights.values}};
  });
}

}  // namespace aml::bittensor
