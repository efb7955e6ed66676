-- Money flows of the address within the window; missing where there are none, and sums where no amount is known.
SELECT
  a.alert_id AS alert_id,
  CAST(w.in_transfers AS DOUBLE) AS flow_in_count,  -- transfers that the address received within the window; transfers; ≥ 0
  CAST(w.in_amount_usd AS DOUBLE) AS flow_in_usd,  -- received by the address within the window; USD; ≥ 0
  ratio(w.in_amount_usd, w.in_known_transfers) AS flow_in_mean_usd,  -- mean transfer received, of those whose amount is known; USD; ≥ 0
  deviation(w.in_single_transfers, CASE WHEN w.in_single_transfers = w.in_known_transfers THEN w.in_amount_usd END, w.in_squared_usd) AS flow_in_stddev_usd,  -- standard deviation of the transfers received, missing for a file of pairs; USD; ≥ 0
  CAST(w.in_largest_usd AS DOUBLE) AS flow_in_max_usd,  -- largest transfer received, missing for a file of pairs; USD; ≥ 0
  CAST(w.in_counterparties AS DOUBLE) AS flow_in_counterparties,  -- distinct payers; addresses; ≥ 0
  ratio(w.in_alerted_counterparties, w.in_counterparties) AS flow_in_alerted_share,  -- share of the payers that have alerts or are in clusters on the day; 0 to 1
  ratio(w.in_top_counterparty_usd, w.in_amount_usd) AS flow_in_top_share,  -- share of one of the payers, the largest, in all that was received; 0 to 1
  ratio(w.in_round_transfers, w.in_single_transfers) AS flow_in_round_share,  -- share of transfers received that are multiples of 100 USD; 0 to 1
  ratio(w.in_near_limit_transfers, w.in_single_transfers) AS flow_in_near_limit_share,  -- share of transfers received from 9,000 to below 10,000 USD; 0 to 1
  (CAST(w.in_last_second AS DOUBLE) - CAST(w.in_first_second AS DOUBLE)) / 3.6e3 AS flow_in_span_hours,  -- from the first to the last transfer received; hours; ≥ 0
  CAST(w.out_transfers AS DOUBLE) AS flow_out_count,  -- transfers that the address paid within the window; transfers; ≥ 0
  CAST(w.out_amount_usd AS DOUBLE) AS flow_out_usd,  -- paid by the address within the window; USD; ≥ 0
  ratio(w.out_amount_usd, w.out_known_transfers) AS flow_out_mean_usd,  -- mean transfer paid, of those whose amount is known; USD; ≥ 0
  deviation(w.out_single_transfers, CASE WHEN w.out_single_transfers = w.out_known_transfers THEN w.out_amount_usd END, w.out_squared_usd) AS flow_out_stddev_usd,  -- standard deviation of the transfers paid, missing for a file of pairs; USD; ≥ 0
  CAST(w.out_largest_usd AS DOUBLE) AS flow_out_max_usd,  -- largest transfer paid, missing for a file of pairs; USD; ≥ 0
  CAST(w.out_counterparties AS DOUBLE) AS flow_out_counterparties,  -- distinct payees; addresses; ≥ 0
  ratio(w.out_alerted_counterparties, w.out_counterparties) AS flow_out_alerted_share,  -- share of the payees that have alerts or are in clusters on the day; 0 to 1
  ratio(w.out_top_counterparty_usd, w.out_amount_usd) AS flow_out_top_share,  -- share of one of the payees, the largest, in all that was paid; 0 to 1
  ratio(w.out_round_transfers, w.out_single_transfers) AS flow_out_round_share,  -- share of transfers paid that are multiples of 100 USD; 0 to 1
  ratio(w.out_near_limit_transfers, w.out_single_transfers) AS flow_out_near_limit_share,  -- share of transfers paid from 9,000 to below 10,000 USD; 0 to 1
  (CAST(w.out_last_second AS DOUBLE) - CAST(w.out_first_second AS DOUBLE)) / 3.6e3 AS flow_out_span_hours,  -- from the first to the last transfer paid; hours; ≥ 0
  ratio(w.reciprocal_counterparties, w.in_counterparties + w.out_counterparties - w.reciprocal_counterparties) AS flow_reciprocal_share,  -- share of the counterparties in both directions; 0 to 1
  CASE WHEN w.in_amount_usd IS NOT NULL AND w.out_amount_usd IS NOT NULL THEN ratio(least(w.in_amount_usd, w.out_amount_usd), greatest(w.in_amount_usd, w.out_amount_usd)) END AS flow_pass_through,  -- smaller by larger of received and paid; 0 to 1
  (CAST(w.out_first_second AS DOUBLE) - CAST(w.in_first_second AS DOUBLE)) / 3.6e3 AS flow_first_out_delay_hours  -- from the first transfer received to the first one paid; hours
FROM alerts AS a
LEFT JOIN flow_statistics AS w ON w.subject_id = a.subject_id
