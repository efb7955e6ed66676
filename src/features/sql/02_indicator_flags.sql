-- One row per alert that has risk indicators.
--   indicator_count: distinct indicators, ≥ 1
--   mixer_interaction, high_risk_counterparty, new_address, round_amounts, dormant_reactivated, circular_flow,
--     night_activity, high_volume, rapid_movement, structuring, fan_in, fan_out: 1 where the indicator of that name was triggered, else 0
SELECT
  i.alert_id AS alert_id,
  count(i.indicator) AS indicator_count,
  max(CASE WHEN i.indicator = 'mixer_interaction' THEN 1 ELSE 0 END) AS mixer_interaction,
  max(CASE WHEN i.indicator = 'high_risk_counterparty' THEN 1 ELSE 0 END) AS high_risk_counterparty,
  max(CASE WHEN i.indicator = 'new_address' THEN 1 ELSE 0 END) AS new_address,
  max(CASE WHEN i.indicator = 'round_amounts' THEN 1 ELSE 0 END) AS round_amounts,
  max(CASE WHEN i.indicator = 'dormant_reactivated' THEN 1 ELSE 0 END) AS dormant_reactivated,
  max(CASE WHEN i.indicator = 'circular_flow' THEN 1 ELSE 0 END) AS circular_flow,
  max(CASE WHEN i.indicator = 'night_activity' THEN 1 ELSE 0 END) AS night_activity,
  max(CASE WHEN i.indicator = 'high_volume' THEN 1 ELSE 0 END) AS high_volume,
  max(CASE WHEN i.indicator = 'rapid_movement' THEN 1 ELSE 0 END) AS rapid_movement,
  max(CASE WHEN i.indicator = 'structuring' THEN 1 ELSE 0 END) AS structuring,
  max(CASE WHEN i.indicator = 'fan_in' THEN 1 ELSE 0 END) AS fan_in,
  max(CASE WHEN i.indicator = 'fan_out' THEN 1 ELSE 0 END) AS fan_out
FROM alert_indicators AS i
GROUP BY i.alert_id
