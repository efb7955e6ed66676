// flows/exposure.cpp as joins. Tables have a row for each window w, side (what an address was paid:
// 0, what it paid: 1) and address; where one has no row its numbers are 0.
#include "snapshot/exposure_sql.h"

#include <fmt/format.h>

#include <string>

#include "flows/exposure.h"

namespace aml::snapshot {

namespace {

using flows::kKinds;
using flows::kTaintHops;
using flows::kWalkAll;
using flows::kWalkFollowPercent;
using flows::kWalkLeast;
using flows::kWalkRounds;

std::string has_kind(const char* kinds, std::uint8_t bits) {
  return fmt::format("({} & {}) <> 0", kinds, bits);
}

// Addresses with one of the kinds, as a SELECT in parentheses.
std::string those_of(std::uint8_t bits) {
  return fmt::format("(SELECT w, address FROM graph_kinds WHERE {})", has_kind("kinds", bits));
}

// "{alias}.w = {other}.w AND …"
std::string same_side(const char* alias, const char* other) {
  return fmt::format("{0}.w = {1}.w AND {0}.paid = {1}.paid AND {0}.address = {1}.address", alias,
                     other);
}

std::string whole_division(Engine engine, const std::string& part, const std::string& whole) {
  return fmt::format("CAST({} AS BIGINT)", divided(engine, "(" + part + ")", "(" + whole + ")"));
}

// Each side's transfers and USD, and of each kind k the transfers t_k and the share of USD d_k.
std::string select_direct(Engine engine) {
  std::string list;
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    const std::string is = has_kind("k.kinds", flows::bit(static_cast<flows::Kind>(kind)));
    const std::string part = fmt::format("sum(CASE WHEN {} THEN s.amount ELSE {} END) * {}", is,
                                         wide(engine, "0"), flows::kWhole);
    list += fmt::format(
        ", CAST(sum(CASE WHEN {0} THEN s.transfers ELSE 0 END) AS BIGINT) AS t_{1}, coalesce({2}, "
        "0) AS d_{1}",
        is, kind, whole_division(engine, part, "sum(s.amount)"));
  }
  return fmt::format(
      "SELECT s.w, s.paid, s.address, CAST(sum(s.transfers) AS BIGINT) AS transfers, {} AS "
      "whole{} FROM {} s LEFT JOIN graph_kinds k ON k.w = s.w AND k.address = s.other GROUP BY "
      "s.w, s.paid, s.address",
      wide(engine, "sum(s.amount)"), list, kGraphSides);
}

// Of each counterparty the share of what it passes on that is tainted, before that hop.
std::string taint_weights(std::size_t hop) {
  std::string weights = fmt::format(
      "SELECT w, 0 AS paid, address, CAST({0} AS BIGINT) AS weight FROM {1} m UNION ALL SELECT w, "
      "1 AS paid, address, CAST({0} AS BIGINT) AS weight FROM {1} m",
      flows::kWhole, those_of(flows::bit(flows::kMixer)));
  if (hop > 1) {
    weights += fmt::format(
        " UNION ALL SELECT t.w, t.paid, t.address, t.taint AS weight FROM graph_taint_{} t LEFT "
        "JOIN {} x ON x.w = t.w AND x.address = t.address WHERE x.address IS NULL",
        hop - 1, those_of(flows::kTerminalKinds));
  }
  return weights;
}

std::string select_taint(Engine engine, const flows::Settings& settings, std::size_t hop) {
  const std::string share = whole_division(engine, "f.tainted", "d.whole");
  return fmt::format(
      "SELECT f.w, f.paid, f.address, {0} AS taint FROM (SELECT s.w, s.paid, s.address, "
      "sum(s.amount * {1}) AS tainted FROM {2} s JOIN ({3}) v ON v.w = s.w AND v.paid = s.paid AND "
      "v.address = s.other GROUP BY s.w, s.paid, s.address) f JOIN graph_direct d ON {4} WHERE {0} "
      "* 100 >= {5} AND f.tainted >= {6}",
      share, wide(engine, "v.weight"), kGraphSides, taint_weights(hop), same_side("d", "f"),
      flows::kWhole * settings.taint_least_percent,
      wide(engine,
           fmt::format("{}", flows::kWhole * flows::kUnitsPerUsd * settings.taint_floor_usd)));
}

// Where walks begin.
std::string select_first_walk(Engine engine) {
  const std::string mixers = those_of(flows::bit(flows::kMixer));
  return fmt::format(
      "SELECT m.w, b.paid, m.address, {} AS mass FROM {} m JOIN (SELECT w, count(*) AS mixers FROM "
      "{} c GROUP BY w) n ON n.w = m.w CROSS JOIN (SELECT 0 AS paid UNION ALL SELECT 1 AS paid) b",
      whole_division(engine, fmt::format("CAST({} AS BIGINT)", kWalkAll), "n.mixers"), mixers,
      mixers);
}

// One round. Parts are rounded down for each transfer, so those alone that are of one amount are
// taken together.
std::string select_walk(Engine engine, int round) {
  const std::string followed =
      fmt::format("{} * {}", whole_division(engine, "v.mass", "100"), kWalkFollowPercent);
  const std::string part =
      whole_division(engine, wide(engine, followed) + " * e.amount", "d.whole");
  const std::string ends =
      round == 0 ? ""
                 : fmt::format(" LEFT JOIN {} x ON x.w = v.w AND x.address = v.address",
                               those_of(flows::kTerminalKinds));
  return fmt::format(
      "SELECT e.w, e.paid, e.other AS address, CAST(sum(e.transfers * {0}) AS BIGINT) AS mass FROM "
      "(SELECT w, 1 AS paid, payer AS address, payee AS other, amount, transfers FROM "
      "graph_payments UNION ALL SELECT w, 0 AS paid, payee AS address, payer AS other, amount, "
      "transfers FROM graph_payments) e JOIN graph_walk_{1} v ON {2} JOIN graph_direct d ON {3}{4} "
      "WHERE v.mass >= {5}{6} GROUP BY e.w, e.paid, e.other",
      part, round, same_side("v", "e"), same_side("d", "e"), ends, kWalkLeast,
      round == 0 ? "" : " AND x.address IS NULL");
}

std::string select_ranks(Engine engine) {
  std::string all;
  for (int round = 0; round < kWalkRounds; ++round) {
    all += fmt::format("SELECT w, paid, address, {} * {} AS part FROM graph_walk_{} UNION ALL ",
                       whole_division(engine, "mass", "100"), 100 - kWalkFollowPercent, round);
  }
  return fmt::format(
      "SELECT r.w, r.paid, r.address, CAST(sum(r.part) AS BIGINT) AS mixer_rank FROM ({}SELECT w, "
      "paid, address, mass AS part FROM graph_walk_{}) r GROUP BY r.w, r.paid, r.address",
      all, kWalkRounds);
}

// Of subjects alone.
std::string select_indirect(Engine engine) {
  std::string list;
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    list += fmt::format(", sum(s.amount * {}) AS i_{}", wide(engine, fmt::format("d.d_{}", kind)),
                        kind);
  }
  return fmt::format(
      "SELECT s.w, s.paid, s.address{} FROM {} s JOIN graph_subjects j ON j.w = s.w AND j.address "
      "= s.address JOIN graph_direct d ON d.w = s.w AND d.paid = s.paid AND d.address = s.other "
      "LEFT JOIN {} x ON x.w = s.w AND x.address = s.other WHERE x.address IS NULL GROUP BY s.w, "
      "s.paid, s.address",
      list, kGraphSides, those_of(flows::kTerminalKinds));
}

std::string as_number(const std::string& value) {
  return fmt::format("CAST({} AS DOUBLE) / {}.0e0", value, flows::kWhole);
}

// A subject's numbers of one side, as flows/exposure.cpp writes them.
std::string select_measures(Engine engine) {
  std::string list;
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    const std::string indirect = whole_division(engine, fmt::format("i.i_{}", kind), "d.whole");
    list += fmt::format(
        ", CASE WHEN d.whole > 0 THEN {1} END AS direct_{0}, CAST(d.t_{0} AS DOUBLE) / "
        "CAST(d.transfers AS DOUBLE) AS transfers_{0}, CASE WHEN d.whole > 0 THEN {2} END AS "
        "indirect_{0}",
        kind, as_number(fmt::format("d.d_{}", kind)),
        as_number(fmt::format("coalesce({}, 0)", indirect)));
  }
  std::string joins;
  for (std::size_t hop = 1; hop <= kTaintHops; ++hop) {
    const std::string alias = fmt::format("t{}", hop);
    list += fmt::format(", CASE WHEN d.whole > 0 THEN {} END AS taint_{}",
                        as_number(fmt::format("coalesce({}.taint, 0)", alias)), hop);
    joins += fmt::format(" LEFT JOIN graph_taint_{} {} ON {}", hop, alias,
                         same_side(alias.c_str(), "b"));
  }
  return fmt::format(
      "SELECT b.subject_id, b.paid{0}, CAST(coalesce(r.mixer_rank, 0) AS DOUBLE) / {1}.0e0 * "
      "CAST(n.addresses AS DOUBLE) AS mixer_rank FROM (SELECT j.subject_id, j.w, j.address, "
      "c.paid FROM graph_subjects j CROSS JOIN (SELECT 0 AS paid UNION ALL SELECT 1 AS paid) c) b "
      "CROSS JOIN (SELECT count(*) AS addresses FROM graph_addresses) n LEFT JOIN graph_direct d "
      "ON {2} LEFT JOIN graph_indirect i ON {3}{4} LEFT JOIN ({5}) r ON {6}",
      list, kWalkAll, same_side("d", "b"), same_side("i", "b"), joins, select_ranks(engine),
      same_side("r", "b"));
}

// By the places of the family's columns.
std::string select_exposure(const flows::FeatureSet& exposure) {
  std::string list;
  std::size_t place = 0;
  const auto add = [&](int paid, const std::string& measure) {
    list += fmt::format(", max(CASE WHEN m.paid = {} THEN m.{} END) AS {}", paid, measure,
                        exposure.definitions[place++].name);
  };
  for (const int paid : {0, 1}) {
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      for (const char* measure : {"direct", "transfers", "indirect"}) {
        add(paid, fmt::format("{}_{}", measure, kind));
      }
    }
  }
  for (const int paid : {0, 1}) {
    for (std::size_t hop = 1; hop <= kTaintHops; ++hop) add(paid, fmt::format("taint_{}", hop));
  }
  for (const int paid : {1, 0}) add(paid, "mixer_rank");  // along the money, then against it
  return fmt::format("SELECT m.subject_id{} FROM graph_measures m GROUP BY m.subject_id", list);
}

}  // namespace

void add_exposure_steps(Engine engine, const flows::Settings& settings,
                        const flows::FeatureSet& exposure, std::vector<GraphStep>& steps) {
  steps.push_back({"graph_direct", select_direct(engine)});
  for (std::size_t hop = 1; hop <= kTaintHops; ++hop) {
    steps.push_back({fmt::format("graph_taint_{}", hop), select_taint(engine, settings, hop)});
  }
  steps.push_back({"graph_payments",
                   "SELECT e.w, e.payer, e.payee, e.amount, CAST(count(*) AS BIGINT) AS transfers "
                   "FROM graph_edges e WHERE e.amount IS NOT NULL GROUP BY e.w, e.payer, e.payee, "
                   "e.amount"});
  steps.push_back({"graph_walk_0", select_first_walk(engine)});
  for (int round = 0; round < kWalkRounds; ++round) {
    steps.push_back({fmt::format("graph_walk_{}", round + 1), select_walk(engine, round)});
  }
  steps.push_back({"graph_indirect", select_indirect(engine)});
  steps.push_back({"graph_measures", select_measures(engine)});
  steps.push_back({"family_exposure", select_exposure(exposure), /*is_family=*/true});
}

}  // namespace aml::snapshot
