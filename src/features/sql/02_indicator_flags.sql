-- One row per alert that has risk indicators.
--   indicator_count: distinct indicators, ≥ 1
--   mixer_interaction, high_risk_counterparty, new_address, round_amounts, dormant_reactivated, circular_flow,
--     night_activity, high_volume, rapid_movement, structuring, fan_in, fan_out: 1 where the indicator of that name was triggered, else 0
SELECT
  i.alert_id AS alert_id,
  count(i.indicator) AS indicator_count,
  max(flag(i.indicator = 'mixer_interaction')) AS mixer_interaction,
  max(flag(i.indicator = 'high_risk_counterparty')) AS high_risk_counterparty,
  max(flag(i.indicator = 'new_address')) AS new_address,
  max(flag(i.indicator = 'round_amounts')) AS round_amounts,
  max(flag(i.indicator = 'dormant_reactivated')) AS dormant_reactivated,
  max(flag(i.indicator = 'circular_flow')) AS circular_flow,
  max(flag(i.indicator = 'night_activity')) AS night_activity,
  max(flag(i.indicator = 'high_volume')) AS high_volume,
  max(flag(i.indicator = 'rapid_movement')) AS rapid_movement,
  max(flag(i.indicator = 'structuring')) AS structuring,
  max(flag(i.indicator = 'fan_in')) AS fan_in,
  max(flag(i.indicator = 'fan_out')) AS fan_out
FROM alert_indicators AS i
GROUP BY i.alert_id
