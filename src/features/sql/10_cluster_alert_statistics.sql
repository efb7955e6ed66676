-- One row per cluster that names alerts of the day: those alerts together.
--   alert_count: its alerts that are in the snapshot, ≥ 1
--   address_count, typology_count, pattern_count: distinct among them
--   …_sum, …_squares, …_known: sum, sum of squares and number of the values that are known
--   volume_sum_usd, volume_max_usd, volume_min_usd: of the alerts' volumes
--   …_min, …_max: least and greatest of them, NULL where none is known
--   severe_count: alerts of severity high or critical
--   indicated_count: alerts with a risk indicator; indicator_sum, indicator_max: of their numbers of indicators
--   …_count: alerts with that indicator or of that typology family
--   evidence_first_second, evidence_last_second: earliest first_seen and latest last_seen, seconds since 1970
--   address_alerts_max: most alerts that one of its addresses has on the day
SELECT
  m.cluster_id AS cluster_id,
  count(a.alert_id) AS alert_count,
  count(DISTINCT a.subject_id) AS address_count,
  count(DISTINCT a.typology_type) AS typology_count,
  count(DISTINCT CASE WHEN a.pattern_id <> '' THEN a.pattern_id END) AS pattern_count,
  count(a.alert_confidence_score) AS confidence_known,
  sum_of(six_decimals(a.alert_confidence_score)) AS confidence_sum,
  sum_of_squares(six_decimals(a.alert_confidence_score)) AS confidence_squares,
  min(a.alert_confidence_score) AS confidence_min,
  max(a.alert_confidence_score) AS confidence_max,
  max(c.severity_level) AS severity_max,
  sum_of_integers(c.severity_level) AS severity_sum,
  count(c.severity_level) AS severity_known,
  rows_with(c.severity_level >= 2) AS severe_count,
  sum_of_usd(a.volume_usd) AS volume_sum_usd,
  max(a.volume_usd) AS volume_max_usd,
  min(a.volume_usd) AS volume_min_usd,
  sum_of(l.alert_volume) AS log_volume_sum,
  sum_of_squares(l.alert_volume) AS log_volume_squares,
  count(l.alert_volume) AS volume_known,
  sum_of_integers(i.indicator_count) AS indicator_sum,
  max(i.indicator_count) AS indicator_max,
  count(i.mixer_interaction) AS indicated_count,
  rows_with(i.mixer_interaction = 1) AS mixer_interaction_count,
  rows_with(i.high_risk_counterparty = 1) AS high_risk_counterparty_count,
  rows_with(i.structuring = 1) AS structuring_indicator_count,
  rows_with(c.is_layering = 1) AS layering_count,
  rows_with(c.is_fresh_to_exchange = 1) AS fresh_to_exchange_count,
  rows_with(c.is_fan_out = 1) AS fan_out_count,
  rows_with(c.is_fan_in = 1) AS fan_in_count,
  rows_with(c.is_structuring = 1) AS structuring_typology_count,
  rows_with(c.is_cycle = 1) AS cycle_count,
  rows_with(c.is_mixing = 1) AS mixing_count,
  rows_with(c.is_smurfing = 1) AS smurfing_count,
  rows_with(c.is_peel_chain = 1) AS peel_chain_count,
  sum_of(six_decimals(a.evidence_hops)) AS hops_sum,
  count(a.evidence_hops) AS hops_known,
  max(a.evidence_tx_count) AS evidence_tx_max,
  min(a.evidence_first_second) AS evidence_first_second,
  max(a.evidence_last_second) AS evidence_last_second,
  max(b.alert_count) AS address_alerts_max
FROM cluster_alerts AS m
INNER JOIN alerts AS a ON a.alert_id = m.alert_id
INNER JOIN alert_codes AS c ON c.alert_id = m.alert_id
INNER JOIN alert_logs AS l ON l.alert_id = m.alert_id
INNER JOIN address_alerts AS b ON b.subject_id = a.subject_id
LEFT JOIN indicator_flags AS i ON i.alert_id = m.alert_id
GROUP BY m.cluster_id
