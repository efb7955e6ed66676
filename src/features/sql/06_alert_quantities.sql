-- One row per alert: quantities of which the group ranks has logarithm, percentile and z-score within the day.
SELECT
  a.alert_id AS alert_id,
  a.volume_usd AS alert_volume,  -- USD moved in the alert
  f.total_in_usd AS total_in,  -- USD that the address received
  f.total_out_usd AS total_out,  -- USD that the address paid
  f.total_volume_usd AS total_volume,  -- USD that the address received and paid
  f.max_tx_usd AS max_tx,  -- USD of the address's largest transaction
  f.degree_total AS degree,  -- senders and receivers of the address
  f.tx_total_count AS tx_count,  -- transactions of the address
  f.khop1_volume_usd AS neighborhood  -- USD of the address's 1-hop neighborhood
FROM alerts AS a
LEFT JOIN features AS f ON f.subject_id = a.subject_id
