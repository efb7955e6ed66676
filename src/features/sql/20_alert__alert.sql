-- The alert itself.
SELECT
  a.alert_id AS alert_id,
  a.alert_confidence_score AS alert_confidence_score,  -- the producer's confidence in the alert; 0 to 1
  CAST(a.volume_usd AS DOUBLE) AS alert_volume_usd,  -- moved in the alert; USD; ≥ 0
  CAST(c.severity_level AS DOUBLE) AS severity_level,  -- severity of the alert: 0 low, 1 medium, 2 high, 3 critical; 0 to 3
  CAST(c.is_layering AS DOUBLE) AS typology_is_layering,  -- the typology is of the family layering; 0 or 1
  CAST(c.is_fresh_to_exchange AS DOUBLE) AS typology_is_fresh_to_exchange,  -- the typology is of the family fresh funds to an exchange; 0 or 1
  CAST(c.is_fan_out AS DOUBLE) AS typology_is_fan_out,  -- the typology is of the family fan-out; 0 or 1
  CAST(c.is_fan_in AS DOUBLE) AS typology_is_fan_in,  -- the typology is of the family fan-in; 0 or 1
  CAST(c.is_hub AS DOUBLE) AS typology_is_hub,  -- the typology is of the family hub; 0 or 1
  CAST(c.is_structuring AS DOUBLE) AS typology_is_structuring,  -- the typology is of the family structuring; 0 or 1
  CAST(c.is_cycle AS DOUBLE) AS typology_is_cycle,  -- the typology is of the family circular flow; 0 or 1
  CAST(c.is_mixing AS DOUBLE) AS typology_is_mixing,  -- the typology is of the family mixing; 0 or 1
  CAST(c.is_smurfing AS DOUBLE) AS typology_is_smurfing,  -- the typology is of the family smurfing or scatter; 0 or 1
  CAST(c.is_peel_chain AS DOUBLE) AS typology_is_peel_chain,  -- the typology is of the family peel chain; 0 or 1
  CAST(c.is_velocity AS DOUBLE) AS typology_is_velocity,  -- the typology is of the family velocity or rapid movement; 0 or 1
  CAST(c.suspects_mixer AS DOUBLE) AS suspects_mixer,  -- the address is suspected to be a mixer; 0 or 1
  CAST(c.suspects_scam AS DOUBLE) AS suspects_scam,  -- the address is suspected to be a scam; 0 or 1
  CAST(c.suspects_exchange AS DOUBLE) AS suspects_exchange,  -- the address is suspected to be an exchange; 0 or 1
  CAST(c.suspects_wallet AS DOUBLE) AS suspects_wallet,  -- the address is suspected to be a wallet; 0 or 1
  CAST(c.suspects_bridge AS DOUBLE) AS suspects_bridge,  -- the address is suspected to be a bridge; 0 or 1
  CAST(c.suspects_contract AS DOUBLE) AS suspects_contract  -- the address is suspected to be a contract; 0 or 1
FROM alerts AS a
INNER JOIN alert_codes AS c ON c.alert_id = a.alert_id
