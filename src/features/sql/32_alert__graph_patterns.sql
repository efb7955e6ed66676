-- Patterns of transfers in which the address stands, within seven days each (docs/flows.md).
-- Missing where the address has no transfers in its window.
SELECT
  a.alert_id AS alert_id,
  CAST(g.scatter_gather_source_largest AS DOUBLE) AS scatter_gather_source_largest,  -- most addresses in the middle of a scatter-gather that it begins; addresses; ≥ 0
  CAST(g.scatter_gather_source_count AS DOUBLE) AS scatter_gather_source_count,  -- transfers that complete one with three or more in the middle that it begins; ≥ 0
  CAST(g.scatter_gather_middle_largest AS DOUBLE) AS scatter_gather_middle_largest,  -- most addresses in the middle of a scatter-gather in whose middle it stands; addresses; ≥ 0
  CAST(g.scatter_gather_middle_count AS DOUBLE) AS scatter_gather_middle_count,  -- transfers from or to it that complete one with three or more in the middle, where it is one of them; ≥ 0
  CAST(g.scatter_gather_sink_largest AS DOUBLE) AS scatter_gather_sink_largest,  -- most addresses in the middle of a scatter-gather that ends with it; addresses; ≥ 0
  CAST(g.scatter_gather_sink_count AS DOUBLE) AS scatter_gather_sink_count,  -- transfers that complete one with three or more in the middle that ends with it; ≥ 0
  CAST(g.cycles_2 AS DOUBLE) AS cycles_2,  -- cycles of two transfers in which it stands: money that was paid back; ≥ 0
  CAST(g.cycles_3 AS DOUBLE) AS cycles_3,  -- cycles of three transfers in which it stands; ≥ 0
  CAST(g.cycles_4 AS DOUBLE) AS cycles_4,  -- cycles of four transfers in which it stands; ≥ 0
  CAST(g.cycles_5 AS DOUBLE) AS cycles_5,  -- cycles of five transfers in which it stands; ≥ 0
  CAST(g.cycles_6 AS DOUBLE) AS cycles_6,  -- cycles of six transfers in which it stands; ≥ 0
  CAST(g.cycles_kept AS DOUBLE) AS cycles_kept,  -- cycles of three and more transfers, the smallest of which is at least half of the largest; ≥ 0
  ratio(g.cycle_largest_usd, g.in_usd) AS cycle_largest_share,  -- most USD that came all the way round a cycle of three and more transfers, by the USD received; 0 to 1
  CAST(g.chain_forward_longest AS DOUBLE) AS chain_forward_longest,  -- transfers of the longest chain that keeps most of the amount and begins with a payment of it; ≥ 0
  CAST(g.chain_backward_longest AS DOUBLE) AS chain_backward_longest,  -- transfers of the longest such chain that ends with a transfer to it; ≥ 0
  CAST(g.chain_through_longest AS DOUBLE) AS chain_through_longest,  -- transfers of the longest such chain in which it stands; ≥ 0
  CAST(g.chains_begun AS DOUBLE) AS chains_begun,  -- payments of it that begin a chain of three and more; ≥ 0
  CAST(g.chains_ended AS DOUBLE) AS chains_ended,  -- transfers to it that end a chain of three and more; ≥ 0
  CAST(g.chain_transfers AS DOUBLE) AS chain_transfers,  -- transfers from and to it that stand in a chain of three and more; transfers; ≥ 0
  ratio(g.chain_transfers, g.in_transfers + g.out_transfers) AS chain_share,  -- their share in all transfers from and to it; 0 to 1
  CAST(g.peeling_longest AS DOUBLE) AS peeling_longest,  -- transfers of the longest peeling chain in which it stands; ≥ 0
  CAST(g.peeling_steps AS DOUBLE) AS peeling_steps,  -- transfers received of which it peeled something off and paid the rest on; ≥ 0
  ratio(g.peeled_usd, g.out_usd) AS peeled_share,  -- USD that it peeled off, by the USD paid; 0 to 1
  CAST(g.peels_received AS DOUBLE) AS peels_received  -- transfers received that were peeled off elsewhere; ≥ 0
FROM alerts AS a
LEFT JOIN address_flows AS g ON g.subject_id = a.subject_id
