-- Money flows of the address within the window; missing where there are none, and sums where no amount is known.
SELECT
  a.alert_id AS alert_id,
  CAST(g.in_transfers AS DOUBLE) AS flow_in_count,  -- transfers that the address received within the window; transfers; ≥ 0
  CAST(known_usd(g.in_usd, g.in_transfers, g.in_unpriced_transfers) AS DOUBLE) AS flow_in_usd,  -- received by the address within the window; USD; ≥ 0
  ratio(g.in_usd, g.in_transfers - g.in_unpriced_transfers) AS flow_in_mean_usd,  -- mean transfer received, of those whose amount is known; USD; ≥ 0
  g.in_deviation_usd AS flow_in_stddev_usd,  -- standard deviation of the transfers received, missing for a file of pairs; USD; ≥ 0
  CAST(g.in_largest_usd AS DOUBLE) AS flow_in_max_usd,  -- largest transfer received, missing for a file of pairs; USD; ≥ 0
  CAST(g.in_counterparties AS DOUBLE) AS flow_in_counterparties,  -- distinct payers; addresses; ≥ 0
  ratio(g.alerted_payers, g.in_counterparties) AS flow_in_alerted_share,  -- share of the payers that have alerts on the day; 0 to 1
  ratio(g.in_top_counterparty_usd, g.in_usd) AS flow_in_top_share,  -- share of one of the payers, the largest, in all that was received; 0 to 1
  ratio(g.in_round_transfers, g.in_transfers - g.in_unpriced_transfers) AS flow_in_round_share,  -- share of transfers received that are multiples of 100 USD, missing for a file of pairs; 0 to 1
  ratio(g.in_below_limit_1_transfers, g.in_transfers - g.in_unpriced_transfers) AS flow_in_near_limit_share,  -- share of transfers received from 9,000 to below 10,000 USD, missing for a file of pairs; 0 to 1
  (CAST(g.in_last_second AS DOUBLE) - CAST(g.in_first_second AS DOUBLE)) / 3.6e3 AS flow_in_span_hours,  -- from the first to the last transfer received; hours; ≥ 0
  CAST(g.out_transfers AS DOUBLE) AS flow_out_count,  -- transfers that the address paid within the window; transfers; ≥ 0
  CAST(known_usd(g.out_usd, g.out_transfers, g.out_unpriced_transfers) AS DOUBLE) AS flow_out_usd,  -- paid by the address within the window; USD; ≥ 0
  ratio(g.out_usd, g.out_transfers - g.out_unpriced_transfers) AS flow_out_mean_usd,  -- mean transfer paid, of those whose amount is known; USD; ≥ 0
  g.out_deviation_usd AS flow_out_stddev_usd,  -- standard deviation of the transfers paid, missing for a file of pairs; USD; ≥ 0
  CAST(g.out_largest_usd AS DOUBLE) AS flow_out_max_usd,  -- largest transfer paid, missing for a file of pairs; USD; ≥ 0
  CAST(g.out_counterparties AS DOUBLE) AS flow_out_counterparties,  -- distinct payees; addresses; ≥ 0
  ratio(g.alerted_payees, g.out_counterparties) AS flow_out_alerted_share,  -- share of the payees that have alerts on the day; 0 to 1
  ratio(g.out_top_counterparty_usd, g.out_usd) AS flow_out_top_share,  -- share of one of the payees, the largest, in all that was paid; 0 to 1
  ratio(g.out_round_transfers, g.out_transfers - g.out_unpriced_transfers) AS flow_out_round_share,  -- share of transfers paid that are multiples of 100 USD, missing for a file of pairs; 0 to 1
  ratio(g.out_below_limit_1_transfers, g.out_transfers - g.out_unpriced_transfers) AS flow_out_near_limit_share,  -- share of transfers paid from 9,000 to below 10,000 USD, missing for a file of pairs; 0 to 1
  (CAST(g.out_last_second AS DOUBLE) - CAST(g.out_first_second AS DOUBLE)) / 3.6e3 AS flow_out_span_hours,  -- from the first to the last transfer paid; hours; ≥ 0
  ratio(g.reciprocal_counterparties, g.in_counterparties + g.out_counterparties - g.reciprocal_counterparties) AS flow_reciprocal_share,  -- share of the counterparties in both directions; 0 to 1
  CASE WHEN known_usd(g.in_usd, g.in_transfers, g.in_unpriced_transfers) IS NOT NULL AND known_usd(g.out_usd, g.out_transfers, g.out_unpriced_transfers) IS NOT NULL THEN ratio(least(g.in_usd, g.out_usd), greatest(g.in_usd, g.out_usd)) END AS flow_pass_through,  -- smaller by larger of received and paid; 0 to 1
  (CAST(g.out_first_second AS DOUBLE) - CAST(g.in_first_second AS DOUBLE)) / 3.6e3 AS flow_first_out_delay_hours  -- from the first transfer received to the first one paid; hours
FROM alerts AS a
LEFT JOIN address_flows AS g ON g.subject_id = a.subject_id
