#include "simulation/alert_rules.h"

#include <algorithm>
#include <cmath>

namespace aml::simulation {

namespace {

using Features = AddressFeatures;

// 0 up to `low`, 1 from `high` on, straight in between.
double ramp(double value, double low, double high) {
  return std::clamp((value - low) / (high - low), 0.0, 1.0);
}

// The lesser of what came and what went over the greater: 1 where nothing stays.
double pass_through(const Features& one) {
  const auto in = static_cast<double>(one.amounts.total_in);
  const auto out = static_cast<double>(one.amounts.total_out);
  return std::max(in, out) > 0 ? std::min(in, out) / std::max(in, out) : 0;
}

double digits(double usd) { return std::log10(std::max(usd, 1.0)); }

double hours_active(const Features& one) {
  return static_cast<double>(one.times.last_ms - one.times.first_ms) / kMsPerHour;
}

double fan_in(const Features& one, const Exposure&) {
  const double many = ramp(std::log2(1.0 + one.parties.senders), 2, 5);
  const double one_way =
      1 - ramp(one.parties.receivers, 0.3 * one.parties.senders, 1.0 * one.parties.senders + 1);
  return many * (0.3 + 0.7 * one_way) * ramp(digits(one.volume_usd()), 2.5, 4.5);
}

double fan_out(const Features& one, const Exposure&) {
  const double many = ramp(std::log2(1.0 + one.parties.receivers), 2, 5);
  const double one_way =
      1 - ramp(one.parties.senders, 0.3 * one.parties.receivers, 1.0 * one.parties.receivers + 1);
  return many * (0.3 + 0.7 * one_way) * ramp(digits(one.volume_usd()), 2.5, 4.5);
}

double rapid_fan_out(const Features& one, const Exposure&) {
  const double many = ramp(one.parties.receivers, 2, 10);
  return many * ramp(one.times.burst_factor, 1.5, 5) * (0.4 + 0.6 * pass_through(one)) *
         ramp(digits(one.volume_usd()), 2.5, 4.5);
}

double hub(const Features& one, const Exposure&) {
  const double both = std::min(one.parties.senders, one.parties.receivers);
  return ramp(both, 4, 25) * (0.5 + 0.5 * one.anomaly.graph) * ramp(one.graph.kcore, 3, 10);
}

double structuring(const Features& one, const Exposure&) {
  const double hits = one.amounts.structuring * one.transactions();
  return ramp(one.amounts.structuring, 0.05, 0.6) * (0.4 + 0.6 * ramp(hits, 1, 6));
}

double layering(const Features& one, const Exposure&) {
  const double few = 1 - ramp(one.parties.parties, 6, 20);
  const double large = ramp(digits(one.volume_usd()), 3, 4.8);
  return ramp(pass_through(one), 0.6, 0.98) * few * large * ramp(one.transactions(), 1, 4);
}

double cycle(const Features& one, const Exposure&) {
  const double back = std::max(one.parties.reciprocity, ramp(one.graph.clustering, 0.02, 0.3));
  return back * ramp(pass_through(one), 0.4, 0.95) * ramp(digits(one.volume_usd()), 2.8, 4.8) *
         ramp(one.transactions(), 2, 6);
}

double fresh_to_exchange(const Features& one, const Exposure& exposure) {
  if (!one.is_new && !one.is_dormant) return 0;
  const double share = static_cast<double>(exposure.exchange) / one.transactions();
  return ramp(share, 0.1, 0.6) * (0.3 + 0.7 * pass_through(one)) *
         ramp(digits(one.volume_usd()), 2.5, 4.5);
}

double mixing(const Features& one, const Exposure& exposure) {
  const double share = static_cast<double>(exposure.mixer) / one.transactions();
  const double equal = ramp(one.amounts.predictability, 0.4, 0.8);
  return std::max(ramp(share, 0, 0.4) * 0.6 + 0.4 * equal * ramp(share, 0, 0.1),
                  0.35 * equal * ramp(one.parties.parties, 4, 15));
}

double velocity(const Features& one, const Exposure&) {
  const double per_hour = digits(one.volume_usd() / (1 + hours_active(one)));
  return ramp(per_hour, 1.2, 3.4) * (0.3 + 0.7 * ramp(pass_through(one), 0.5, 0.95)) *
         ramp(one.transactions(), 1, 5);
}

double smurfing(const Features& one, const Exposure& exposure) {
  const double many = ramp(one.parties.senders, 2, 9);
  const double alike = ramp(one.amounts.predictability, 0.3, 0.7);
  const double bought = ramp(exposure.exchange, 0, 3);
  return many * alike * (0.6 + 0.4 * bought) * ramp(digits(one.volume_usd()), 2.5, 4.2);
}

double peel_chain(const Features& one, const Exposure&) {
  const double narrow =
      (1 - ramp(one.parties.senders, 1, 4)) * (1 - ramp(one.parties.receivers, 3, 7));
  const double splits = one.parties.receivers >= 2 ? 1 : 0.25;
  return narrow * splits * ramp(pass_through(one), 0.7, 0.99) *
         ramp(digits(one.volume_usd()), 2.5, 4.5) * ramp(one.amounts.gini, 0.1, 0.5);
}

constexpr AlertRule kRules[] = {
    {"RAPID_FANOUT", "", "fan_out", 0.09, AlertVolume::outgoing, rapid_fan_out},
    {"HUB_ANOMALY", "", "high_volume", 0.06, AlertVolume::larger, hub},
    {"STRUCTURING", "", "structuring", 0.12, AlertVolume::larger, structuring},
    {"MOTIF_FANIN", "motif_fanin", "fan_in", 0.08, AlertVolume::incoming, fan_in},
    {"MOTIF_FANOUT", "motif_fanout", "fan_out", 0.08, AlertVolume::outgoing, fan_out},
    {"LAYERING_PATH", "layering_path", "rapid_movement", 0.11, AlertVolume::larger, layering},
    {"CYCLE_DETECTION", "cycle", "circular_flow", 0.08, AlertVolume::larger, cycle},
    {"FRESH_TO_EXCHANGE", "", "new_address", 0.10, AlertVolume::outgoing, fresh_to_exchange},
    {"MIXING_BEHAVIOR", "", "mixer_interaction", 0.07, AlertVolume::larger, mixing},
    {"VELOCITY_ANOMALY", "", "rapid_movement", 0.08, AlertVolume::larger, velocity},
    {"SMURFING_NETWORK", "smurfing_network", "fan_in", 0.06, AlertVolume::incoming, smurfing},
    {"PEEL_CHAIN", "peel_chain", "rapid_movement", 0.07, AlertVolume::outgoing, peel_chain},
};

}  // namespace

std::span<const AlertRule> alert_rules() { return kRules; }

std::vector<Exposure> exposures(const Economy& economy, const Ledger& ledger) {
  std::vector<Exposure> result(economy.size());
  const auto note = [&](AddressId id, AddressId other) {
    if (economy.ids(Role::mixer).contains(other)) ++result[id].mixer;
    if (economy.ids(Role::exchange).contains(other) || economy.ids(Role::deposit).contains(other)) {
      ++result[id].exchange;
    }
  };
  for (const Flow& flow : ledger.flows()) {
    note(flow.source, flow.dest);
    note(flow.dest, flow.source);
  }
  return result;
}

}  // namespace aml::simulation
