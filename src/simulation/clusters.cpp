#include "simulation/clusters.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <tuple>

#include "simulation/linked.h"
#include "simulation/random.h"

namespace aml::simulation {

namespace {

constexpr double kEntityShare = 0.40;
constexpr double kPatternShare = 0.25;
constexpr double kProximityShare = 0.20;
constexpr std::size_t kLeastTemporal = 2;
constexpr std::size_t kMostTemporal = 6;

Cluster cluster_of(ClusterType type, std::vector<std::size_t> members) {
  Cluster cluster;
  cluster.type = type;
  cluster.alerts = std::move(members);
  return cluster;
}

template <typename Key>
std::vector<Cluster> by_key(ClusterType type, const std::vector<Alert>& alerts, const Key& key) {
  std::map<decltype(key(alerts.front())), std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < alerts.size(); ++i) groups[key(alerts[i])].push_back(i);
  std::vector<Cluster> clusters;
  for (auto& [name, members] : groups) {
    if (members.size() >= 2) clusters.push_back(cluster_of(type, std::move(members)));
  }
  return clusters;
}

std::vector<Cluster> by_pattern(const std::vector<Alert>& alerts) {
  std::vector<Cluster> clusters = by_key(ClusterType::same_pattern, alerts,
                                         [](const Alert& alert) { return alert.pattern_id; });
  std::erase_if(clusters, [&alerts](const Cluster& cluster) {
    return alerts[cluster.alerts.front()].pattern_id.empty();
  });
  for (Cluster& cluster : clusters) cluster.pattern_id = alerts[cluster.alerts.front()].pattern_id;
  return clusters;
}

std::vector<Cluster> by_proximity(const Ledger& ledger, const std::vector<Alert>& alerts) {
  std::vector<AddressId> addresses;
  for (const Alert& alert : alerts) addresses.push_back(alert.address);
  std::vector<Cluster> clusters;
  for (std::vector<std::size_t>& members : linked_groups(ledger, addresses)) {
    const bool several = std::any_of(members.begin(), members.end(), [&](std::size_t member) {
      return alerts[member].address != alerts[members.front()].address;
    });
    if (several) clusters.push_back(cluster_of(ClusterType::proximity, std::move(members)));
  }
  return clusters;
}

std::vector<Cluster> by_time(const std::vector<Alert>& alerts) {
  std::vector<std::size_t> order(alerts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&alerts](std::size_t a, std::size_t b) {
    return std::tie(alerts[a].rule, alerts[a].detected_ms, alerts[a].id) <
           std::tie(alerts[b].rule, alerts[b].detected_ms, alerts[b].id);
  });
  std::vector<Cluster> clusters;
  Random sizes(alerts.size());
  for (std::size_t begin = 0; begin < order.size();) {
    const std::size_t wanted =
        static_cast<std::size_t>(sizes.between(kLeastTemporal, kMostTemporal));
    std::size_t end = begin + 1;
    while (end < order.size() && end - begin < wanted &&
           alerts[order[end]].rule == alerts[order[begin]].rule) {
      ++end;
    }
    if (end - begin >= kLeastTemporal) {
      std::vector<std::size_t> members(order.begin() + static_cast<std::ptrdiff_t>(begin),
                                       order.begin() + static_cast<std::ptrdiff_t>(end));
      std::sort(members.begin(), members.end());
      clusters.push_back(cluster_of(ClusterType::temporal, std::move(members)));
    }
    begin = end;
  }
  return clusters;
}

// The `most` clusters with the greatest mean strength.
void keep_strongest(std::vector<Cluster>& clusters, const std::vector<Alert>& alerts,
                    std::size_t most) {
  const auto strength = [&alerts](const Cluster& cluster) {
    double sum = 0;
    for (const std::size_t member : cluster.alerts) sum += alerts[member].strength;
    return sum / static_cast<double>(cluster.alerts.size());
  };
  std::stable_sort(clusters.begin(), clusters.end(),
                   [&](const Cluster& a, const Cluster& b) { return strength(a) > strength(b); });
  if (clusters.size() > most) clusters.resize(most);
}

void name_clusters(std::vector<Cluster>& clusters, const std::vector<Alert>& alerts) {
  for (Cluster& cluster : clusters) {
    std::uint64_t key = static_cast<std::uint64_t>(cluster.type);
    for (const std::size_t member : cluster.alerts) {
      for (const char c : alerts[member].id) key = mix({key, static_cast<std::uint64_t>(c)});
    }
    cluster.id = fmt::format("cluster_{}_{:016x}", cluster_type_name(cluster.type), key);
  }
  std::sort(clusters.begin(), clusters.end(),
            [](const Cluster& a, const Cluster& b) { return a.id < b.id; });
}

}  // namespace

const char* cluster_type_name(ClusterType type) {
  constexpr const char* kNames[] = {"same_entity", "same_pattern", "proximity", "temporal"};
  return kNames[static_cast<std::size_t>(type)];
}

std::vector<Cluster> group_alerts(const Ledger& ledger, const std::vector<Alert>& alerts,
                                  std::size_t count) {
  if (alerts.empty()) return {};
  std::vector<Cluster> result;
  const auto take = [&](std::vector<Cluster> clusters, double share) {
    const auto most = static_cast<std::size_t>(std::llround(share * static_cast<double>(count)));
    keep_strongest(clusters, alerts, std::min(most, count - result.size()));
    std::move(clusters.begin(), clusters.end(), std::back_inserter(result));
  };
  take(by_key(ClusterType::same_entity, alerts, [](const Alert& alert) { return alert.address; }),
       kEntityShare);
  take(by_pattern(alerts), kPatternShare);
  take(by_proximity(ledger, alerts), kProximityShare);
  take(by_time(alerts), 1);
  name_clusters(result, alerts);
  return result;
}

}  // namespace aml::simulation
