#pragma once

#include <optional>
#include <set>
#include <string>

namespace aml::snapshot {

class Snapshot;

// Columns of a table, in small letters; nothing: all of them.
using ColumnNames = std::optional<std::set<std::string>>;

// The canonical tables (docs/features.md) in the snapshot's session. Everything that differs
// between producers, and every dialect of SQL that other engines do not share, ends here. All throw
// as Snapshot::source, and add to the snapshot's findings.

// subjects, alerts, alert_indicators, clusters, cluster_alerts and cluster_addresses, which are
// made from one another.
void make_keyed_tables(Snapshot& snapshot);
// features, of the subjects alone: the statistics of the day are those of its alerts.
void make_features(Snapshot& snapshot);
// flows: the transfers from and to the day's subjects within their windows.
void make_flows(Snapshot& snapshot);
// subject_flows: what one subject paid another of its window, a row for each such pair.
void make_subject_flows(Snapshot& snapshot);
// address_flows: by subject that has transfers in its window, the features of flows/: those
// families of which a column is wanted.
void make_address_flows(Snapshot& snapshot, const ColumnNames& wanted);

// known_addresses, known_subjects and earlier_alerts, without rows: known/ has them.
void make_known_tables(Snapshot& snapshot);

// The alerts of the cluster `c`, as an SQL list: those related to it, and the primary one.
inline constexpr const char* kClusterMembers =
    "list_append(coalesce(c.related_alert_ids, CAST([] AS VARCHAR[])), c.primary_alert_id)";

}  // namespace aml::snapshot
