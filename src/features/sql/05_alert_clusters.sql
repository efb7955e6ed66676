-- One row per alert that clusters name among their related_alert_ids: those clusters together.
--   cluster_count: clusters that hold the alert, ≥ 1
--   alerts_max, volume_max_usd, confidence_max, addresses_max: of the largest of them
--   severity_max: 0 to 3, NULL where unknown
--   span_hours_max: longest time between a cluster's first and last alert, ≥ 0
--   primary_count: clusters whose primary alert this is
--   in_same_entity, in_same_pattern, in_proximity, in_temporal: 1 where one of them is of that type, else 0
SELECT
  m.alert_id AS alert_id,
  count(c.cluster_id) AS cluster_count,
  max(c.total_alerts) AS alerts_max,
  max(c.total_volume_usd) AS volume_max_usd,
  max(c.confidence_avg) AS confidence_max,
  max(n.addresses) AS addresses_max,
  max(severity_level(c.severity_max)) AS severity_max,
  max(CASE WHEN c.latest_alert_second IS NOT NULL AND c.earliest_alert_second IS NOT NULL THEN CAST(greatest(c.latest_alert_second - c.earliest_alert_second, 0) AS DOUBLE) / 3.6e3 END) AS span_hours_max,
  rows_with(c.primary_alert_id = m.alert_id) AS primary_count,
  max(flag(c.cluster_type = 'same_entity')) AS in_same_entity,
  max(flag(c.cluster_type IN ('same_pattern', 'pattern_based'))) AS in_same_pattern,
  max(flag(c.cluster_type = 'proximity')) AS in_proximity,
  max(flag(c.cluster_type = 'temporal')) AS in_temporal
FROM cluster_alerts AS m
INNER JOIN clusters AS c ON c.cluster_id = m.cluster_id
LEFT JOIN (
  SELECT
    x.cluster_id AS cluster_id,
    count(x.subject_id) AS addresses
  FROM cluster_addresses AS x
  GROUP BY x.cluster_id
) AS n ON n.cluster_id = m.cluster_id
GROUP BY m.alert_id
