-- Expressions that stand once. The program puts each in the place of its calls, so that plain SQL runs; docs/features.md.

-- 0 low, 1 medium, 2 high, 3 critical; NULL for any other word.
CREATE MACRO severity_level(word) AS
  CASE lower(word) WHEN 'low' THEN 0 WHEN 'medium' THEN 1 WHEN 'high' THEN 2 WHEN 'critical' THEN 3 END;

-- 1 where the condition holds, else 0, also where it is unknown.
CREATE MACRO flag(condition) AS CASE WHEN condition THEN 1 ELSE 0 END;

-- The number of rows for which the condition holds.
CREATE MACRO rows_with(condition) AS count(CASE WHEN condition THEN 1 END);

-- A double; NULL where the whole is 0.
CREATE MACRO ratio(part, whole) AS CAST(part AS DOUBLE) / nullif(CAST(whole AS DOUBLE), 0.0e0);

-- ln(1 + x) to six decimals; a negative x counts as 0.
CREATE MACRO log_of(x) AS
  CASE WHEN x IS NOT NULL THEN floor(ln(1.0e0 + greatest(CAST(x AS DOUBLE), 0.0e0)) * 1.0e6 + 0.5e0) / 1.0e6 END;

-- A double to six decimals, set to ±1,000,000,000: what sum_of takes.
CREATE MACRO six_decimals(x) AS
  CASE WHEN x IS NOT NULL THEN floor(least(greatest(x, -1.0e9), 1.0e9) * 1.0e6 + 0.5e0) / 1.0e6 END;

-- The same of x * 1.0e9, set to ±900: for values as small as 1 by the number of addresses.
CREATE MACRO billionths(x) AS
  CASE WHEN x IS NOT NULL THEN floor(least(greatest(x * 1.0e9, -9.0e11), 9.0e11) * 1.0e6 + 0.5e0) / 1.0e6 END;

-- Exact sums: of doubles that are rounded to six decimals, of their squares, of money, of integers.
CREATE MACRO sum_of(x) AS CAST(sum(CAST(x AS DECIMAL(18, 6))) AS DECIMAL(28, 6));
CREATE MACRO sum_of_squares(x) AS
  CAST(sum(CAST(x AS DECIMAL(19, 6)) * CAST(x AS DECIMAL(18, 6))) AS DECIMAL(38, 12));
CREATE MACRO sum_of_usd(x) AS CAST(sum(CAST(x AS DECIMAL(22, 6))) AS DECIMAL(32, 6));
CREATE MACRO sum_of_integers(x) AS CAST(sum(CAST(x AS BIGINT)) AS BIGINT);

-- Of so many transfers, of which some have no known amount, the sum of the others; NULL where no amount is known.
CREATE MACRO known_usd(usd, transfers, unpriced) AS CASE WHEN unpriced = 0 OR unpriced < transfers THEN usd END;

-- The mean of a double to six decimals, over the rows that know it.
CREATE MACRO mean_of(x) AS ratio(sum_of(six_decimals(x)), count(x));

-- The standard deviation of n values with sum s and sum of squares q: sqrt(n q - s²) / n, and 0 where n q and s² agree
-- to twelve digits, which is all that is left of equal values once they are doubles. NULL where n is 0 or s unknown.
CREATE MACRO deviation(n, s, q) AS
  CASE
    WHEN CAST(n AS DOUBLE) * CAST(q AS DOUBLE) > CAST(s AS DOUBLE) * CAST(s AS DOUBLE) * 1.000000000001e0
      THEN ratio(sqrt(CAST(n AS DOUBLE) * CAST(q AS DOUBLE) - CAST(s AS DOUBLE) * CAST(s AS DOUBLE)), n)
    WHEN n > 0 AND s IS NOT NULL THEN 0.0e0
  END;
