-- When the alert's address was active within the window.
SELECT
  a.alert_id AS alert_id,
  CAST(f.activity_days AS DOUBLE) AS activity_days,  -- days on which the address was active; days; ≥ 0
  CAST(f.activity_span_days AS DOUBLE) AS activity_span_days,  -- from the first to the last activity of the address; days; ≥ 0
  CAST(f.avg_daily_volume_usd AS DOUBLE) AS avg_daily_volume_usd,  -- average volume of the address on a day; USD; ≥ 0
  CAST(f.peak_hour AS DOUBLE) AS peak_hour,  -- most active hour of the day of the address, UTC; 0 to 23
  CAST(f.peak_day AS DOUBLE) AS peak_day,  -- most active day of the week of the address, 0 Monday; 0 to 6
  f.regularity_score AS regularity_score,  -- regularity of the address's activity, scored; 0 to 1
  f.burst_factor AS burst_factor,  -- peak by average activity of the address; ≥ 0
  f.hourly_entropy AS hourly_entropy,  -- entropy of the address's activity by hour; ≥ 0
  f.daily_entropy AS daily_entropy,  -- entropy of the address's activity by day; ≥ 0
  f.weekend_transaction_ratio AS weekend_transaction_ratio,  -- how much of the address's activity is at weekends; ≥ 0
  f.night_transaction_ratio AS night_transaction_ratio,  -- how much of the address's activity is at night; ≥ 0
  f.consistency_score AS consistency_score,  -- consistency of the address's timing, scored
  f.flow_burstiness AS flow_burstiness,  -- burstiness of the address's flows in time
  f.transaction_regularity AS transaction_regularity,  -- regularity of the timing of the address's transactions
  CASE WHEN f.first_activity_timestamp > 0 THEN (CAST(s.window_end_second AS DOUBLE) - CAST(f.first_activity_timestamp AS DOUBLE)) / 8.64e4 END AS first_activity_age_days,  -- from the first activity of the address to the end of the window; days
  CASE WHEN f.last_activity_timestamp > 0 THEN (CAST(s.window_end_second AS DOUBLE) - CAST(f.last_activity_timestamp AS DOUBLE)) / 8.64e4 END AS last_activity_age_days,  -- from the last activity of the address to the end of the window; days
  h.hours_active AS hours_active,  -- hours of the day at which the address was active; hours; 0 to 24
  h.top_hour_share AS top_hour_share,  -- share of the address's most active hour of the day; 0 to 1
  h.office_hours_share AS office_hours_share,  -- share of the address's activity from 08:00 to 18:00 UTC; 0 to 1
  h.days_active AS days_active,  -- days of the week on which the address was active; days; 0 to 7
  h.top_day_share AS top_day_share  -- share of the address's most active day of the week; 0 to 1
FROM alerts AS a
INNER JOIN subjects AS s ON s.subject_id = a.subject_id
LEFT JOIN features AS f ON f.subject_id = a.subject_id
LEFT JOIN activity_histograms AS h ON h.subject_id = a.subject_id
