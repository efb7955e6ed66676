-- The risk indicators that were triggered.
SELECT
  a.alert_id AS alert_id,
  coalesce(CAST(i.indicator_count AS DOUBLE), 0.0e0) AS indicator_count,  -- distinct risk indicators; ≥ 0
  coalesce(CAST(i.mixer_interaction AS DOUBLE), 0.0e0) AS indicator_mixer_interaction,  -- the indicator mixer_interaction was triggered; 0 or 1
  coalesce(CAST(i.high_risk_counterparty AS DOUBLE), 0.0e0) AS indicator_high_risk_counterparty,  -- the indicator high_risk_counterparty was triggered; 0 or 1
  coalesce(CAST(i.new_address AS DOUBLE), 0.0e0) AS indicator_new_address,  -- the indicator new_address was triggered; 0 or 1
  coalesce(CAST(i.round_amounts AS DOUBLE), 0.0e0) AS indicator_round_amounts,  -- the indicator round_amounts was triggered; 0 or 1
  coalesce(CAST(i.dormant_reactivated AS DOUBLE), 0.0e0) AS indicator_dormant_reactivated,  -- the indicator dormant_reactivated was triggered; 0 or 1
  coalesce(CAST(i.circular_flow AS DOUBLE), 0.0e0) AS indicator_circular_flow,  -- the indicator circular_flow was triggered; 0 or 1
  coalesce(CAST(i.night_activity AS DOUBLE), 0.0e0) AS indicator_night_activity,  -- the indicator night_activity was triggered; 0 or 1
  coalesce(CAST(i.high_volume AS DOUBLE), 0.0e0) AS indicator_high_volume,  -- the indicator high_volume was triggered; 0 or 1
  coalesce(CAST(i.rapid_movement AS DOUBLE), 0.0e0) AS indicator_rapid_movement,  -- the indicator rapid_movement was triggered; 0 or 1
  coalesce(CAST(i.structuring AS DOUBLE), 0.0e0) AS indicator_structuring,  -- the indicator structuring was triggered; 0 or 1
  coalesce(CAST(i.fan_in AS DOUBLE), 0.0e0) AS indicator_fan_in,  -- the indicator fan_in was triggered; 0 or 1
  coalesce(CAST(i.fan_out AS DOUBLE), 0.0e0) AS indicator_fan_out  -- the indicator fan_out was triggered; 0 or 1
FROM alerts AS a
LEFT JOIN indicator_flags AS i ON i.alert_id = a.alert_id
