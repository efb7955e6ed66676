-- The clusters that hold the alert.
SELECT
  a.alert_id AS alert_id,
  coalesce(CAST(k.cluster_count AS DOUBLE), 0.0e0) AS cluster_count,  -- clusters that hold the alert; clusters; ≥ 0
  CAST(k.alerts_max AS DOUBLE) AS cluster_alerts_max,  -- alerts of the largest cluster that holds the alert; alerts; ≥ 0
  CAST(k.addresses_max AS DOUBLE) AS cluster_addresses_max,  -- addresses of the largest cluster that holds the alert; addresses; ≥ 0
  CAST(k.volume_max_usd AS DOUBLE) AS cluster_volume_max_usd,  -- largest volume of a cluster that holds the alert; USD; ≥ 0
  CAST(k.severity_max AS DOUBLE) AS cluster_severity_max,  -- highest severity of a cluster that holds the alert; 0 to 3
  CAST(k.span_hours_max AS DOUBLE) AS cluster_span_hours_max,  -- longest time between first and last alert of a cluster that holds the alert; hours; ≥ 0
  k.confidence_max AS cluster_confidence_max,  -- highest confidence of a cluster that holds the alert; 0 to 1
  coalesce(CAST(k.primary_count AS DOUBLE), 0.0e0) AS cluster_primary_count,  -- clusters whose primary alert it is; clusters; ≥ 0
  coalesce(CAST(k.in_same_entity AS DOUBLE), 0.0e0) AS in_same_entity_cluster,  -- in a cluster of alerts about one entity; 0 or 1
  coalesce(CAST(k.in_same_pattern AS DOUBLE), 0.0e0) AS in_same_pattern_cluster,  -- in a cluster of alerts of one pattern; 0 or 1
  coalesce(CAST(k.in_proximity AS DOUBLE), 0.0e0) AS in_proximity_cluster,  -- in a cluster of alerts near each other; 0 or 1
  coalesce(CAST(k.in_temporal AS DOUBLE), 0.0e0) AS in_temporal_cluster  -- in a cluster of alerts at the same time; 0 or 1
FROM alerts AS a
LEFT JOIN alert_clusters AS k ON k.alert_id = a.alert_id
