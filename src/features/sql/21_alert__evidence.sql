-- What evidence_json says; missing where it does not.
SELECT
  a.alert_id AS alert_id,
  a.evidence_tx_count AS evidence_tx_count,  -- transactions in evidence; ≥ 0
  a.evidence_volume_usd AS evidence_volume_usd,  -- volume in evidence; USD
  a.evidence_hops AS evidence_hops,  -- length of the path in evidence; hops; ≥ 0
  a.evidence_time_span_hours AS evidence_time_span_hours,  -- time that the evidence spans; hours; ≥ 0
  a.evidence_counterparties AS evidence_counterparties,  -- counterparties in evidence; addresses; ≥ 0
  CAST(a.evidence_patterns AS DOUBLE) AS evidence_patterns,  -- entries of pattern_matches in evidence; ≥ 0
  CASE WHEN a.evidence_detection_second > 0.0e0 THEN (CAST(s.window_end_second AS DOUBLE) - a.evidence_detection_second) / 3.6e3 END AS evidence_detection_age_hours,  -- from the detection to the end of the window; hours
  ratio(a.evidence_tx_count, f.tx_total_count) AS evidence_tx_share  -- transactions in evidence by all of the address; ≥ 0
FROM alerts AS a
INNER JOIN subjects AS s ON s.subject_id = a.subject_id
LEFT JOIN features AS f ON f.subject_id = a.subject_id
