#include "bittensor/metagraph_json.h"

#include <fmt/format.h>

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "base/error.h"
#include "bittensor/ss58.h"

namespace aml::bittensor {

using Json = nlohmann::ordered_json;

namespace {

template <typename T>
T member(const Json& json, const char* name, T otherwise, const std::string& where) {
  const auto found = json.find(name);
  if (found == json.end() || found->is_null()) return otherwise;
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    if (!found->is_number_unsigned() ||
        found->template get<std::uint64_t>() > std::numeric_limits<T>::max()) {
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
  if (!ss58_decode(neuron.hotkey)) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: the hotkey of uid {} is no ss58 address", where, neuron.uid));
  }
  return neuron;
}

}  // namespace

Metagraph parse_metagraph(std::string_view text, const std::string& where) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) throw Error(ErrorKind::bad_input, where + " is no JSON object");
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
  }
  return Json{{"netuid", graph.netuid},
              {"block", graph.block},
              {"tempo", graph.tempo},
              {"weights_rate_limit", graph.weights_rate_limit},
              {"neurons", neurons}}
      .dump(2);
}

}  // namespace aml::bittensor
