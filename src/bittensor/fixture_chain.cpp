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
#include "bittensor/ss58.h"

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

template <typename T>
T member(const Json& json, const char* name, T otherwise, const std::string& where) {
  const auto found = json.find(name);
  if (found == json.end() || found->is_null()) return otherwise;
  try {
    return found->template get<T>();
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorKind::bad_input, fmt::format("{}: {} is of the wrong type", where, name));
  }
}

Neuron parse_neuron(const Json& json, const std::string& where) {
  if (!json.is_object()) throw Error(ErrorKind::bad_input, where + ": a neuron is no object");
  Neuron neuron;
  neuron.uid = member<std::uint16_t>(json, "uid", 0, where);
  neuron.hotkey = member<std::string>(json, "hotkey", "", where);
  neuron.coldkey = member<std::string>(json, "coldkey", "", where);
  neuron.stake = member(json, "stake", 0.0, where);
  neuron.validator_permit = member(json, "validator_permit", false, where);
  neuron.host = member<std::string>(json, "host", "", where);
  neuron.port = member<std::uint16_t>(json, "port", 0, where);
  neuron.last_update = member<std::uint64_t>(json, "last_update", 0, where);
  neuron.registered_at = member<std::uint64_t>(json, "registered_at", 0, where);
  if (!ss58_decode(neuron.hotkey)) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: the hotkey of uid {} is no ss58 address", where, neuron.uid));
  }
  return neuron;
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

Metagraph parse_metagraph(std::string_view text, const std::string& where) {
  const Json json = parse(text, where);
  Metagraph graph;
  graph.netuid = member<std::uint16_t>(json, "netuid", 0, where);
  graph.block = member<std::uint64_t>(json, "block", 0, where);
  graph.tempo = member<std::uint16_t>(json, "tempo", 0, where);
  graph.weights_rate_limit = member<std::uint64_t>(json, "weights_rate_limit", 0, where);
  const auto neurons = json.find("neurons");
  if (neurons == json.end() || !neurons->is_array()) {
    throw Error(ErrorKind::bad_input, where + ": neurons must be a list");
  }
  for (const Json& neuron : *neurons) graph.neurons.push_back(parse_neuron(neuron, where));
  return graph;
}

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
