-- What is known of the cluster's addresses, and earlier alerts about them. Made only where --labels or --history names files; 0 for addresses that nobody knows.
SELECT
  m.cluster_id AS cluster_id,
  CAST(sum(CAST(coalesce(k.is_bad, 0) AS BIGINT)) AS DOUBLE) AS known_bad_addresses,  -- its addresses that are known as bad; addresses; ≥ 0
  ratio(sum(CAST(coalesce(k.is_bad, 0) AS BIGINT)), count(m.subject_id)) AS known_bad_share,  -- their share; 0 to 1
  CAST(sum(CAST(coalesce(k.is_sanctioned, 0) AS BIGINT)) AS DOUBLE) AS known_sanctioned_addresses,  -- its addresses on a sanctions list; addresses; ≥ 0
  CAST(sum(CAST(coalesce(k.is_good, 0) AS BIGINT)) AS DOUBLE) AS known_good_addresses,  -- its addresses that are known as good; addresses; ≥ 0
  CAST(min(w.in_known_bad_hops) AS DOUBLE) AS known_in_bad_hops,  -- fewest transfers over which money came to one of them from a bad address, missing beyond 3; transfers; 0 to 3
  CAST(min(w.out_known_bad_hops) AS DOUBLE) AS known_out_bad_hops,  -- fewest transfers over which money of one of them went to a bad address, missing beyond 3; transfers; 0 to 3
  max(w.in_known_bad_usd_share) AS known_in_bad_usd_share_largest,  -- largest share of USD that one of them received from bad addresses; 0 to 1
  max(w.out_known_bad_usd_share) AS known_out_bad_usd_share_largest,  -- largest share of USD that one of them paid to bad addresses; 0 to 1
  CAST(sum(CAST(coalesce(e.alerts, 0) AS BIGINT)) AS DOUBLE) AS earlier_alerts,  -- alerts about its addresses on earlier days; alerts; ≥ 0
  CAST(sum(CAST(coalesce(e.reported, 0) AS BIGINT)) AS DOUBLE) AS earlier_reported,  -- of these those that are known to have been reported; alerts; ≥ 0
  ratio(sum(CAST(e.reported AS BIGINT)), sum(CAST(e.truths AS BIGINT))) AS earlier_reported_share  -- their share of those whose truth is known, missing where none is; 0 to 1
FROM cluster_addresses AS m
LEFT JOIN (SELECT k.subject_id AS subject_id, max(k.is_bad) AS is_bad, max(k.is_good) AS is_good, max(CASE WHEN k.category = 'sanctions' THEN 1 ELSE 0 END) AS is_sanctioned FROM known_subjects AS k GROUP BY k.subject_id) AS k ON k.subject_id = m.subject_id
LEFT JOIN (SELECT e.subject_id AS subject_id, count(e.alert_id) AS alerts, count(e.is_reported) AS truths, sum(CAST(coalesce(e.is_reported, 0) AS BIGINT)) AS reported FROM earlier_alerts AS e GROUP BY e.subject_id) AS e ON e.subject_id = m.subject_id
LEFT JOIN address_flows AS w ON w.subject_id = m.subject_id
GROUP BY m.cluster_id
