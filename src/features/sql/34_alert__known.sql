-- What is known of the address and of those it deals with: labels and truths of earlier days that were known on the processing date.
-- Made only where --labels or --history names files. Flags and counts of an address that nobody knows are 0; shares and distances of one without transfers are missing.
SELECT
  a.alert_id AS alert_id,
  coalesce(k.is_sanctions, 0.0e0) AS known_is_sanctions,  -- the address is known as on a sanctions list; 0 or 1
  coalesce(k.is_mixer, 0.0e0) AS known_is_mixer,  -- the address is known as a mixer; 0 or 1
  coalesce(k.is_scam, 0.0e0) AS known_is_scam,  -- the address is known as of a scam; 0 or 1
  coalesce(k.is_theft, 0.0e0) AS known_is_theft,  -- the address is known as of a theft; 0 or 1
  coalesce(k.is_ransomware, 0.0e0) AS known_is_ransomware,  -- the address is known as of ransomware; 0 or 1
  coalesce(k.is_darknet, 0.0e0) AS known_is_darknet,  -- the address is known as of a darknet market, terrorism or the like; 0 or 1
  coalesce(k.is_reported, 0.0e0) AS known_is_reported,  -- the address is known as of an earlier alert that was reported; 0 or 1
  coalesce(k.is_other_bad, 0.0e0) AS known_is_other_bad,  -- the address is known as of high risk, without a category of these; 0 or 1
  coalesce(k.is_exchange, 0.0e0) AS known_is_exchange,  -- the address is known as an exchange; 0 or 1
  coalesce(k.is_service, 0.0e0) AS known_is_service,  -- the address is known as a service of another kind; 0 or 1
  coalesce(k.is_other_good, 0.0e0) AS known_is_other_good,  -- the address is known as of low risk, without a category of these; 0 or 1
  coalesce(k.bad_categories, 0.0e0) AS known_bad_categories,  -- bad categories the address is known for; categories; 0 to 8
  coalesce(k.good_categories, 0.0e0) AS known_good_categories,  -- good categories the address is known for; categories; 0 to 3
  (CAST(s.window_end_second AS DOUBLE) - CAST(k.bad_second AS DOUBLE)) / 8.64e4 AS known_bad_days,  -- since the address became known as bad, missing where it is not; days; ≥ 0
  coalesce(CAST(e.alerts AS DOUBLE), 0.0e0) AS earlier_alerts,  -- alerts about the address on earlier days; alerts; ≥ 0
  coalesce(CAST(e.days AS DOUBLE), 0.0e0) AS earlier_alert_days,  -- earlier days with an alert about the address; days; ≥ 0
  CAST(e.last_days AS DOUBLE) AS earlier_alert_last_days,  -- since the last of these days, missing where there is none; days; ≥ 1
  CAST(e.first_days AS DOUBLE) AS earlier_alert_first_days,  -- since the first of these days, missing where there is none; days; ≥ 1
  coalesce(CAST(e.truths AS DOUBLE), 0.0e0) AS earlier_truths,  -- earlier alerts about the address whose truth is known; alerts; ≥ 0
  coalesce(CAST(e.reported AS DOUBLE), 0.0e0) AS earlier_reported,  -- of these the reported ones; alerts; ≥ 0
  ratio(e.reported, e.truths) AS earlier_reported_share,  -- share of the reported ones, missing where no truth is known; 0 to 1
  CAST(e.reported_days AS DOUBLE) AS earlier_reported_last_days,  -- since the last reported one, missing where there is none; days; ≥ 1
  w.in_known_sanctions_usd_share AS known_in_sanctions_usd_share,  -- share of USD received from addresses known as on a sanctions list, in the whole window; 0 to 1
  CAST(w.in_known_sanctions_hops AS DOUBLE) AS known_in_sanctions_hops,  -- fewest transfers over which money came from addresses known as on a sanctions list, missing beyond 3; transfers; 0 to 3
  w.in_known_mixer_usd_share AS known_in_mixer_usd_share,  -- share of USD received from addresses known as a mixer, in the whole window; 0 to 1
  CAST(w.in_known_mixer_hops AS DOUBLE) AS known_in_mixer_hops,  -- fewest transfers over which money came from addresses known as a mixer, missing beyond 3; transfers; 0 to 3
  w.in_known_scam_usd_share AS known_in_scam_usd_share,  -- share of USD received from addresses known as of a scam, in the whole window; 0 to 1
  CAST(w.in_known_scam_hops AS DOUBLE) AS known_in_scam_hops,  -- fewest transfers over which money came from addresses known as of a scam, missing beyond 3; transfers; 0 to 3
  w.in_known_theft_usd_share AS known_in_theft_usd_share,  -- share of USD received from addresses known as of a theft, in the whole window; 0 to 1
  CAST(w.in_known_theft_hops AS DOUBLE) AS known_in_theft_hops,  -- fewest transfers over which money came from addresses known as of a theft, missing beyond 3; transfers; 0 to 3
  w.in_known_ransomware_usd_share AS known_in_ransomware_usd_share,  -- share of USD received from addresses known as of ransomware, in the whole window; 0 to 1
  CAST(w.in_known_ransomware_hops AS DOUBLE) AS known_in_ransomware_hops,  -- fewest transfers over which money came from addresses known as of ransomware, missing beyond 3; transfers; 0 to 3
  w.in_known_darknet_usd_share AS known_in_darknet_usd_share,  -- share of USD received from addresses known as of a darknet market, terrorism or the like, in the whole window; 0 to 1
  CAST(w.in_known_darknet_hops AS DOUBLE) AS known_in_darknet_hops,  -- fewest transfers over which money came from addresses known as of a darknet market, terrorism or the like, missing beyond 3; transfers; 0 to 3
  w.in_known_reported_usd_share AS known_in_reported_usd_share,  -- share of USD received from addresses known as of an earlier alert that was reported, in the whole window; 0 to 1
  CAST(w.in_known_reported_hops AS DOUBLE) AS known_in_reported_hops,  -- fewest transfers over which money came from addresses known as of an earlier alert that was reported, missing beyond 3; transfers; 0 to 3
  w.in_known_other_bad_usd_share AS known_in_other_bad_usd_share,  -- share of USD received from addresses known as of high risk, without a category of these, in the whole window; 0 to 1
  CAST(w.in_known_other_bad_hops AS DOUBLE) AS known_in_other_bad_hops,  -- fewest transfers over which money came from addresses known as of high risk, without a category of these, missing beyond 3; transfers; 0 to 3
  w.in_known_exchange_usd_share AS known_in_exchange_usd_share,  -- share of USD received from addresses known as an exchange, in the whole window; 0 to 1
  CAST(w.in_known_exchange_hops AS DOUBLE) AS known_in_exchange_hops,  -- fewest transfers over which money came from addresses known as an exchange, missing beyond 3; transfers; 0 to 3
  w.in_known_service_usd_share AS known_in_service_usd_share,  -- share of USD received from addresses known as a service of another kind, in the whole window; 0 to 1
  CAST(w.in_known_service_hops AS DOUBLE) AS known_in_service_hops,  -- fewest transfers over which money came from addresses known as a service of another kind, missing beyond 3; transfers; 0 to 3
  w.in_known_other_good_usd_share AS known_in_other_good_usd_share,  -- share of USD received from addresses known as of low risk, without a category of these, in the whole window; 0 to 1
  CAST(w.in_known_other_good_hops AS DOUBLE) AS known_in_other_good_hops,  -- fewest transfers over which money came from addresses known as of low risk, without a category of these, missing beyond 3; transfers; 0 to 3
  w.in_known_bad_usd_share AS known_in_bad_usd_share,  -- share of USD received from any bad address, in the whole window; 0 to 1
  CAST(w.in_known_bad_hops AS DOUBLE) AS known_in_bad_hops,  -- fewest transfers over which money came from any bad address, missing beyond 3; transfers; 0 to 3
  w.in_known_good_usd_share AS known_in_good_usd_share,  -- share of USD received from any good address, in the whole window; 0 to 1
  CAST(w.in_known_good_hops AS DOUBLE) AS known_in_good_hops,  -- fewest transfers over which money came from any good address, missing beyond 3; transfers; 0 to 3
  w.out_known_sanctions_usd_share AS known_out_sanctions_usd_share,  -- share of USD paid to addresses known as on a sanctions list, in the whole window; 0 to 1
  CAST(w.out_known_sanctions_hops AS DOUBLE) AS known_out_sanctions_hops,  -- fewest transfers over which money went to addresses known as on a sanctions list, missing beyond 3; transfers; 0 to 3
  w.out_known_mixer_usd_share AS known_out_mixer_usd_share,  -- share of USD paid to addresses known as a mixer, in the whole window; 0 to 1
  CAST(w.out_known_mixer_hops AS DOUBLE) AS known_out_mixer_hops,  -- fewest transfers over which money went to addresses known as a mixer, missing beyond 3; transfers; 0 to 3
  w.out_known_scam_usd_share AS known_out_scam_usd_share,  -- share of USD paid to addresses known as of a scam, in the whole window; 0 to 1
  CAST(w.out_known_scam_hops AS DOUBLE) AS known_out_scam_hops,  -- fewest transfers over which money went to addresses known as of a scam, missing beyond 3; transfers; 0 to 3
  w.out_known_theft_usd_share AS known_out_theft_usd_share,  -- share of USD paid to addresses known as of a theft, in the whole window; 0 to 1
  CAST(w.out_known_theft_hops AS DOUBLE) AS known_out_theft_hops,  -- fewest transfers over which money went to addresses known as of a theft, missing beyond 3; transfers; 0 to 3
  w.out_known_ransomware_usd_share AS known_out_ransomware_usd_share,  -- share of USD paid to addresses known as of ransomware, in the whole window; 0 to 1
  CAST(w.out_known_ransomware_hops AS DOUBLE) AS known_out_ransomware_hops,  -- fewest transfers over which money went to addresses known as of ransomware, missing beyond 3; transfers; 0 to 3
  w.out_known_darknet_usd_share AS known_out_darknet_usd_share,  -- share of USD paid to addresses known as of a darknet market, terrorism or the like, in the whole window; 0 to 1
  CAST(w.out_known_darknet_hops AS DOUBLE) AS known_out_darknet_hops,  -- fewest transfers over which money went to addresses known as of a darknet market, terrorism or the like, missing beyond 3; transfers; 0 to 3
  w.out_known_reported_usd_share AS known_out_reported_usd_share,  -- share of USD paid to addresses known as of an earlier alert that was reported, in the whole window; 0 to 1
  CAST(w.out_known_reported_hops AS DOUBLE) AS known_out_reported_hops,  -- fewest transfers over which money went to addresses known as of an earlier alert that was reported, missing beyond 3; transfers; 0 to 3
  w.out_known_other_bad_usd_share AS known_out_other_bad_usd_share,  -- share of USD paid to addresses known as of high risk, without a category of these, in the whole window; 0 to 1
  CAST(w.out_known_other_bad_hops AS DOUBLE) AS known_out_other_bad_hops,  -- fewest transfers over which money went to addresses known as of high risk, without a category of these, missing beyond 3; transfers; 0 to 3
  w.out_known_exchange_usd_share AS known_out_exchange_usd_share,  -- share of USD paid to addresses known as an exchange, in the whole window; 0 to 1
  CAST(w.out_known_exchange_hops AS DOUBLE) AS known_out_exchange_hops,  -- fewest transfers over which money went to addresses known as an exchange, missing beyond 3; transfers; 0 to 3
  w.out_known_service_usd_share AS known_out_service_usd_share,  -- share of USD paid to addresses known as a service of another kind, in the whole window; 0 to 1
  CAST(w.out_known_service_hops AS DOUBLE) AS known_out_service_hops,  -- fewest transfers over which money went to addresses known as a service of another kind, missing beyond 3; transfers; 0 to 3
  w.out_known_other_good_usd_share AS known_out_other_good_usd_share,  -- share of USD paid to addresses known as of low risk, without a category of these, in the whole window; 0 to 1
  CAST(w.out_known_other_good_hops AS DOUBLE) AS known_out_other_good_hops,  -- fewest transfers over which money went to addresses known as of low risk, without a category of these, missing beyond 3; transfers; 0 to 3
  w.out_known_bad_usd_share AS known_out_bad_usd_share,  -- share of USD paid to any bad address, in the whole window; 0 to 1
  CAST(w.out_known_bad_hops AS DOUBLE) AS known_out_bad_hops,  -- fewest transfers over which money went to any bad address, missing beyond 3; transfers; 0 to 3
  w.out_known_good_usd_share AS known_out_good_usd_share,  -- share of USD paid to any good address, in the whole window; 0 to 1
  CAST(w.out_known_good_hops AS DOUBLE) AS known_out_good_hops  -- fewest transfers over which money went to any good address, missing beyond 3; transfers; 0 to 3
FROM alerts AS a
INNER JOIN subjects AS s ON s.subject_id = a.subject_id
LEFT JOIN (SELECT k.subject_id AS subject_id, max(CASE WHEN k.category = 'sanctions' THEN 1.0e0 ELSE 0.0e0 END) AS is_sanctions, max(CASE WHEN k.category = 'mixer' THEN 1.0e0 ELSE 0.0e0 END) AS is_mixer, max(CASE WHEN k.category = 'scam' THEN 1.0e0 ELSE 0.0e0 END) AS is_scam, max(CASE WHEN k.category = 'theft' THEN 1.0e0 ELSE 0.0e0 END) AS is_theft, max(CASE WHEN k.category = 'ransomware' THEN 1.0e0 ELSE 0.0e0 END) AS is_ransomware, max(CASE WHEN k.category = 'darknet' THEN 1.0e0 ELSE 0.0e0 END) AS is_darknet, max(CASE WHEN k.category = 'reported' THEN 1.0e0 ELSE 0.0e0 END) AS is_reported, max(CASE WHEN k.category = 'other_bad' THEN 1.0e0 ELSE 0.0e0 END) AS is_other_bad, max(CASE WHEN k.category = 'exchange' THEN 1.0e0 ELSE 0.0e0 END) AS is_exchange, max(CASE WHEN k.category = 'service' THEN 1.0e0 ELSE 0.0e0 END) AS is_service, max(CASE WHEN k.category = 'other_good' THEN 1.0e0 ELSE 0.0e0 END) AS is_other_good, CAST(sum(CAST(k.is_bad AS BIGINT)) AS DOUBLE) AS bad_categories, CAST(sum(CAST(k.is_good AS BIGINT)) AS DOUBLE) AS good_categories, min(CASE WHEN k.is_bad = 1 THEN k.known_second END) AS bad_second FROM known_subjects AS k GROUP BY k.subject_id) AS k ON k.subject_id = a.subject_id
LEFT JOIN (SELECT e.subject_id AS subject_id, count(e.alert_id) AS alerts, count(DISTINCT e.days_before) AS days, min(e.days_before) AS last_days, max(e.days_before) AS first_days, count(e.is_reported) AS truths, sum(CAST(e.is_reported AS BIGINT)) AS reported, min(CASE WHEN e.is_reported = 1 THEN e.days_before END) AS reported_days FROM earlier_alerts AS e GROUP BY e.subject_id) AS e ON e.subject_id = a.subject_id
LEFT JOIN address_flows AS w ON w.subject_id = a.subject_id
