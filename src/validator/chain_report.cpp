#include "validator/chain_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace aml::validator {

namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> warnings_of(const bittensor::Metagraph& graph,
                                     const bittensor::Neuron* own, const WeightOptions& options,
                                     std::size_t weights) {
  std::vector<std::string> found;
  const bittensor::SubnetRules& rules = graph.rules;
  if (rules.null_consensus) {
    found.push_back(
        fmt::format("subnet {} runs null consensus, which is not supported: no weights are sent",
                    options.netuid));
  }
  if (rules.mechanisms > 1) {
    found.push_back(fmt::format(
        "subnet {} has {} mechanisms: others than mechanism 0 are not supported and get no weights",
        options.netuid, rules.mechanisms));
  }
  if (own == nullptr) {
    found.push_back(fmt::format("hotkey {} is not registered on subnet {}: check --netuid",
                                options.hotkey, options.netuid));
    return found;
  }
  if (!options.is_enabled) return found;
  if (!own->validator_permit) {
    found.emplace_back("this hotkey holds no validator permit: the chain will refuse its weights");
  }
  if (own->stake < rules.stake_threshold) {
    found.push_back(
        fmt::format("this hotkey's stake, {:g}, is below the threshold, {:g}: the chain will "
                    "refuse its weights",
                    own->stake, rules.stake_threshold));
  }
  if (options.version_key < rules.version_key) {
    found.push_back(fmt::format(
        "the subnet wants version key {}: the chain will refuse weights of {} (--version-key)",
        rules.version_key, options.version_key));
  }
  if (weights < rules.min_weights) {
    found.push_back(fmt::format(
        "the subnet wants at least {} weights, and there are {}: the chain will refuse them",
        rules.min_weights, weights));
  }
  const std::uint64_t idle = graph.block - std::min(graph.block, own->last_update);
  if (rules.activity_cutoff > 0 && own->last_update > 0 && idle > rules.activity_cutoff) {
    found.push_back(fmt::format(
        "no weights for {} blocks, more than the cutoff of {}: this validator counts as inactive",
        idle, rules.activity_cutoff));
  }
  return found;
}

}  // namespace

ChainReport report_chain(const bittensor::Metagraph& graph, const WeightOptions& options,
                         std::size_t weights, const std::string& read_at) {
  const bittensor::Neuron* own = graph.find(options.hotkey);
  ChainReport report;
  report.warnings = warnings_of(graph, own, options, weights);
  const bittensor::SubnetRules& rules = graph.rules;
  Json json{{"netuid", options.netuid}, {"block", graph.block}, {"read_at", read_at}};
  json["uid"] = own != nullptr ? Json(own->uid) : Json(nullptr);
  json["validator_permit"] = own != nullptr && own->validator_permit;
  json["stake"] = own != nullptr ? own->stake : 0;
  json["last_update"] = own != nullptr ? own->last_update : 0;
  json["stake_threshold"] = rules.stake_threshold;
  json["version_key"] = rules.version_key;
  json["min_weights"] = rules.min_weights;
  json["activity_cutoff"] = rules.activity_cutoff;
  json["weights_rate_limit"] = graph.weights_rate_limit;
  json["resend_blocks"] = resend_blocks(graph);
  json["commit_reveal"] = rules.commit_reveal;
  json["warnings"] = report.warnings;
  report.json = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return report;
}

}  // namespace aml::validator
