-- One row per subject with features: the shape of its activity by hour of day and day of week, NULL where the
-- histogram is missing.
--   hours_active: hours of the day with activity, 0 to 24; days_active: days of the week, 0 to 7
--   top_hour_share, top_day_share: share of the most active one, 0 to 1
--   office_hours_share: share of 08:00 to 18:00 UTC, 0 to 1
SELECT
  h.subject_id AS subject_id,
  h.hours_active AS hours_active,
  ratio(h.top_hour, h.hour_total) AS top_hour_share,
  ratio(h.office_hours, h.hour_total) AS office_hours_share,
  h.days_active AS days_active,
  ratio(h.top_day, h.day_total) AS top_day_share
FROM (
  SELECT
    f.subject_id AS subject_id,
    CASE WHEN f.hour_00 IS NOT NULL THEN
      flag(f.hour_00 > 0.0e0)
      + flag(f.hour_01 > 0.0e0)
      + flag(f.hour_02 > 0.0e0)
      + flag(f.hour_03 > 0.0e0)
      + flag(f.hour_04 > 0.0e0)
      + flag(f.hour_05 > 0.0e0)
      + flag(f.hour_06 > 0.0e0)
      + flag(f.hour_07 > 0.0e0)
      + flag(f.hour_08 > 0.0e0)
      + flag(f.hour_09 > 0.0e0)
      + flag(f.hour_10 > 0.0e0)
      + flag(f.hour_11 > 0.0e0)
      + flag(f.hour_12 > 0.0e0)
      + flag(f.hour_13 > 0.0e0)
      + flag(f.hour_14 > 0.0e0)
      + flag(f.hour_15 > 0.0e0)
      + flag(f.hour_16 > 0.0e0)
      + flag(f.hour_17 > 0.0e0)
      + flag(f.hour_18 > 0.0e0)
      + flag(f.hour_19 > 0.0e0)
      + flag(f.hour_20 > 0.0e0)
      + flag(f.hour_21 > 0.0e0)
      + flag(f.hour_22 > 0.0e0)
      + flag(f.hour_23 > 0.0e0)
    END AS hours_active,
    f.hour_00 + f.hour_01 + f.hour_02 + f.hour_03 + f.hour_04 + f.hour_05
      + f.hour_06 + f.hour_07 + f.hour_08 + f.hour_09 + f.hour_10 + f.hour_11
      + f.hour_12 + f.hour_13 + f.hour_14 + f.hour_15 + f.hour_16 + f.hour_17
      + f.hour_18 + f.hour_19 + f.hour_20 + f.hour_21 + f.hour_22 + f.hour_23 AS hour_total,
    greatest(f.hour_00, f.hour_01, f.hour_02, f.hour_03, f.hour_04, f.hour_05, f.hour_06, f.hour_07, f.hour_08, f.hour_09, f.hour_10, f.hour_11,
      f.hour_12, f.hour_13, f.hour_14, f.hour_15, f.hour_16, f.hour_17, f.hour_18, f.hour_19, f.hour_20, f.hour_21, f.hour_22, f.hour_23) AS top_hour,
    f.hour_08 + f.hour_09 + f.hour_10 + f.hour_11 + f.hour_12 + f.hour_13
      + f.hour_14 + f.hour_15 + f.hour_16 + f.hour_17 AS office_hours,
    CASE WHEN f.day_0 IS NOT NULL THEN
      flag(f.day_0 > 0.0e0)
      + flag(f.day_1 > 0.0e0)
      + flag(f.day_2 > 0.0e0)
      + flag(f.day_3 > 0.0e0)
      + flag(f.day_4 > 0.0e0)
      + flag(f.day_5 > 0.0e0)
      + flag(f.day_6 > 0.0e0)
    END AS days_active,
    f.day_0 + f.day_1 + f.day_2 + f.day_3 + f.day_4 + f.day_5
      + f.day_6 AS day_total,
    greatest(f.day_0, f.day_1, f.day_2, f.day_3, f.day_4, f.day_5, f.day_6) AS top_day
  FROM features AS f
) AS h
