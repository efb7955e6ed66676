"""Features of alerts and of clusters without the graph's groups, as src/features/sql has them; part of bench/peer_process.py."""

import polars as pl

from peer_flows import Flows, ratio

FAMILIES = {"layering": "layer", "fresh_to_exchange": "exchange", "fan_out": "fan.*out", "fan_in": "fan.*in", "hub": "hub",
            "structuring": "structur", "cycle": "cycl|circular|round.*trip", "mixing": "mix", "smurfing": "smurf|scatter",
            "peel_chain": "peel", "velocity": "velocity|rapid"}
SUSPECTS = ("mixer", "scam", "exchange", "wallet", "bridge", "contract")
INDICATORS = ("mixer_interaction", "high_risk_counterparty", "new_address", "round_amounts", "dormant_reactivated", "circular_flow",
              "night_activity", "high_volume", "rapid_movement", "structuring", "fan_in", "fan_out")
QUANTITIES = {"alert_volume": "volume_usd", "total_in": "total_in_usd", "total_out": "total_out_usd", "total_volume": "total_volume_usd",
              "max_tx": "max_tx_usd", "degree": "degree_total", "tx_count": "tx_total_count", "neighborhood": "khop1_volume_usd"}
CLUSTER_TYPES = {"same_entity": ["same_entity"], "proximity": ["proximity"], "temporal": ["temporal"],
                 "same_pattern": ["same_pattern", "pattern_based"]}
MEANS = ("structuring_score", "velocity_score", "reciprocity_ratio", "flow_concentration", "night_transaction_ratio",
         "clustering_coefficient", "suspicious_pattern_score", "global_anomaly_score", "burst_factor", "regularity_score")


def severity_level(name):
    levels = {"low": 0, "medium": 1, "high": 2, "critical": 3}
    return pl.col(name).str.to_lowercase().replace_strict(levels, default=None, return_dtype=pl.Float64)


def log_of(value):
    return ((value.clip(lower_bound=0) + 1).log() * 1e6 + 0.5).floor() / 1e6


def six_decimals(name):
    return (pl.col(name).cast(pl.Float64).clip(-1e9, 1e9) * 1e6 + 0.5).floor() / 1e6


def deviation(values):
    """The standard deviation; 0 where its square and that of the mean agree to twelve digits."""
    return pl.when(values.std(ddof=0) > values.mean().abs() * 1e-6).then(values.std(ddof=0)).when(values.count() > 0).then(0.0)


def has_pattern():
    return pl.col("pattern_id") != ""


def patterns():
    return pl.col("pattern_id").filter(has_pattern()).n_unique()


def sum_or_null(name):
    return pl.when(pl.col(name).count() > 0).then(pl.col(name).sum())


def coded(alerts):
    """The alerts with their texts as numbers, their indicators, and the logarithms of their quantities."""
    typology = pl.col("typology_type").str.to_lowercase()
    suspect = pl.col("suspected_address_type").str.to_lowercase()
    indicators = pl.col("risk_indicators").list.drop_nulls().list.eval(pl.element().str.to_lowercase())
    evidence = {name: pl.col("evidence").struct.field(name) for name in ("tx_count", "volume_usd", "hops", "time_span_hours", "counterparties")}
    return alerts.with_columns(indicators.alias("risk_indicators")).with_columns(
        severity_level("severity").alias("severity_level"),
        *[typology.str.contains(words).fill_null(False).alias(f"typology_is_{family}") for family, words in FAMILIES.items()],
        *[(suspect == kind).fill_null(False).alias(f"suspects_{kind}") for kind in SUSPECTS],
        pl.col("risk_indicators").list.n_unique().fill_null(0).alias("indicator_count"),
        *[pl.col("risk_indicators").list.contains(name).fill_null(False).alias(f"indicator_{name}") for name in INDICATORS],
        *[value.alias(f"evidence_{name}") for name, value in evidence.items()],
        pl.col("evidence").struct.field("pattern_matches").list.len().alias("evidence_patterns"),
        *[(pl.col("evidence").struct.field(name) / 1000).alias(name) for name in ("first_seen", "last_seen", "detection_timestamp")],
    ).drop("evidence", "risk_indicators")


def of_addresses(alerts):
    return alerts.group_by("key").agg(
        pl.len().alias("address_alert_count"),
        pl.col("typology_type").drop_nulls().n_unique().alias("address_typology_count"),
        patterns().alias("address_pattern_count"),
        pl.col("severity_level").max().alias("address_severity_max"),
        pl.col("severity_level").mean().alias("address_severity_mean"),
        sum_or_null("volume_usd").alias("address_alert_volume_usd"),
        six_decimals("alert_confidence_score").mean().alias("address_confidence_mean"),
        pl.col("alert_confidence_score").max().alias("address_confidence_max"),
    )


def of_patterns(alerts):
    return alerts.filter(has_pattern()).group_by("pattern_id").agg(
        pl.len().alias("pattern_alert_count"),
        pl.col("key").n_unique().alias("pattern_address_count"),
        sum_or_null("volume_usd").alias("pattern_volume_usd"),
    )


def clusters_of_alerts(day):
    sizes = day.cluster_addresses.group_by("cluster_id").agg(pl.len().alias("addresses"))
    clusters = day.clusters.join(sizes, on="cluster_id", how="left")
    span = (pl.col("latest_second") - pl.col("earliest_second")).clip(lower_bound=0) / 3600
    return day.cluster_alerts.join(clusters, on="cluster_id").group_by("alert_id").agg(
        pl.len().alias("cluster_count"),
        pl.col("total_alerts").max().alias("cluster_alerts_max"),
        pl.col("addresses").max().alias("cluster_addresses_max"),
        pl.col("total_volume_usd").max().alias("cluster_volume_max_usd"),
        severity_level("severity_max").max().alias("cluster_severity_max"),
        span.max().alias("cluster_span_hours_max"),
        pl.col("confidence_avg").max().alias("cluster_confidence_max"),
        (pl.col("primary_alert_id") == pl.col("alert_id")).sum().alias("cluster_primary_count"),
        *[pl.col("cluster_type").is_in(types).any().alias(f"in_{name}_cluster") for name, types in CLUSTER_TYPES.items()],
    )


def activity():
    """When the address was active, of its histograms by hour and by day of the week."""
    hours, days = pl.col("hourly_activity"), pl.col("daily_activity")
    return {
        "hours_active": hours.list.eval(pl.element() > 0).list.sum(),
        "top_hour_share": ratio(hours.list.max().cast(pl.Float64), hours.list.sum()),
        "office_hours_share": ratio(hours.list.slice(8, 10).list.sum().cast(pl.Float64), hours.list.sum()),
        "days_active": days.list.eval(pl.element() > 0).list.sum(),
        "top_day_share": ratio(days.list.max().cast(pl.Float64), days.list.sum()),
    }


def ranks():
    """Percentile and z-score within the day of each quantity's logarithm."""
    columns = {}
    for name in QUANTITIES:
        value = pl.col(f"log_{name}")
        columns[f"{name}_percentile"] = (value.rank("min") - 1 + value.null_count()) / (pl.len() - 1).clip(lower_bound=1)
        columns[f"{name}_zscore"] = (pl.when(value.std(ddof=0) > 1e-6).then((value - value.mean()) / value.std(ddof=0))
                                     .when(value.is_not_null()).then(0.0))
    return columns


def age(second, end_second, hours):
    return pl.when(second > 0).then((end_second - second.cast(pl.Float64)) / (3600 * hours))


def alert_features(day, alerts, by_subject):
    """One row an alert, with every feature of the groups beside much else."""
    optional = {"cluster_count", "cluster_primary_count", *[f"in_{name}_cluster" for name in CLUSTER_TYPES], "pattern_alert_count",
                "pattern_address_count", "pattern_volume_usd"}
    table = (alerts.join(day.features, on="key", how="left", maintain_order="left")
             .join(of_addresses(alerts), on="key", how="left", maintain_order="left")
             .join(of_patterns(alerts), on="pattern_id", how="left", maintain_order="left")
             .join(clusters_of_alerts(day), on="alert_id", how="left", maintain_order="left")
             .join(by_subject, on="key", how="left", maintain_order="left"))
    first, last = [(pl.col(f"{which}_activity_timestamp") // 1000) for which in ("first", "last")]
    return table.with_columns(
        *[pl.col(name).cast(pl.Float64).fill_null(0) for name in sorted(optional)],
        *[log_of(pl.col(source).cast(pl.Float64)).alias(f"log_{name}") for name, source in QUANTITIES.items()],
        **activity(),
        alert_volume_usd=pl.col("volume_usd"),
        evidence_detection_age_hours=age(pl.col("detection_timestamp"), day.end_second, 1),
        evidence_tx_share=ratio(pl.col("evidence_tx_count"), pl.col("tx_total_count")),
        alert_volume_share=ratio(pl.col("volume_usd"), pl.col("total_volume_usd")),
        out_in_ratio=ratio(pl.col("total_out_usd"), pl.col("total_in_usd")),
        retained_share=ratio(pl.col("net_flow_usd"), pl.col("total_volume_usd")),
        neighborhood_growth=ratio(pl.col("khop2_count").cast(pl.Float64), pl.col("khop1_count")),
        first_activity_age_days=age(first, day.end_second, 24),
        last_activity_age_days=age(last, day.end_second, 24),
    ).with_columns(**ranks())


def alert_statistics(day, alerts):
    """By cluster, its alerts together; `alerts` are alert_features'."""
    share = {f"{name}_share": pl.col(f"indicator_{name}") for name in ("mixer_interaction", "high_risk_counterparty")}
    share |= {f"{name}_share": pl.col(f"typology_is_{name}") for name in FAMILIES if name not in ("hub", "velocity")}
    confidence, level = six_decimals("alert_confidence_score"), pl.col("severity_level")
    return day.cluster_alerts.join(alerts, on="alert_id").group_by("cluster_id").agg(
        pl.len().alias("alert_count"),
        pl.col("key").n_unique().alias("alerted_addresses"),
        pl.col("typology_type").drop_nulls().n_unique().alias("typology_count"),
        patterns().alias("pattern_count"),
        pl.col("address_alert_count").max().alias("address_alerts_max"),
        confidence.mean().alias("confidence_mean"),
        deviation(confidence).alias("confidence_stddev"),
        pl.col("alert_confidence_score").min().alias("confidence_min"),
        pl.col("alert_confidence_score").max().alias("confidence_max"),
        level.mean().alias("alert_severity_mean"),
        level.max().alias("alert_severity_max"),
        ((level >= 2).sum() / pl.len()).alias("severe_share"),
        sum_or_null("volume_usd").alias("alert_volume_usd"),
        pl.col("volume_usd").max().alias("alert_volume_max_usd"),
        pl.col("volume_usd").min().alias("alert_volume_min_usd"),
        pl.col("volume_usd").mean().alias("alert_volume_mean_usd"),
        pl.col("log_alert_volume").mean().alias("log_alert_volume_mean"),
        deviation(pl.col("log_alert_volume")).alias("log_alert_volume_stddev"),
        ratio(pl.col("volume_usd").max(), pl.col("volume_usd").sum()).alias("top_alert_volume_share"),
        (pl.when(pl.col("indicator_count").max() > 0).then(pl.col("indicator_count").sum() / pl.len())).alias("indicator_mean"),
        pl.col("indicator_count").replace(0, None).max().alias("indicator_max"),
        *[(value.sum() / pl.len()).alias(name) for name, value in share.items()],
        six_decimals("evidence_hops").mean().alias("hops_mean"),
        pl.col("evidence_tx_count").max().alias("evidence_tx_max"),
        ((pl.col("last_seen").max() - pl.col("first_seen").min()) / 3600).alias("evidence_span_hours"),
    ).with_columns(alerts_per_address=pl.col("alert_count") / pl.col("alerted_addresses"))


def address_statistics(day):
    """By cluster, its addresses together."""
    share = {"mixer_like_share": "is_mixer_like", "exchange_like_share": "is_exchange_like", "new_address_share": "is_new_address",
             "whale_share": "is_whale"}
    known = pl.col("known").sum()
    in_billionths = ((pl.col("pagerank").cast(pl.Float64) * 1e9).clip(-9e11, 9e11) * 1e6 + 0.5).floor() / 1e6
    members = day.cluster_addresses.join(day.features.with_columns(known=pl.lit(True)), on="key", how="left")
    return members.group_by("cluster_id").agg(
        pl.len().alias("address_count"),
        (known / pl.len()).alias("known_share"),
        pl.col("total_volume_usd").mean().alias("address_volume_mean_usd"),
        pl.col("total_volume_usd").max().alias("address_volume_max_usd"),
        ratio(pl.col("total_out_usd").sum(), pl.col("total_in_usd").sum()).alias("address_out_in_ratio"),
        (in_billionths.mean() / 1e9).alias("pagerank_mean"),
        *[six_decimals(name).mean().alias(f"{name}_mean") for name in MEANS],
        *[pl.col(name).max().alias(f"{name}_max") for name in ("pagerank", "suspicious_pattern_score", "structuring_score", "degree_total",
                                                              "tx_total_count")],
        *[pl.col(name).mean().alias(f"{name}_mean") for name in ("degree_total", "activity_days", "tx_total_count")],
        *[ratio(pl.col(flag).sum().cast(pl.Float64), known).alias(name) for name, flag in share.items()],
        ratio(pl.col("community_id").drop_nulls().n_unique().cast(pl.Float64), known).alias("community_share"),
    )


def cluster_features(day, alerts, flows):
    table = day.clusters.rename({"severity_max": "severity"})
    for part in (alert_statistics(day, alerts), address_statistics(day), flows.of_clusters(day)):
        table = table.join(part, on="cluster_id", how="left", maintain_order="left")
    return table.with_columns(
        pl.col("alert_count", "address_count").fill_null(0),
        log_of(pl.col("total_volume_usd")).alias("log_total_volume"),
        severity_level("severity").alias("severity_max"),
        ((pl.col("latest_second") - pl.col("earliest_second")) / 3600).alias("span_hours"),
        *[pl.col("cluster_type").is_in(types).fill_null(False).alias(f"is_{name}") for name, types in CLUSTER_TYPES.items()],
    )


def features_of(day):
    """Tables of alerts and of clusters by their ids, with a column for each feature."""
    flows = Flows(day)
    alerts = alert_features(day, coded(day.alerts), flows.by_subject)
    return alerts, cluster_features(day, alerts, flows)
