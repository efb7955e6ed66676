-- Its alerts; missing where none is in the snapshot.
SELECT
  c.cluster_id AS cluster_id,
  coalesce(CAST(a.alert_count AS DOUBLE), 0.0e0) AS alert_count,  -- its alerts that are in the snapshot; alerts; ≥ 0
  CAST(a.address_count AS DOUBLE) AS alerted_addresses,  -- distinct addresses of its alerts; addresses; ≥ 1
  CAST(a.typology_count AS DOUBLE) AS typology_count,  -- typologies among its alerts; ≥ 0
  CAST(a.pattern_count AS DOUBLE) AS pattern_count,  -- patterns that its alerts name; ≥ 0
  ratio(a.alert_count, a.address_count) AS alerts_per_address,  -- alerts by alerted addresses; ≥ 1
  CAST(a.address_alerts_max AS DOUBLE) AS address_alerts_max,  -- most alerts of one address on the day; alerts; ≥ 1
  ratio(a.confidence_sum, a.confidence_known) AS confidence_mean,  -- the producer's mean confidence in its alerts; 0 to 1
  deviation(a.confidence_known, a.confidence_sum, a.confidence_squares) AS confidence_stddev,  -- standard deviation of the producer's confidence in its alerts; ≥ 0
  a.confidence_min AS confidence_min,  -- the producer's lowest confidence in one of its alerts; 0 to 1
  a.confidence_max AS confidence_max,  -- the producer's highest confidence in one of its alerts; 0 to 1
  ratio(a.severity_sum, a.severity_known) AS alert_severity_mean,  -- mean severity of its alerts; 0 to 3
  CAST(a.severity_max AS DOUBLE) AS alert_severity_max,  -- highest severity of its alerts; 0 to 3
  ratio(a.severe_count, a.alert_count) AS severe_share,  -- share of its alerts whose severity is high or critical; 0 to 1
  CAST(a.volume_sum_usd AS DOUBLE) AS alert_volume_usd,  -- volume of its alerts; USD; ≥ 0
  CAST(a.volume_max_usd AS DOUBLE) AS alert_volume_max_usd,  -- volume of its largest alert; USD; ≥ 0
  CAST(a.volume_min_usd AS DOUBLE) AS alert_volume_min_usd,  -- volume of its smallest alert; USD; ≥ 0
  ratio(a.volume_sum_usd, a.volume_known) AS alert_volume_mean_usd,  -- mean volume of its alerts; USD; ≥ 0
  ratio(a.log_volume_sum, a.volume_known) AS log_alert_volume_mean,  -- mean of ln(1 + x) of the volumes of its alerts; 0 to 40
  deviation(a.volume_known, a.log_volume_sum, a.log_volume_squares) AS log_alert_volume_stddev,  -- standard deviation of ln(1 + x) of the volumes of its alerts; ≥ 0
  ratio(a.volume_max_usd, a.volume_sum_usd) AS top_alert_volume_share,  -- share of the largest alert in the volume of its alerts; 0 to 1
  ratio(a.indicator_sum, a.alert_count) AS indicator_mean,  -- risk indicators of an alert, on average; ≥ 0
  CAST(a.indicator_max AS DOUBLE) AS indicator_max,  -- most risk indicators of one alert; ≥ 0
  ratio(a.mixer_interaction_count, a.alert_count) AS mixer_interaction_share,  -- share of alerts with the indicator mixer_interaction; 0 to 1
  ratio(a.high_risk_counterparty_count, a.alert_count) AS high_risk_counterparty_share,  -- share of alerts with the indicator high_risk_counterparty; 0 to 1
  ratio(a.layering_count, a.alert_count) AS layering_share,  -- share of alerts whose typology is of the family layering; 0 to 1
  ratio(a.fresh_to_exchange_count, a.alert_count) AS fresh_to_exchange_share,  -- share of alerts whose typology is of the family fresh funds to an exchange; 0 to 1
  ratio(a.fan_out_count, a.alert_count) AS fan_out_share,  -- share of alerts whose typology is of the family fan-out; 0 to 1
  ratio(a.fan_in_count, a.alert_count) AS fan_in_share,  -- share of alerts whose typology is of the family fan-in; 0 to 1
  ratio(a.structuring_typology_count, a.alert_count) AS structuring_share,  -- share of alerts whose typology is of the family structuring; 0 to 1
  ratio(a.cycle_count, a.alert_count) AS cycle_share,  -- share of alerts whose typology is of the family circular flow; 0 to 1
  ratio(a.mixing_count, a.alert_count) AS mixing_share,  -- share of alerts whose typology is of the family mixing; 0 to 1
  ratio(a.smurfing_count, a.alert_count) AS smurfing_share,  -- share of alerts whose typology is of the family smurfing or scatter; 0 to 1
  ratio(a.peel_chain_count, a.alert_count) AS peel_chain_share,  -- share of alerts whose typology is of the family peel chain; 0 to 1
  ratio(a.hops_sum, a.hops_known) AS hops_mean,  -- mean length of the path in evidence; hops; ≥ 0
  a.evidence_tx_max AS evidence_tx_max,  -- most transactions in the evidence of one alert; ≥ 0
  (a.evidence_last_second - a.evidence_first_second) / 3.6e3 AS evidence_span_hours  -- from the earliest to the latest evidence; hours
FROM clusters AS c
LEFT JOIN cluster_alert_statistics AS a ON a.cluster_id = c.cluster_id
