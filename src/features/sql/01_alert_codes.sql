-- One row per alert: its text columns as numbers.
--   alert_id, subject_id: the alert, and its address in its window and day
--   severity_level: 0 low, 1 medium, 2 high, 3 critical; NULL for any other word
--   is_layering, is_fresh_to_exchange, is_fan_out, is_fan_in, is_hub, is_structuring, is_cycle, is_mixing,
--     is_smurfing, is_peel_chain, is_velocity: 1 where the typology's name belongs to that family, else 0; names of different
--     producers meet here (MOTIF_FANIN and fan_in, CYCLE_DETECTION and circular_flow)
--   suspects_mixer, suspects_scam, suspects_exchange, suspects_wallet, suspects_bridge, suspects_contract: 1 where suspected_address_type says so, else 0
--   has_pattern: 1 where pattern_id is not empty, else 0
SELECT
  a.alert_id AS alert_id,
  a.subject_id AS subject_id,
  severity_level(a.severity) AS severity_level,
  flag(lower(a.typology_type) LIKE '%layer%') AS is_layering,
  flag(lower(a.typology_type) LIKE '%exchange%') AS is_fresh_to_exchange,
  flag(lower(a.typology_type) LIKE '%fan%out%') AS is_fan_out,
  flag(lower(a.typology_type) LIKE '%fan%in%') AS is_fan_in,
  flag(lower(a.typology_type) LIKE '%hub%') AS is_hub,
  flag(lower(a.typology_type) LIKE '%structur%') AS is_structuring,
  flag(lower(a.typology_type) LIKE '%cycl%' OR lower(a.typology_type) LIKE '%circular%' OR lower(a.typology_type) LIKE '%round%trip%') AS is_cycle,
  flag(lower(a.typology_type) LIKE '%mix%') AS is_mixing,
  flag(lower(a.typology_type) LIKE '%smurf%' OR lower(a.typology_type) LIKE '%scatter%') AS is_smurfing,
  flag(lower(a.typology_type) LIKE '%peel%') AS is_peel_chain,
  flag(lower(a.typology_type) LIKE '%velocity%' OR lower(a.typology_type) LIKE '%rapid%') AS is_velocity,
  flag(lower(a.suspected_address_type) = 'mixer') AS suspects_mixer,
  flag(lower(a.suspected_address_type) = 'scam') AS suspects_scam,
  flag(lower(a.suspected_address_type) = 'exchange') AS suspects_exchange,
  flag(lower(a.suspected_address_type) = 'wallet') AS suspects_wallet,
  flag(lower(a.suspected_address_type) = 'bridge') AS suspects_bridge,
  flag(lower(a.suspected_address_type) = 'contract') AS suspects_contract,
  CASE WHEN coalesce(a.pattern_id, '') = '' THEN 0 ELSE 1 END AS has_pattern
FROM alerts AS a
