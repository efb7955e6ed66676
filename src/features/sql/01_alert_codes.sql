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
  CASE lower(a.severity) WHEN 'low' THEN 0 WHEN 'medium' THEN 1 WHEN 'high' THEN 2 WHEN 'critical' THEN 3 END AS severity_level,
  CASE WHEN lower(a.typology_type) LIKE '%layer%' THEN 1 ELSE 0 END AS is_layering,
  CASE WHEN lower(a.typology_type) LIKE '%exchange%' THEN 1 ELSE 0 END AS is_fresh_to_exchange,
  CASE WHEN lower(a.typology_type) LIKE '%fan%out%' THEN 1 ELSE 0 END AS is_fan_out,
  CASE WHEN lower(a.typology_type) LIKE '%fan%in%' THEN 1 ELSE 0 END AS is_fan_in,
  CASE WHEN lower(a.typology_type) LIKE '%hub%' THEN 1 ELSE 0 END AS is_hub,
  CASE WHEN lower(a.typology_type) LIKE '%structur%' THEN 1 ELSE 0 END AS is_structuring,
  CASE WHEN lower(a.typology_type) LIKE '%cycl%' OR lower(a.typology_type) LIKE '%circular%' OR lower(a.typology_type) LIKE '%round%trip%' THEN 1 ELSE 0 END AS is_cycle,
  CASE WHEN lower(a.typology_type) LIKE '%mix%' THEN 1 ELSE 0 END AS is_mixing,
  CASE WHEN lower(a.typology_type) LIKE '%smurf%' OR lower(a.typology_type) LIKE '%scatter%' THEN 1 ELSE 0 END AS is_smurfing,
  CASE WHEN lower(a.typology_type) LIKE '%peel%' THEN 1 ELSE 0 END AS is_peel_chain,
  CASE WHEN lower(a.typology_type) LIKE '%velocity%' OR lower(a.typology_type) LIKE '%rapid%' THEN 1 ELSE 0 END AS is_velocity,
  CASE WHEN lower(a.suspected_address_type) = 'mixer' THEN 1 ELSE 0 END AS suspects_mixer,
  CASE WHEN lower(a.suspected_address_type) = 'scam' THEN 1 ELSE 0 END AS suspects_scam,
  CASE WHEN lower(a.suspected_address_type) = 'exchange' THEN 1 ELSE 0 END AS suspects_exchange,
  CASE WHEN lower(a.suspected_address_type) = 'wallet' THEN 1 ELSE 0 END AS suspects_wallet,
  CASE WHEN lower(a.suspected_address_type) = 'bridge' THEN 1 ELSE 0 END AS suspects_bridge,
  CASE WHEN lower(a.suspected_address_type) = 'contract' THEN 1 ELSE 0 END AS suspects_contract,
  CASE WHEN coalesce(a.pattern_id, '') = '' THEN 0 ELSE 1 END AS has_pattern
FROM alerts AS a
