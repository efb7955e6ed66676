-- One row per window and day: mean and standard deviation, over the alerts that know it, of every
-- logarithm in alert_logs. From exact decimal sums, so that the order of the rows cannot matter.
--   …_mean, …_stddev: ≥ 0, NULL where no alert knows the amount
SELECT
  m.window_days AS window_days,
  m.processing_date AS processing_date,
  m.alert_volume_mean AS alert_volume_mean,
  CASE WHEN m.alert_volume_mean IS NOT NULL THEN sqrt(greatest(m.alert_volume_square_mean - m.alert_volume_mean * m.alert_volume_mean, 0.0e0)) END AS alert_volume_stddev,
  m.total_in_mean AS total_in_mean,
  CASE WHEN m.total_in_mean IS NOT NULL THEN sqrt(greatest(m.total_in_square_mean - m.total_in_mean * m.total_in_mean, 0.0e0)) END AS total_in_stddev,
  m.total_out_mean AS total_out_mean,
  CASE WHEN m.total_out_mean IS NOT NULL THEN sqrt(greatest(m.total_out_square_mean - m.total_out_mean * m.total_out_mean, 0.0e0)) END AS total_out_stddev,
  m.total_volume_mean AS total_volume_mean,
  CASE WHEN m.total_volume_mean IS NOT NULL THEN sqrt(greatest(m.total_volume_square_mean - m.total_volume_mean * m.total_volume_mean, 0.0e0)) END AS total_volume_stddev,
  m.max_tx_mean AS max_tx_mean,
  CASE WHEN m.max_tx_mean IS NOT NULL THEN sqrt(greatest(m.max_tx_square_mean - m.max_tx_mean * m.max_tx_mean, 0.0e0)) END AS max_tx_stddev,
  m.degree_mean AS degree_mean,
  CASE WHEN m.degree_mean IS NOT NULL THEN sqrt(greatest(m.degree_square_mean - m.degree_mean * m.degree_mean, 0.0e0)) END AS degree_stddev,
  m.tx_count_mean AS tx_count_mean,
  CASE WHEN m.tx_count_mean IS NOT NULL THEN sqrt(greatest(m.tx_count_square_mean - m.tx_count_mean * m.tx_count_mean, 0.0e0)) END AS tx_count_stddev,
  m.neighborhood_mean AS neighborhood_mean,
  CASE WHEN m.neighborhood_mean IS NOT NULL THEN sqrt(greatest(m.neighborhood_square_mean - m.neighborhood_mean * m.neighborhood_mean, 0.0e0)) END AS neighborhood_stddev
FROM (
  SELECT
    s.window_days AS window_days,
    s.processing_date AS processing_date,
    CAST(s.alert_volume_sum AS DOUBLE) / nullif(CAST(s.alert_volume_known AS DOUBLE), 0.0e0) AS alert_volume_mean,
    CAST(s.alert_volume_squares AS DOUBLE) / nullif(CAST(s.alert_volume_known AS DOUBLE), 0.0e0) AS alert_volume_square_mean,
    CAST(s.total_in_sum AS DOUBLE) / nullif(CAST(s.total_in_known AS DOUBLE), 0.0e0) AS total_in_mean,
    CAST(s.total_in_squares AS DOUBLE) / nullif(CAST(s.total_in_known AS DOUBLE), 0.0e0) AS total_in_square_mean,
    CAST(s.total_out_sum AS DOUBLE) / nullif(CAST(s.total_out_known AS DOUBLE), 0.0e0) AS total_out_mean,
    CAST(s.total_out_squares AS DOUBLE) / nullif(CAST(s.total_out_known AS DOUBLE), 0.0e0) AS total_out_square_mean,
    CAST(s.total_volume_sum AS DOUBLE) / nullif(CAST(s.total_volume_known AS DOUBLE), 0.0e0) AS total_volume_mean,
    CAST(s.total_volume_squares AS DOUBLE) / nullif(CAST(s.total_volume_known AS DOUBLE), 0.0e0) AS total_volume_square_mean,
    CAST(s.max_tx_sum AS DOUBLE) / nullif(CAST(s.max_tx_known AS DOUBLE), 0.0e0) AS max_tx_mean,
    CAST(s.max_tx_squares AS DOUBLE) / nullif(CAST(s.max_tx_known AS DOUBLE), 0.0e0) AS max_tx_square_mean,
    CAST(s.degree_sum AS DOUBLE) / nullif(CAST(s.degree_known AS DOUBLE), 0.0e0) AS degree_mean,
    CAST(s.degree_squares AS DOUBLE) / nullif(CAST(s.degree_known AS DOUBLE), 0.0e0) AS degree_square_mean,
    CAST(s.tx_count_sum AS DOUBLE) / nullif(CAST(s.tx_count_known AS DOUBLE), 0.0e0) AS tx_count_mean,
    CAST(s.tx_count_squares AS DOUBLE) / nullif(CAST(s.tx_count_known AS DOUBLE), 0.0e0) AS tx_count_square_mean,
    CAST(s.neighborhood_sum AS DOUBLE) / nullif(CAST(s.neighborhood_known AS DOUBLE), 0.0e0) AS neighborhood_mean,
    CAST(s.neighborhood_squares AS DOUBLE) / nullif(CAST(s.neighborhood_known AS DOUBLE), 0.0e0) AS neighborhood_square_mean
  FROM (
    SELECT
      l.window_days AS window_days,
      l.processing_date AS processing_date,
      count(l.alert_volume) AS alert_volume_known,
      CAST(sum(CAST(l.alert_volume AS DECIMAL(18, 6))) AS DECIMAL(28, 6)) AS alert_volume_sum,
      CAST(sum(CAST(l.alert_volume AS DECIMAL(19, 6)) * CAST(l.alert_volume AS DECIMAL(18, 6))) AS DECIMAL(38, 12)) AS alert_volume_squares,
      count(l.total_in) AS total_in_known,
      CAST(sum(CAST(l.total_in AS DECIMAL(18, 6))) AS DECIMAL(28, 6)) AS total_in_sum,
      CAST(sum(CAST(l.total_in AS DECIMAL(19, 6)) * CAST(l.total_in AS DECIMAL(18, 6))) AS DECIMAL(38, 12)) AS total_in_squares,
      count(l.total_out) AS total_out_known,
      CAST(sum(CAST(l.total_out AS DECIMAL(18, 6))) AS DECIMAL(28, 6)) AS total_out_sum,
      CAST(sum(CAST(l.total_out AS DECIMAL(19, 6)) * CAST(l.total_out AS DECIMAL(18, 6))) AS DECIMAL(38, 12)) AS total_out_squares,
      count(l.total_volume) AS total_volume_known,
      CAST(sum(CAST(l.total_volume AS DECIMAL(18, 6))) AS DECIMAL(28, 6)) AS total_volume_sum,
      CAST(sum(CAST(l.total_volume AS DECIMAL(19, 6)) * CAST(l.total_volume AS DECIMAL(18, 6))) AS DECIMAL(38, 12)) AS total_volume_squares,
      count(l.max_tx) AS max_tx_known,
      CAST(sum(CAST(l.max_tx AS DECIMAL(18, 6))) AS DECIMAL(28, 6)) AS max_tx_sum,
      CAST(sum(CAST(l.max_tx AS DECIMAL(19, 6)) * CAST(l.max_tx AS DECIMAL(18, 6))) AS DECIMAL(38, 12)) AS max_tx_squares,
      count(l.degree) AS degree_known,
      CAST(sum(CAST(l.degree AS DECIMAL(18, 6))) AS DECIMAL(28, 6)) AS degree_sum,
      CAST(sum(CAST(l.degree AS DECIMAL(19, 6)) * CAST(l.degree AS DECIMAL(18, 6))) AS DECIMAL(38, 12)) AS degree_squares,
      count(l.tx_count) AS tx_count_known,
      CAST(sum(CAST(l.tx_count AS DECIMAL(18, 6))) AS DECIMAL(28, 6)) AS tx_count_sum,
      CAST(sum(CAST(l.tx_count AS DECIMAL(19, 6)) * CAST(l.tx_count AS DECIMAL(18, 6))) AS DECIMAL(38, 12)) AS tx_count_squares,
      count(l.neighborhood) AS neighborhood_known,
      CAST(sum(CAST(l.neighborhood AS DECIMAL(18, 6))) AS DECIMAL(28, 6)) AS neighborhood_sum,
      CAST(sum(CAST(l.neighborhood AS DECIMAL(19, 6)) * CAST(l.neighborhood AS DECIMAL(18, 6))) AS DECIMAL(38, 12)) AS neighborhood_squares
    FROM alert_logs AS l
    GROUP BY l.window_days, l.processing_date
  ) AS s
) AS m
