-- How long money rests with the address, first in, first out (docs/flows.md).
-- Missing where the address has no transfers in its window.
SELECT
  a.alert_id AS alert_id,
  ratio(g.rest_received_usd, g.in_usd) AS spendable_share,  -- share of the USD received that is neither change nor consolidation; 0 to 1
  ratio(g.relays, g.in_transfers) AS relay_share,  -- share of the transfers received of which the next payment, within 24 hours, passes 90 to 100 % on; 0 to 1
  ratio(g.relayed_usd, g.in_usd) AS relayed_usd_share,  -- USD paid by those next payments, by the USD received; ≥ 0
  CAST(g.passed_on_1h_share AS DOUBLE) AS passed_on_1h_share,  -- share of the USD received that were paid on within an hour; 0 to 1
  CAST(g.passed_on_6h_share AS DOUBLE) AS passed_on_6h_share,  -- share paid on within 6 hours; 0 to 1
  CAST(g.passed_on_24h_share AS DOUBLE) AS passed_on_24h_share,  -- share paid on within 24 hours; 0 to 1
  CAST(g.passed_on_72h_share AS DOUBLE) AS passed_on_72h_share,  -- share paid on within 72 hours; 0 to 1
  CAST(g.passed_on_7d_share AS DOUBLE) AS passed_on_7d_share,  -- share paid on within seven days; 0 to 1
  CAST(g.mean_rest_hours AS DOUBLE) AS mean_rest_hours  -- mean hours that the USD paid on within seven days rested; hours; 0 to 168
FROM alerts AS a
LEFT JOIN address_flows AS g ON g.subject_id = a.subject_id
