"""A day as who has no recipe sees it: every column of alerts.parquet and features.parquet that is a number, a flag or one of few words."""

import duckdb
import numpy as np

NOT_SEEN = {"alert_id", "address", "pattern_id", "description", "evidence_json", "processing_date", "_version", "community_id"}


class Day:
    """A day's alerts with a label, by alert_id: raw columns, labels, addresses."""

    def __init__(self, folder, date, words):
        self.input, self.truth = folder / date, folder / f"{date}.ground_truth"
        table = duckdb.sql(f"""
            SELECT a.*, f.* EXCLUDE (address, window_days, processing_date, _version), t.is_sar_filed
            FROM read_parquet('{self.input}/alerts.parquet') a
            JOIN read_parquet('{self.truth}/*.parquet') t USING (alert_id)
            LEFT JOIN read_parquet('{self.input}/features.parquet') f ON f.address = a.address AND f.window_days = a.window_days
            ORDER BY alert_id""")
        types = dict(zip(table.columns, map(str, table.types)))
        values = table.fetchnumpy()
        self.ids = np.asarray(values["alert_id"]).astype(str)
        self.labels = np.asarray(values["is_sar_filed"]).astype(int)
        self.groups = np.unique(np.asarray(values["address"]).astype(str), return_inverse=True)[1]
        self.names, columns = [], []
        for name, kind in types.items():
            if name in NOT_SEEN or name == "is_sar_filed":
                continue
            column = values[name]
            if kind.endswith("[]"):
                column = np.array([np.nan if item is None else len(item) for item in column])
            elif kind == "VARCHAR":
                known = words.setdefault(name, {})
                column = np.array([known.setdefault(str(word), len(known)) for word in column], float)
            else:
                column = np.ma.filled(np.ma.asarray(column, dtype=float), np.nan)
            self.names.append(name)
            columns.append(column)
        self.values = np.column_stack(columns).astype(np.float32)
