-- An idea: whoever launders passes money along a chain of addresses, at the end of which it leaves through an exchange.
-- Missing where the address has no transfers in its window.
SELECT
  a.alert_id AS alert_id,
  CAST(g.chain_forward_longest AS DOUBLE) AS onward_hops,  -- transfers of the longest chain that keeps most of the amount and begins with a payment of it; ≥ 0
  CAST(g.chain_backward_longest AS DOUBLE) AS hops_so_far,  -- transfers of the longest such chain that ends with a transfer to it; ≥ 0
  CAST(g.chain_forward_longest + g.chain_backward_longest AS DOUBLE) AS hops_of_both,  -- both together; ≥ 0
  ratio(g.cycle_largest_usd, g.in_usd) AS returned_share,  -- most USD that came all the way round a cycle of transfers, by the USD received; 0 to 1
  CAST(g.out_exchange_usd_share AS DOUBLE) AS cashed_out_share,  -- share of USD paid to exchanges; 0 to 1
  CAST(g.out_exchange_indirect_share AS DOUBLE) AS cashed_out_by_others_share,  -- share of USD paid to exchanges by way of one other address of no known kind; 0 to 1
  CAST(g.passed_on_1h_share AS DOUBLE) AS in_haste_share  -- share of the USD received that were paid on within an hour; 0 to 1
FROM alerts AS a
LEFT JOIN address_flows AS g ON g.subject_id = a.subject_id
