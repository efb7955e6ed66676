// flows/neighbors.cpp and percentiles.cpp as joins. Quantities are numbered: q_3 is a value, p_3
// its percentile, m_3 the mean percentile of an address's counterparties.
#include "snapshot/neighbors_sql.h"

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <string>

#include "flows/facts.h"
#include "flows/neighbors.h"
#include "snapshot/exposure_sql.h"

namespace aml::snapshot {

namespace {

// Items of a select list for each quantity, each with a comma before it.
std::string of_each(std::size_t quantities, const std::function<std::string(std::size_t)>& item) {
  std::string list;
  for (std::size_t q = 0; q < quantities; ++q) list += ", " + item(q);
  return list;
}

std::string mean(Engine engine, const std::string& sum, const std::string& count) {
  return fmt::format("CAST({} AS BIGINT)",
                     divided(engine, "(" + sum + ")", fmt::format("nullif({}, 0)", count)));
}

std::string as_number(const std::string& value) {
  return fmt::format("CAST({} AS DOUBLE) / {}.0e0", value, flows::kWhole);
}

// A row for each value of an address that is known.
std::string select_values(std::size_t quantities) {
  std::string all;
  for (std::size_t q = 0; q < quantities; ++q) {
    all += fmt::format(
        "{0}SELECT f.w, {1} AS q, f.address, f.q_{1} AS v FROM graph_facts f WHERE "
        "f.q_{1} IS NOT NULL",
        q == 0 ? "" : " UNION ALL ", q);
  }
  return all;
}

// Of each value the share of those below it and of half of those equal. All values of a quantity
// that differ are sorted in one place.
std::string select_shares(Engine engine) {
  return fmt::format(
      "SELECT r.w, r.q, r.v, CAST({} AS BIGINT) AS p FROM (SELECT c.w, c.q, c.v, c.n, "
      "CAST(sum(c.n) OVER (PARTITION BY c.w, c.q ORDER BY c.v ASC ROWS BETWEEN UNBOUNDED PRECEDING "
      "AND CURRENT ROW) AS BIGINT) AS ended, CAST(sum(c.n) OVER (PARTITION BY c.w, c.q) AS BIGINT) "
      "AS total FROM (SELECT w, q, v, count(*) AS n FROM graph_values GROUP BY w, q, v) c) r",
      divided(engine, fmt::format("((2 * r.ended - r.n) * {})", flows::kWhole), "(2 * r.total)"));
}

std::string select_percentiles(std::size_t quantities) {
  return fmt::format(
      "SELECT v.w, v.address{} FROM graph_values v JOIN graph_shares r ON r.w = v.w "
      "AND r.q = v.q AND r.v = v.v GROUP BY v.w, v.address",
      of_each(quantities, [](std::size_t q) {
        return fmt::format("max(CASE WHEN v.q = {0} THEN r.p END) AS p_{0}", q);
      }));
}

// Who deals with whom, in whatever direction.
std::string select_partners(Engine engine) {
  return fmt::format(
      "SELECT s.w, s.address, s.other, CAST(least(sum(coalesce(s.amount, {})), {}) AS BIGINT) AS "
      "amount, max(1 - s.paid) AS pays, max(s.paid) AS is_paid FROM {} s GROUP BY s.w, s.address, "
      "s.other",
      wide(engine, "0"), wide(engine, fmt::format("{}", std::numeric_limits<std::int64_t>::max())),
      kGraphSides);
}

// Means of those addresses that deal with a subject.
std::string select_means(Engine engine, std::size_t quantities) {
  return fmt::format(
      "SELECT n.w, n.address{} FROM graph_partners n JOIN (SELECT DISTINCT o.w, o.other FROM "
      "graph_partners o JOIN graph_subjects j ON j.w = o.w AND j.address = o.address) d ON d.w = "
      "n.w AND d.other = n.address LEFT JOIN graph_percentiles p ON p.w = n.w AND p.address = "
      "n.other GROUP BY n.w, n.address",
      of_each(quantities, [&](std::size_t q) {
        const std::string name = fmt::format("p.p_{}", q);
        return mean(engine, "sum(" + name + ")", "count(" + name + ")") +
               fmt::format(" AS m_{}", q);
      }));
}

std::string select_neighbors(Engine engine, std::size_t quantities,
                             const flows::FeatureSet& family) {
  const auto columns = [&](std::size_t q) {
    const std::string percentile = fmt::format("p.p_{}", q);
    const std::string of_others = fmt::format("m.m_{}", q);
    const std::string weighted =
        mean(engine, fmt::format("sum({} * {})", wide(engine, "n.amount"), percentile),
             fmt::format("sum(CASE WHEN {} IS NOT NULL THEN {} END)", percentile,
                         wide(engine, "n.amount")));
    const auto name = [&](flows::NeighborField field) {
      return family.definitions[q * flows::kNeighborFields + field].name;
    };
    return fmt::format(
        "{} AS {}, {} AS {}, {} AS {}, {} AS {}",
        as_number(mean(engine, "sum(" + percentile + ")", "count(" + percentile + ")")),
        name(flows::kNeighborMean), as_number(weighted), name(flows::kNeighborWeightedMean),
        as_number("max(" + percentile + ")"), name(flows::kNeighborLargest),
        as_number(mean(engine, "sum(" + of_others + ")", "count(" + of_others + ")")),
        name(flows::kNeighborSecondMean));
  };
  return fmt::format(
      "SELECT j.subject_id{} FROM graph_subjects j JOIN graph_partners n ON n.w = j.w AND "
      "n.address "
      "= j.address LEFT JOIN graph_percentiles p ON p.w = n.w AND p.address = n.other LEFT JOIN "
      "graph_means m ON m.w = n.w AND m.address = n.other GROUP BY j.subject_id",
      of_each(quantities, columns));
}

// How many alerts are about an address.
constexpr const char* kAlerted =
    "SELECT w.w, a.id AS address, count(*) AS alerts FROM alerts_read r JOIN graph_windows w ON "
    "w.window_days = r.window_days AND w.processing_date = r.processing_date JOIN graph_addresses "
    "a "
    "ON a.address = r.address GROUP BY w.w, a.id";

std::string select_alerts(const flows::FeatureSet& family) {
  return fmt::format(
      "SELECT j.subject_id, CAST(coalesce(sum(CASE WHEN a.alerts > 0 THEN n.pays END), 0) AS "
      "BIGINT) AS {}, CAST(coalesce(sum(CASE WHEN a.alerts > 0 THEN n.is_paid END), 0) AS BIGINT) "
      "AS {}, CAST(count(a.alerts) AS DOUBLE) / CAST(count(*) AS DOUBLE) AS {}, "
      "CAST(coalesce(sum(a.alerts), 0) AS BIGINT) AS {} FROM graph_subjects j JOIN graph_partners "
      "n "
      "ON n.w = j.w AND n.address = j.address LEFT JOIN graph_alerted a ON a.w = n.w AND a.address "
      "= n.other GROUP BY j.subject_id",
      family.definitions[flows::kAlertedPayers].name,
      family.definitions[flows::kAlertedPayees].name, family.definitions[flows::kAlertedShare].name,
      family.definitions[flows::kNeighborAlerts].name);
}

std::string select_communities(std::size_t quantities) {
  return fmt::format(
      "SELECT f.w, f.community, count(*) AS addresses, count(a.alerts) AS alerted{} FROM "
      "graph_facts f LEFT JOIN graph_percentiles p ON p.w = f.w AND p.address = f.address LEFT "
      "JOIN graph_alerted a ON a.w = f.w AND a.address = f.address WHERE f.community IS NOT NULL "
      "GROUP BY f.w, f.community",
      of_each(quantities, [](std::size_t q) {
        return fmt::format(
            "count(p.p_{0}) AS k_{0}, CAST(coalesce(sum(p.p_{0}), 0) AS BIGINT) AS "
            "s_{0}",
            q);
      }));
}

// A subject is no other address of its community.
std::string select_community(Engine engine, std::size_t quantities,
                             const flows::FeatureSet& family) {
  return fmt::format(
      "SELECT j.subject_id, c.addresses AS {}, c.alerted - CASE WHEN a.alerts > 0 THEN 1 ELSE 0 "
      "END "
      "AS {}{} FROM graph_subjects j LEFT JOIN graph_facts f ON f.w = j.w AND f.address = "
      "j.address "
      "LEFT JOIN graph_communities c ON c.w = f.w AND c.community = f.community LEFT JOIN "
      "graph_percentiles p ON p.w = j.w AND p.address = j.address LEFT JOIN graph_alerted a ON a.w "
      "= j.w AND a.address = j.address",
      family.definitions[flows::kCommunitySize].name,
      family.definitions[flows::kCommunityAlerted].name, of_each(quantities, [&](std::size_t q) {
        const std::string sum = fmt::format("c.s_{0} - coalesce(p.p_{0}, 0)", q);
        const std::string known =
            fmt::format("c.k_{0} - CASE WHEN p.p_{0} IS NULL THEN 0 ELSE 1 END", q);
        return fmt::format("{} AS {}", as_number(mean(engine, sum, known)),
                           family.definitions[flows::kCommunityFields + q].name);
      }));
}

}  // namespace

void add_neighbor_steps(Engine engine, std::size_t quantities,
                        const std::map<std::string_view, flows::FeatureSet>& families,
                        std::vector<GraphStep>& steps) {
  const auto neighbors = families.find("neighbors");
  const auto alerts = families.find("alerts");
  const auto community = families.find("community");
  const auto none = families.end();
  if (neighbors != none || community != none) {
    steps.push_back({"graph_values", select_values(quantities)});
    steps.push_back({"graph_shares", select_shares(engine)});
    steps.push_back({"graph_percentiles", select_percentiles(quantities)});
  }
  if (neighbors != none || alerts != none) {
    steps.push_back({"graph_partners", select_partners(engine)});
  }
  if (alerts != none || community != none) steps.push_back({"graph_alerted", kAlerted});
  if (neighbors != none) {
    steps.push_back({"graph_means", select_means(engine, quantities)});
    steps.push_back(
        {"family_neighbors", select_neighbors(engine, quantities, neighbors->second), true});
  }
  if (alerts != none) steps.push_back({"family_alerts", select_alerts(alerts->second), true});
  if (community != none) {
    steps.push_back({"graph_communities", select_communities(quantities)});
    steps.push_back(
        {"family_community", select_community(engine, quantities, community->second), true});
  }
}

}  // namespace aml::snapshot
