-- The cluster itself, as its producer says.
SELECT
  c.cluster_id AS cluster_id,
  CAST(c.total_alerts AS DOUBLE) AS total_alerts,  -- alerts of the cluster, as its producer says; alerts; ≥ 0
  CAST(c.total_volume_usd AS DOUBLE) AS total_volume_usd,  -- volume of its alerts, as its producer says; USD; ≥ 0
  log_of(c.total_volume_usd) AS log_total_volume,  -- logarithm ln(1 + x) of the volume of its alerts, as its producer says; 0 to 40
  CAST(severity_level(c.severity_max) AS DOUBLE) AS severity_max,  -- highest severity, as its producer says: 0 low to 3 critical; 0 to 3
  c.confidence_avg AS confidence_avg,  -- mean confidence, as its producer says; 0 to 1
  CAST(c.latest_alert_second - c.earliest_alert_second AS DOUBLE) / 3.6e3 AS span_hours,  -- from its first to its last alert; hours
  CAST(flag(c.cluster_type = 'same_entity') AS DOUBLE) AS is_same_entity,  -- of alerts about one entity; 0 or 1
  CAST(flag(c.cluster_type = 'proximity') AS DOUBLE) AS is_proximity,  -- of alerts near each other; 0 or 1
  CAST(flag(c.cluster_type = 'temporal') AS DOUBLE) AS is_temporal,  -- of alerts at the same time; 0 or 1
  CAST(flag(c.cluster_type IN ('same_pattern', 'pattern_based')) AS DOUBLE) AS is_same_pattern  -- of alerts of one pattern; 0 or 1
FROM clusters AS c
