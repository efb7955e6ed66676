#include "bittensor/metagraph_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "base/error.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/text_member.h"
#include "bittensor/ss58.h"

namespace aml::bittensor {

using Json = nlohmann::ordered_json;

namespace {

// Of kept files; the adapter's answers and fixtures have none.
constexpr std::uint64_t kMetagraphFormat = 1;

template <typename T>
T member(const Json& json, const char* name, T otherwise, const std::string& where) {
  const auto found = json.find(name);
  if (found == json.end() || found->is_null()) return otherwise;
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    // Ledger and log know no larger numbers.
    constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();
    const std::uint64_t most = std::min<std::uint64_t>(kLargest, std::numeric_limits<T>::max());
    if (!found->is_number_unsigned() || found->template get<std::uint64_t>() > most) {
      throw Error(ErrorKind::bad_input, fmt::format("{}: {} is out of range", where, name));
    }
  }
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
  neuron.announced_at = member<std::uint64_t>(json, "announced_at", 0, where);
  if (!ss58_decode(neuron.hotkey)) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: the hotkey of uid {} is no ss58 address", where, neuron.uid));
  }
  return neuron;
}

SubnetRules parse_rules(const Json& json, const std::string& where) {
  SubnetRules rules;
  const auto number = [&](const char* name, std::uint64_t otherwise) {
    return member<std::uint64_t>(json, name, otherwise, where);
  };
  rules.serving_rate_limit = number("serving_rate_limit", 0);
  rules.version_key = number("weights_version_key", 0);
  rules.min_weights = number("min_allowed_weights", 0);
  rules.stake_threshold = member(json, "stake_threshold", 0.0, where);
  rules.activity_cutoff = number("activity_cutoff", 0);
  rules.commit_reveal = member(json, "commit_reveal", false, where);
  rules.owner_hotkey = member<std::string>(json, "owner_hotkey", "", where);
  rules.mechanisms = number("mechanisms", 1);
  rules.null_consensus = member(json, "null_consensus", false, where);
  return rules;
}

std::vector<Neuron> parse_neurons(const Json& list, const std::string& where) {
  std::vector<Neuron> neurons;
  std::string first_flaw;
  for (const Json& json : list) {
    try {
      neurons.push_back(parse_neuron(json, where));
    } catch (const Error& e) {  // costs itself, unless it is the rule
      if (first_flaw.empty()) first_flaw = e.what();
    }
  }
  const std::size_t unread = list.size() - neurons.size();
  if (2 * unread > list.size()) throw Error(ErrorKind::bad_input, first_flaw);
  if (unread > 0) {
    log::warning("neurons of the metagraph cannot be read and are passed over",
                 {{"neurons", unread}, {"first", first_flaw}});
  }
  return neurons;
}

Json rules_json(const SubnetRules& rules) {
  return {{"serving_rate_limit", rules.serving_rate_limit},
          {"weights_version_key", rules.version_key},
          {"min_allowed_weights", rules.min_weights},
          {"stake_threshold", rules.stake_threshold},
          {"activity_cutoff", rules.activity_cutoff},
          {"commit_reveal", rules.commit_reveal},
          {"owner_hotkey", rules.owner_hotkey},
          {"mechanisms", rules.mechanisms},
          {"null_consensus", rules.null_consensus}};
}

}  // namespace

Metagraph parse_metagraph(std::string_view text, const std::string& where) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) throw Error(ErrorKind::bad_input, where + " is no JSON object");
  if (member<std::uint64_t>(json, "format_version", kMetagraphFormat, where) > kMetagraphFormat) {
    throw Error(ErrorKind::bad_input, where + " was written by a newer program");
  }
  Metagraph graph;
  graph.netuid = member<std::uint16_t>(json, "netuid", 0, where);
  graph.block = member<std::uint64_t>(json, "block", 0, where);
  graph.tempo = member<std::uint16_t>(json, "tempo", 0, where);
  graph.weights_rate_limit = member<std::uint64_t>(json, "weights_rate_limit", 0, where);
  const auto neurons = json.find("neurons");
  if (neurons == json.end() || !neurons->is_array()) {
    throw Error(ErrorKind::bad_input, where + ": neurons must be a list");
  }
  graph.neurons = parse_neurons(*neurons, where);
  graph.rules = parse_rules(json, where);
  const auto commits = json.find("waiting_commits");
  if (commits != json.end() && commits->is_array()) {
    graph.waiting_commits.emplace();
    for (const Json& round : *commits) {
      if (round.is_number_unsigned()) graph.waiting_commits->push_back(round.get<std::uint64_t>());
    }
  }
  return graph;
}

std::string metagraph_json(const Metagraph& graph) {
  Json neurons = Json::array();
  for (const Neuron& neuron : graph.neurons) {
    neurons.push_back({{"uid", neuron.uid},
                       {"hotkey", neuron.hotkey},
                       {"coldkey", neuron.coldkey},
                       {"stake", neuron.stake},
                       {"validator_permit", neuron.validator_permit},
                       {"host", neuron.host},
                       {"port", neuron.port},
                       {"last_update", neuron.last_update},
                       {"registered_at", neuron.registered_at}});
    if (neuron.announced_at > 0) neurons.back()["announced_at"] = neuron.announced_at;
  }
  Json json{{"format_version", kMetagraphFormat},
            {"netuid", graph.netuid},
            {"block", graph.block},
            {"tempo", graph.tempo},
            {"weights_rate_limit", graph.weights_rate_limit}};
  json.update(rules_json(graph.rules));
  json["neurons"] = neurons;
  return json.dump(2);
}

BlockStamp parse_block_stamp(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    return {json.at("block").get<std::uint64_t>(), json.at("hash").get<std::string>(),
            json.at("time_ms").get<std::int64_t>()};
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorKind::bad_input, "a block's stamp cannot be read");
  }
}

std::string block_stamp_json(const BlockStamp& stamp) {
  return Json{{"block", stamp.block}, {"hash", stamp.hash}, {"time_ms", stamp.time_ms}}.dump();
}

CommitmentLogs parse_commitment_logs(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) throw Error(ErrorKind::bad_input, "the commitments are no JSON object");
  CommitmentLogs logs;
  for (const auto& [hotkey, list] : json.items()) {
    std::vector<CommitmentEntry>& log = logs[hotkey];
    if (!list.is_array()) continue;
    for (const Json& entry : list) {
      // One that cannot be read is still one of those that the chain keeps.
      CommitmentEntry read;
      if (entry.is_object() && entry.contains("block") && entry["block"].is_number_unsigned()) {
        read.block = entry["block"].get<std::uint64_t>();
        const std::string hex = text_member(entry, "bytes");
        std::vector<std::uint8_t> bytes(hex.size() / 2);
        if (from_hex(hex, bytes)) read.bytes.assign(bytes.begin(), bytes.end());
      }
      log.push_back(std::move(read));
    }
  }
  return logs;
}

}  // namespace aml::bittensor
