"""A batch whose list of alerts is larger than what sockets buffer: about 24 MB of JSON."""

import duckdb

from serving import copy_batch

ROWS = 20_000


def write(day, root):
    """Writes it below `root`, as the day of the batch `day`."""
    batch = copy_batch(day, root / day.name)
    duckdb.sql(
        f"COPY (SELECT printf('a%06d', i) AS alert_id, (i * 7919 % {ROWS}) / {ROWS}::DOUBLE AS score, '1.0.0' AS model_version, "
        f"0.1::DOUBLE AS latency_ms, repeat(md5(i::VARCHAR), 34) AS explain_json FROM range({ROWS}) AS t(i) ORDER BY i) "
        f"TO '{batch}/alerts_scored.parquet' (FORMAT parquet)")
    return root
