#include "simulation/alerts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "simulation/random.h"

namespace aml::simulation {

namespace {

constexpr std::uint64_t kAlertStream = 12;

using Volume = AlertVolume;

// Looks like a version 5 UUID.
std::string uuid(std::uint64_t key) {
  const std::uint64_t high = mix(key);
  const std::uint64_t low = mix(high);
  return fmt::format("{:08x}-{:04x}-5{:03x}-{:x}{:03x}-{:012x}", high >> 32, high >> 16 & 0xffff,
                     high & 0xfff, 8 + (low >> 62), low >> 48 & 0xfff, low & 0xffffffffffff);
}

MicroUsd volume_of(const AddressFeatures& features, Volume volume) {
  const MicroUsd in = features.amounts.total_in;
  const MicroUsd out = features.amounts.total_out;
  if (volume == Volume::incoming) return in;
  return volume == Volume::outgoing ? out : std::max(in, out);
}

Severity grade(double strength, double volume_usd, Random& random) {
  const double size = std::clamp((std::log10(volume_usd + 1) - 2.5) / 3.5, 0.0, 1.0);
  const double score = 0.5 * strength + 0.5 * size + 0.12 * random.normal();
  if (score < 0.38) return Severity::low;
  if (score < 0.58) return Severity::medium;
  return score < 0.75 ? Severity::high : Severity::critical;
}

void suspect(const AddressFeatures& features, const Exposure& exposure, Random& random,
             Alert& alert) {
  const double guess = random.uniform();
  if (exposure.mixer > 0 && guess < 0.35) {
    alert.suspected_type = "mixer";
    alert.suspected_subtype = "tornado_cash";
  } else if (features.parties.parties >= 100 && guess < 0.7) {
    alert.suspected_type = "exchange";
    alert.suspected_subtype = "hot_wallet";
  } else if (features.parties.reciprocity > 0.5 && guess < 0.5) {
    alert.suspected_type = "contract";
  } else if (features.is_new && features.parties.senders >= 4 && guess < 0.3) {
    alert.suspected_type = "scam";
    alert.suspected_subtype = "phishing";
  } else if (guess < 0.55) {
    alert.suspected_type = "wallet";
  }
}

std::vector<std::string> indicators(const AlertRule& rule, const AddressFeatures& features,
                                    const Exposure& exposure, double strength, Random& random) {
  struct Sign {
    bool present;
    const char* name;
  };
  const Sign signs[] = {
      {*rule.indicator != '\0' && strength > 0.4, rule.indicator},
      {features.is_new, "new_address"},
      {features.is_dormant, "dormant_reactivated"},
      {exposure.mixer > 0, "mixer_interaction"},
      {features.times.night_share > 0.5, "night_activity"},
      {features.amounts.predictability > 0.75, "round_amounts"},
      {features.volume_usd() > 100'000, "high_volume"},
      {features.anomaly.suspicious > 0.5, "high_risk_counterparty"},
  };
  std::vector<std::string> result;
  for (const Sign& sign : signs) {
    // The desk's lists are old and its clerks tired.
    const bool seen = random.chance(0.85);
    const bool repeated = std::find(result.begin(), result.end(), sign.name) != result.end();
    if (sign.present && seen && !repeated) result.emplace_back(sign.name);
  }
  return result;
}

std::int64_t detection(const TimeFeatures& times, const Window& window, Random& random) {
  const double span = static_cast<double>(times.last_ms - times.first_ms);
  const std::int64_t moment = times.first_ms + std::llround(span * random.uniform(0.3, 1.0)) +
                              std::llround(random.exponential(3) * static_cast<double>(kMsPerHour));
  return std::min(moment, window.end_ms - 1);
}

std::string evidence(const Alert& alert, const AlertRule& rule, const AddressFeatures& features,
                     int hops) {
  const double hours =
      static_cast<double>(features.times.last_ms - features.times.first_ms) / kMsPerHour;
  return fmt::format(
      R"({{"typology":"{}","tx_count":{},"volume_usd":{:.2f},"hops":{},"time_span_hours":{:.1f},)"
      R"("first_seen":{},"last_seen":{},"detection_timestamp":{},"pattern_matches":[{}],)"
      R"("counterparties":{}}})",
      rule.typology, features.transactions(), static_cast<double>(alert.volume) / kMicrosPerUsd,
      hops, hours, features.times.first_ms, features.times.last_ms, alert.detected_ms,
      alert.pattern_type.empty() ? "" : '"' + alert.pattern_type + '"', features.parties.parties);
}

std::string describe(const Alert& alert, const AlertRule& rule, const AddressFeatures& features,
                     const std::string& address, int days) {
  std::string activity = rule.typology;
  for (char& c : activity) c = c == '_' ? ' ' : static_cast<char>(std::tolower(c));
  return fmt::format(
      "Suspected {} activity: {} transactions, ${:.2f} moved by {}... within {} days", activity,
      features.transactions(), static_cast<double>(alert.volume) / kMicrosPerUsd,
      address.substr(0, 10), days);
}

Alert raise(const AlertInputs& inputs, const Complaint& complaint, std::size_t pattern,
            std::size_t pattern_size) {
  const AlertRule& rule = alert_rules()[complaint.rule];
  const AddressFeatures& features = inputs.features[complaint.address];
  const Exposure& exposure = inputs.exposures[complaint.address];
  const std::uint64_t key = mix({inputs.key, kAlertStream, complaint.rule, complaint.address});
  Random random(key);
  Alert alert;
  alert.id = uuid(key);
  alert.address = complaint.address;
  alert.rule = complaint.rule;
  alert.strength = complaint.strength;
  if (pattern > 0) {
    alert.pattern_type = rule.pattern_type;
    alert.pattern_id = fmt::format("pat_{}_{:06d}", rule.pattern_type, pattern);
  }
  alert.volume = volume_of(features, rule.volume);
  const double volume_usd = static_cast<double>(alert.volume) / kMicrosPerUsd;
  alert.severity = grade(complaint.strength, volume_usd, random);
  alert.confidence =
      std::clamp(0.3 + 0.45 * complaint.strength + inputs.habits.confidence_noise * random.normal(),
                 0.01, 0.99);
  suspect(features, exposure, random, alert);
  alert.risk_indicators = indicators(rule, features, exposure, complaint.strength, random);
  alert.detected_ms = detection(features.times, inputs.window, random);
  const int hops = static_cast<int>(std::clamp<std::size_t>(pattern_size, 1, 12));
  alert.evidence_json = evidence(alert, rule, features, hops);
  alert.description =
      describe(alert, rule, features, inputs.addresses[alert.address], inputs.window.days());
  return alert;
}

}  // namespace

const char* severity_name(Severity severity) {
  constexpr const char* kNames[] = {"low", "medium", "high", "critical"};
  return kNames[static_cast<std::size_t>(severity)];
}

std::vector<Alert> raise_alerts(const AlertInputs& inputs, std::size_t count) {
  const std::vector<Complaint> complaints = choose_complaints(inputs, count);
  const std::vector<std::size_t> patterns = find_patterns(inputs, complaints);
  std::vector<std::size_t> sizes(complaints.size() + 1);
  for (const std::size_t pattern : patterns) ++sizes[pattern];
  sizes[0] = 1;
  std::vector<Alert> alerts;
  alerts.reserve(complaints.size());
  for (std::size_t i = 0; i < complaints.size(); ++i) {
    alerts.push_back(raise(inputs, complaints[i], patterns[i], sizes[patterns[i]]));
  }
  std::sort(alerts.begin(), alerts.end(),
            [](const Alert& a, const Alert& b) { return a.id < b.id; });
  return alerts;
}

}  // namespace aml::simulation
