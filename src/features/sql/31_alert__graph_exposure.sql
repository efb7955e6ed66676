-- How much of the money comes from and goes to addresses of a kind, over one and more transfers (docs/flows.md).
-- Missing where the address has no transfers in its window.
SELECT
  a.alert_id AS alert_id,
  CAST(g.in_mixer_usd_share AS DOUBLE) AS in_mixer_usd_share,  -- share of USD received from mixers; 0 to 1
  CAST(g.in_mixer_transfer_share AS DOUBLE) AS in_mixer_transfer_share,  -- share of transfers received from mixers; 0 to 1
  CAST(g.in_mixer_indirect_share AS DOUBLE) AS in_mixer_indirect_share,  -- share of USD received from mixers by way of one other address of no known kind; 0 to 1
  CAST(g.in_exchange_usd_share AS DOUBLE) AS in_exchange_usd_share,  -- share of USD received from exchanges; 0 to 1
  CAST(g.in_exchange_transfer_share AS DOUBLE) AS in_exchange_transfer_share,  -- share of transfers received from exchanges; 0 to 1
  CAST(g.in_exchange_indirect_share AS DOUBLE) AS in_exchange_indirect_share,  -- share of USD received from exchanges by way of one other address of no known kind; 0 to 1
  CAST(g.in_contract_usd_share AS DOUBLE) AS in_contract_usd_share,  -- share of USD received from contracts; 0 to 1
  CAST(g.in_contract_transfer_share AS DOUBLE) AS in_contract_transfer_share,  -- share of transfers received from contracts; 0 to 1
  CAST(g.in_contract_indirect_share AS DOUBLE) AS in_contract_indirect_share,  -- share of USD received from contracts by way of one other address of no known kind; 0 to 1
  CAST(g.in_new_usd_share AS DOUBLE) AS in_new_usd_share,  -- share of USD received from new addresses; 0 to 1
  CAST(g.in_new_transfer_share AS DOUBLE) AS in_new_transfer_share,  -- share of transfers received from new addresses; 0 to 1
  CAST(g.in_new_indirect_share AS DOUBLE) AS in_new_indirect_share,  -- share of USD received from new addresses by way of one other address of no known kind; 0 to 1
  CAST(g.in_dormant_usd_share AS DOUBLE) AS in_dormant_usd_share,  -- share of USD received from addresses that were dormant; 0 to 1
  CAST(g.in_dormant_transfer_share AS DOUBLE) AS in_dormant_transfer_share,  -- share of transfers received from addresses that were dormant; 0 to 1
  CAST(g.in_dormant_indirect_share AS DOUBLE) AS in_dormant_indirect_share,  -- share of USD received from addresses that were dormant by way of one other address of no known kind; 0 to 1
  CAST(g.in_service_usd_share AS DOUBLE) AS in_service_usd_share,  -- share of USD received from services (more than 100 transfers in 24 hours); 0 to 1
  CAST(g.in_service_transfer_share AS DOUBLE) AS in_service_transfer_share,  -- share of transfers received from services (more than 100 transfers in 24 hours); 0 to 1
  CAST(g.in_service_indirect_share AS DOUBLE) AS in_service_indirect_share,  -- share of USD received from services (more than 100 transfers in 24 hours) by way of one other address of no known kind; 0 to 1
  CAST(g.out_mixer_usd_share AS DOUBLE) AS out_mixer_usd_share,  -- share of USD paid to mixers; 0 to 1
  CAST(g.out_mixer_transfer_share AS DOUBLE) AS out_mixer_transfer_share,  -- share of transfers paid to mixers; 0 to 1
  CAST(g.out_mixer_indirect_share AS DOUBLE) AS out_mixer_indirect_share,  -- share of USD paid to mixers by way of one other address of no known kind; 0 to 1
  CAST(g.out_exchange_usd_share AS DOUBLE) AS out_exchange_usd_share,  -- share of USD paid to exchanges; 0 to 1
  CAST(g.out_exchange_transfer_share AS DOUBLE) AS out_exchange_transfer_share,  -- share of transfers paid to exchanges; 0 to 1
  CAST(g.out_exchange_indirect_share AS DOUBLE) AS out_exchange_indirect_share,  -- share of USD paid to exchanges by way of one other address of no known kind; 0 to 1
  CAST(g.out_contract_usd_share AS DOUBLE) AS out_contract_usd_share,  -- share of USD paid to contracts; 0 to 1
  CAST(g.out_contract_transfer_share AS DOUBLE) AS out_contract_transfer_share,  -- share of transfers paid to contracts; 0 to 1
  CAST(g.out_contract_indirect_share AS DOUBLE) AS out_contract_indirect_share,  -- share of USD paid to contracts by way of one other address of no known kind; 0 to 1
  CAST(g.out_new_usd_share AS DOUBLE) AS out_new_usd_share,  -- share of USD paid to new addresses; 0 to 1
  CAST(g.out_new_transfer_share AS DOUBLE) AS out_new_transfer_share,  -- share of transfers paid to new addresses; 0 to 1
  CAST(g.out_new_indirect_share AS DOUBLE) AS out_new_indirect_share,  -- share of USD paid to new addresses by way of one other address of no known kind; 0 to 1
  CAST(g.out_dormant_usd_share AS DOUBLE) AS out_dormant_usd_share,  -- share of USD paid to addresses that were dormant; 0 to 1
  CAST(g.out_dormant_transfer_share AS DOUBLE) AS out_dormant_transfer_share,  -- share of transfers paid to addresses that were dormant; 0 to 1
  CAST(g.out_dormant_indirect_share AS DOUBLE) AS out_dormant_indirect_share,  -- share of USD paid to addresses that were dormant by way of one other address of no known kind; 0 to 1
  CAST(g.out_service_usd_share AS DOUBLE) AS out_service_usd_share,  -- share of USD paid to services (more than 100 transfers in 24 hours); 0 to 1
  CAST(g.out_service_transfer_share AS DOUBLE) AS out_service_transfer_share,  -- share of transfers paid to services (more than 100 transfers in 24 hours); 0 to 1
  CAST(g.out_service_indirect_share AS DOUBLE) AS out_service_indirect_share,  -- share of USD paid to services (more than 100 transfers in 24 hours) by way of one other address of no known kind; 0 to 1
  CAST(g.in_taint_1 AS DOUBLE) AS in_taint_1,  -- share of USD that come from mixers over up to 1 transfers, each address mixing its money in equal parts; 0 to 1
  CAST(g.in_taint_2 AS DOUBLE) AS in_taint_2,  -- share of USD that come from mixers over up to 2 transfers, each address mixing its money in equal parts; 0 to 1
  CAST(g.in_taint_3 AS DOUBLE) AS in_taint_3,  -- share of USD that come from mixers over up to 3 transfers, each address mixing its money in equal parts; 0 to 1
  CAST(g.out_taint_1 AS DOUBLE) AS out_taint_1,  -- share of USD that go to mixers over up to 1 transfers, each address mixing its money in equal parts; 0 to 1
  CAST(g.out_taint_2 AS DOUBLE) AS out_taint_2,  -- share of USD that go to mixers over up to 2 transfers, each address mixing its money in equal parts; 0 to 1
  CAST(g.out_taint_3 AS DOUBLE) AS out_taint_3,  -- share of USD that go to mixers over up to 3 transfers, each address mixing its money in equal parts; 0 to 1
  CAST(g.mixer_rank AS DOUBLE) AS mixer_rank,  -- PageRank from mixers along the money, as a multiple of the mean over all addresses; ≥ 0
  CAST(g.mixer_rank_backwards AS DOUBLE) AS mixer_rank_backwards  -- PageRank from mixers against the money, as a multiple of the mean over all addresses; ≥ 0
FROM alerts AS a
LEFT JOIN address_flows AS g ON g.subject_id = a.subject_id
