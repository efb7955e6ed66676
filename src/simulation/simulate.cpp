#include "simulation/simulate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/progress.h"
#include "base/threads.h"
#include "simulation/alerts.h"
#include "simulation/clusters.h"
#include "simulation/everyday.h"
#include "simulation/features.h"
#include "simulation/schemes.h"
#include "simulation/tables.h"
#include "simulation/typologies/typology.h"
#include "sot/snapshot.h"

namespace aml::simulation {

namespace fs = std::filesystem;

namespace {

// At scale 1; and what the smallest economy needs to hold one of everything.
constexpr double kAlerts = 50'000;
constexpr double kClusters = 5'000;
constexpr std::size_t kLeastAddresses = 250;
constexpr std::size_t kLeastFlows = 2'500;
constexpr std::size_t kLeastAlerts = 25;
constexpr std::size_t kLeastClusters = 3;

constexpr std::uint64_t kSchemeStream = 1;
constexpr std::uint64_t kEverydayStream = 2;
constexpr std::uint64_t kFeatureStream = 3;
constexpr std::uint64_t kAlertStream = 4;

std::size_t scaled(double at_one, double scale, std::size_t least) {
  return std::max(least, static_cast<std::size_t>(std::llround(at_one * scale)));
}

void check(const Options& options) {
  if (!(options.scale > 0 && options.scale <= kMostScale)) {
    throw Error(ErrorKind::usage, fmt::format("--scale {} must be above 0 and at most {}",
                                              options.scale, kMostScale));
  }
  if (options.window_days < 1 || options.window_days > kMostWindowDays) {
    throw Error(ErrorKind::usage, fmt::format("--days {} must be between 1 and {}",
                                              options.window_days, kMostWindowDays));
  }
  // Timestamps are milliseconds since 1970, none below 0, and years have four digits.
  const Date date = options.processing_date;
  const bool is_told =
      date.plus_days(-options.window_days).epoch_ms() >= 0 && Date::parse(date.plus_days(1).text());
  if (!is_told) {
    throw Error(ErrorKind::usage,
                fmt::format("--processing-date {} with a window of {} days: the window must begin "
                            "in 1970 or later, and the day end before the year 10000",
                            date.text(), options.window_days));
  }
}

// Networks of one seed have nothing to do with each other.
std::uint64_t network_seed(const Options& options) {
  std::uint64_t key = options.seed;
  for (const char c : options.network) key = mix({key, static_cast<std::uint64_t>(c)});
  return key;
}

std::vector<std::string> spell_addresses(const Network& network, const Economy& economy,
                                         int threads) {
  constexpr std::size_t kBlock = 8192;
  std::vector<std::string> addresses(economy.size());
  parallel_blocks(addresses.size(), kBlock, threads, [&](std::size_t begin, std::size_t end) {
    for (std::size_t id = begin; id < end; ++id) {
      addresses[id] = network.address(economy.address_number(static_cast<AddressId>(id)));
    }
  });
  return addresses;
}

void write_meta(const Options& options, const fs::path& snapshot) {
  sot::SnapshotMeta meta;
  meta.network = options.network;
  meta.processing_date = options.processing_date.text();
  meta.window_days = options.window_days;
  for (const char* name :
       {sot::kAlertsFile, sot::kFeaturesFile, sot::kClustersFile, sot::kMoneyFlowsFile}) {
    const fs::path file = snapshot / name;
    FileHashes hashes = hash_file_both(file);
    meta.files[name] = {file_size_if_exists(file), std::move(hashes.md5), std::move(hashes.sha256)};
  }
  write_file_atomically(snapshot / sot::kMetaFile, meta.to_json());
}

// Steps towards a finished snapshot, for people who watch.
class Steps {
 public:
  void done() { progress_.add(1); }

 private:
  Progress progress_{"simulate", 6, Progress::Unit::items};
};

std::vector<bool> laundering_of(const Economy& economy) {
  std::vector<bool> result(economy.size());
  for (AddressId id = 0; id < economy.size(); ++id) result[id] = economy.is_laundering(id);
  return result;
}

void count_schemes(const Schemes& schemes, Summary& summary) {
  const auto rows = typologies();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    summary.schemes[rows[i].name] = schemes.laundered[i];
    summary.schemes[rows[i].look_alike] = schemes.lived[i];
  }
}

}  // namespace

Summary simulate(const Options& options, const fs::path& snapshot, const fs::path& truth) {
  check(options);
  Steps steps;
  const std::uint64_t seed = network_seed(options);
  const std::int64_t end_ms = options.processing_date.epoch_ms();
  const std::uint64_t key = mix(
      {seed, static_cast<std::uint64_t>(end_ms), static_cast<std::uint64_t>(options.window_days)});
  const Network network(options.network, seed);
  const Window window{end_ms - options.window_days * kMsPerDay, end_ms};
  const Habits& habits = options.habits;
  const std::size_t alert_count = scaled(kAlerts, options.scale, kLeastAlerts);
  const auto address_count = static_cast<AddressId>(
      scaled(kAlerts * habits.addresses_per_alert, options.scale, kLeastAddresses));
  const std::size_t flow_count = scaled(
      kAlerts * habits.addresses_per_alert * habits.flows_per_address, options.scale, kLeastFlows);
  Economy economy(address_count, seed, options.processing_date, habits);

  Summary summary;
  std::vector<Flow> flows;
  {
    Schemes schemes = play_schemes(economy, network, window, mix({key, kSchemeStream}));
    count_schemes(schemes, summary);
    flows = std::move(schemes.flows);
    add_everyday_flows(economy, network, window, schemes.covers, flow_count,
                       mix({key, kEverydayStream}), options.threads, flows);
  }
  steps.done();
  const Ledger ledger(std::move(flows), address_count);
  const TableContext context{network, window, spell_addresses(network, economy, options.threads),
                             options.memory_limit};
  steps.done();

  // The flows are written while the features are computed from them.
  std::vector<AddressFeatures> features;
  parallel_blocks(2, 1, options.threads, [&](std::size_t task, std::size_t) {
    if (task == 0) {
      write_money_flows(snapshot / sot::kMoneyFlowsFile, context, ledger.flows());
    } else {
      features = compute_features(economy, ledger, window, network.assets().size(),
                                  mix({key, kFeatureStream}), options.threads);
    }
    steps.done();
  });

  std::vector<Alert> alerts;
  parallel_blocks(2, 1, options.threads, [&](std::size_t task, std::size_t) {
    if (task == 0) {
      write_features(snapshot / sot::kFeaturesFile, context, features);
      return;
    }
    const std::vector<Exposure> exposed = exposures(economy, ledger);
    alerts = raise_alerts(
        {ledger, features, exposed, context.addresses, window, mix({key, kAlertStream}), habits},
        alert_count);
    const std::vector<Cluster> clusters =
        group_alerts(ledger, alerts, scaled(kClusters, options.scale, kLeastClusters));
    summary.clusters = clusters.size();
    write_alerts(snapshot / sot::kAlertsFile, context, alerts);
    write_clusters(snapshot / sot::kClustersFile, context, clusters, alerts);
  });
  steps.done();

  const std::vector<bool> is_laundering = laundering_of(economy);
  write_ground_truth(truth / sot::ground_truth_file_name(options.processing_date), context, alerts,
                     is_laundering);
  write_meta(options, snapshot);
  steps.done();
  summary.flows = ledger.flows().size();
  summary.addresses = address_count;
  summary.alerts = alerts.size();
  summary.launderers =
      static_cast<std::size_t>(std::count(is_laundering.begin(), is_laundering.end(), true));
  summary.positives =
      static_cast<std::size_t>(std::count_if(alerts.begin(), alerts.end(), [&](const Alert& alert) {
        return is_laundering[alert.address];
      }));
  return summary;
}

}  // namespace aml::simulation
