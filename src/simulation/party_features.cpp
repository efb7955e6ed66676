#include <algorithm>
#include <vector>

#include "simulation/own_features.h"
#include "simulation/statistics.h"

namespace aml::simulation {

namespace {

struct Meeting {
  AddressId party;
  std::int64_t day;
  MicroUsd amount;
  bool incoming;
};

struct Party {
  double usd = 0;
  bool sends = false;
  bool receives = false;
  bool several_days = false;
};

std::vector<Party> parties_of(const Ledger& ledger, AddressId id) {
  std::vector<Meeting> meetings;
  for (const std::uint32_t index : ledger.incoming(id)) {
    const Flow& flow = ledger.flows()[index];
    meetings.push_back({flow.source, flow.time_ms / kMsPerDay, flow.amount, true});
  }
  for (const std::uint32_t index : ledger.outgoing(id)) {
    const Flow& flow = ledger.flows()[index];
    meetings.push_back({flow.dest, flow.time_ms / kMsPerDay, flow.amount, false});
  }
  std::stable_sort(meetings.begin(), meetings.end(),
                   [](const Meeting& a, const Meeting& b) { return a.party < b.party; });
  std::vector<Party> parties;
  for (std::size_t i = 0; i < meetings.size(); ++i) {
    const bool first = i == 0 || meetings[i].party != meetings[i - 1].party;
    if (first) parties.emplace_back();
    Party& party = parties.back();
    party.usd += static_cast<double>(meetings[i].amount) / kMicrosPerUsd;
    (meetings[i].incoming ? party.sends : party.receives) = true;
    if (!first && meetings[i].day != meetings[i - 1].day) party.several_days = true;
  }
  return parties;
}

// By asset, in USD.
std::vector<double> by_asset(const Ledger& ledger, std::span<const std::uint32_t> indices,
                             std::size_t asset_count) {
  std::vector<double> usd(asset_count);
  for (const std::uint32_t index : indices) {
    const Flow& flow = ledger.flows()[index];
    usd[flow.asset] += static_cast<double>(flow.amount) / kMicrosPerUsd;
  }
  return usd;
}

std::uint32_t held(const std::vector<double>& usd) {
  return static_cast<std::uint32_t>(
      std::count_if(usd.begin(), usd.end(), [](double value) { return value > 0; }));
}

std::uint8_t main_asset(const std::vector<double>& usd) {
  return static_cast<std::uint8_t>(std::max_element(usd.begin(), usd.end()) - usd.begin());
}

void describe_assets(const Ledger& ledger, AddressId id, std::size_t asset_count,
                     PartyFeatures& result) {
  const std::vector<double> in = by_asset(ledger, ledger.incoming(id), asset_count);
  const std::vector<double> out = by_asset(ledger, ledger.outgoing(id), asset_count);
  result.assets_in = held(in);
  result.assets_out = held(out);
  result.main_asset_in = main_asset(in);
  result.main_asset_out = main_asset(out);
  double total = 0;
  double squares = 0;
  for (std::size_t i = 0; i < asset_count; ++i) {
    const double usd = in[i] + out[i];
    total += usd;
    squares += usd * usd;
  }
  result.asset_diversity = 1 - squares / (total * total);
}

}  // namespace

PartyFeatures party_features(const Ledger& ledger, std::size_t asset_count, AddressId id) {
  const std::vector<Party> parties = parties_of(ledger, id);
  PartyFeatures result;
  if (parties.empty()) return result;
  std::vector<double> volumes;
  double total = 0;
  double reciprocal_usd = 0;
  double reciprocal = 0;
  double stable = 0;
  for (const Party& party : parties) {
    volumes.push_back(party.usd);
    total += party.usd;
    result.senders += party.sends ? 1 : 0;
    result.receivers += party.receives ? 1 : 0;
    stable += party.several_days ? 1 : 0;
    if (party.sends && party.receives) {
      ++reciprocal;
      reciprocal_usd += party.usd;
    }
  }
  const auto count = static_cast<double>(parties.size());
  result.parties = static_cast<std::uint32_t>(parties.size());
  result.reciprocity = reciprocal / count;
  result.stability = stable / count;
  result.flow_entropy = entropy_bits(volumes);
  for (const double usd : volumes) result.concentration += usd / total * (usd / total);
  const double parts[] = {reciprocal_usd, total - reciprocal_usd};
  result.reciprocal_entropy = entropy_bits(parts);
  result.gini = gini(volumes);
  describe_assets(ledger, id, asset_count, result);
  return result;
}

}  // namespace aml::simulation
