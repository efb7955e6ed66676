import re
import shutil

import pytest
import sqlglot
from sql_discipline import ROOT, feature_list, folder_violations, result_columns, violations

FOLDER = ROOT / "src/features/sql"
FILES = sorted(FOLDER.glob("*.sql"))


def test_feature_sql_keeps_the_discipline(aml_miner):
    assert list(folder_violations(aml_miner, FOLDER)) == []


def test_spark_reads_the_same_queries(aml_miner):
    for step in feature_list(aml_miner, FOLDER)["steps"]:
        as_duckdb = sqlglot.parse_one(step["sql"], read="duckdb")
        as_spark = sqlglot.parse_one(step["sql"], read="spark")
        assert [e.alias for e in as_duckdb.expressions] == [e.alias for e in as_spark.expressions], step["table"]


def test_every_column_of_a_table_is_explained(aml_miner):
    """At the head of its file; a feature's meaning stands beside it."""
    keys = {"subject_id", "alert_id", "cluster_id", "window_days", "processing_date", "counterparty", "pattern_id"}
    steps = {step["file"]: step for step in reversed(feature_list(aml_miner, FOLDER)["steps"])}
    for path in FILES[1:]:
        step = steps[path.name]
        if step["is_group"] or path.name.endswith("_quantities.sql"):
            continue
        comment = " ".join(line[2:] for line in path.read_text().splitlines() if line.startswith("--"))
        words = re.findall(r"[\w…]+", comment)
        patterns = [re.escape(w).replace("…", r"\w+") for w in words if "…" in w]
        assert [name for name in result_columns(step["sql"]) if name not in keys and name not in words and
                not any(re.fullmatch(pattern, name) for pattern in patterns)] == [], path.name


def test_the_lint_sees_a_feature_without_a_meaning(aml_miner, tmp_path):
    folder = tmp_path / "sql"
    shutil.copytree(FOLDER, folder)
    (folder / "40_alert__mine.sql").write_text("SELECT\n  a.alert_id AS alert_id,\n  1.0e0 AS one\nFROM alerts AS a\n")
    assert list(folder_violations(aml_miner, folder)) == ["40_alert__mine.sql:3: one has no meaning behind it"]


BAD = {
    "star": "SELECT a.* FROM alerts AS a",
    "count star": "SELECT count(*) AS n FROM alerts AS a",
    "no alias": "SELECT a.alert_id FROM alerts AS a",
    "no table alias": "SELECT alerts.alert_id AS alert_id FROM alerts",
    "bare column": "SELECT alert_id AS alert_id FROM alerts AS a",
    "using": "SELECT a.alert_id AS i FROM alerts AS a INNER JOIN features AS f USING (subject_id)",
    "qualify": "SELECT a.alert_id AS i FROM alerts AS a QUALIFY rank() OVER (ORDER BY a.alert_id ASC NULLS LAST) = 1",
    "filter": "SELECT count(a.alert_id) FILTER (WHERE a.severity = 'low') AS n FROM alerts AS a",
    "list": "SELECT a.risk_indicators[1] AS n FROM alerts AS a",
    "mode": "SELECT mode(a.severity) AS n FROM alerts AS a",
    "arg_max": "SELECT arg_max(a.severity, a.alert_id) AS n FROM alerts AS a",
    "avg": "SELECT avg(a.volume_usd) AS n FROM alerts AS a",
    "stddev": "SELECT stddev(a.volume_usd) AS n FROM alerts AS a",
    "sum of double": "SELECT sum(a.alert_confidence_score) AS n FROM alerts AS a",
    "sum of unknown": "SELECT sum(a.volume_usd) AS n FROM alerts AS a",
    "sum of cast to double": "SELECT sum(CAST(a.volume_usd AS DOUBLE)) AS n FROM alerts AS a",
    "decimal literal": "SELECT a.alert_confidence_score * 0.5 AS n FROM alerts AS a",
    "literal without point": "SELECT a.alert_confidence_score * 1e6 AS n FROM alerts AS a",
    "colon cast": "SELECT a.volume_usd::DOUBLE AS n FROM alerts AS a",
    "integer division": "SELECT a.window_days // 2 AS n FROM alerts AS a",
    "division of integers": "SELECT a.window_days / a.evidence_patterns AS n FROM alerts AS a",
    "modulo": "SELECT a.window_days % 2 AS n FROM alerts AS a",
    "unrounded cast": "SELECT CAST(a.alert_confidence_score AS BIGINT) AS n FROM alerts AS a",
    "unrounded decimal": "SELECT CAST(sqrt(CAST(a.volume_usd AS DOUBLE)) AS DECIMAL(18, 6)) AS n FROM alerts AS a",
    "order without nulls": "SELECT a.alert_id AS i FROM alerts AS a ORDER BY a.alert_id ASC",
    "window without nulls": "SELECT rank() OVER (ORDER BY a.volume_usd) AS i FROM alerts AS a",
    "no tie-breaker": "SELECT row_number() OVER (ORDER BY a.volume_usd ASC NULLS LAST) AS i FROM alerts AS a",
    "rows frame": "SELECT count(a.alert_id) OVER (ORDER BY a.alert_id ASC NULLS LAST ROWS BETWEEN 1 PRECEDING AND "
                  "CURRENT ROW) AS i FROM alerts AS a",
    "limit": "SELECT a.alert_id AS i FROM alerts AS a ORDER BY a.alert_id ASC NULLS LAST LIMIT 3",
    "group by all": "SELECT a.alert_id AS i, count(a.address) AS n FROM alerts AS a GROUP BY ALL",
    "one-sided join": "SELECT a.alert_id AS i FROM alerts AS a LEFT JOIN flows AS f ON f.subject_id = a.subject_id "
                      "AND f.is_incoming = 1",
    "range join": "SELECT a.alert_id AS i FROM alerts AS a LEFT JOIN flows AS f ON f.first_second < a.subject_id",
    "cross join": "SELECT a.alert_id AS i FROM alerts AS a CROSS JOIN flows AS f",
    "two statements": "SELECT a.alert_id AS i FROM alerts AS a; SELECT a.alert_id AS i FROM alerts AS a",
    "not a select": "DROP TABLE alerts",
    "round": "SELECT round(a.alert_confidence_score, 6) AS n FROM alerts AS a",
    "rounding to a fifth": "SELECT floor(a.alert_confidence_score * 5.0e0 + 0.5e0) / 4.0e0 AS n FROM alerts AS a",
    "rounding without division": "SELECT floor(a.alert_confidence_score * 1.0e6 + 0.5e0) AS n FROM alerts AS a",
    "bare ln": "SELECT ln(1.0e0 + a.alert_confidence_score) AS n FROM alerts AS a",
    "ln in floor alone": "SELECT floor(ln(1.0e0 + a.alert_confidence_score)) AS n FROM alerts AS a",
    "ln beside a rounding": "SELECT floor(a.evidence_hops * 1.0e6 + 0.5e0) / 1.0e6 + ln(a.evidence_hops) AS n FROM alerts AS a",
    "bare exp": "SELECT exp(a.alert_confidence_score) AS n FROM alerts AS a",
    "tiny value rounded": "SELECT floor(f.pagerank * 1.0e6 + 0.5e0) / 1.0e6 AS n FROM features AS f",
    "bound for NULL": "SELECT greatest(a.alert_confidence_score, 0.0e0) AS n FROM alerts AS a",
    "bound for NULL in another branch": "SELECT CASE WHEN a.evidence_hops IS NOT NULL THEN 1.0e0 ELSE "
                                        "least(a.evidence_hops, 9.0e0) END AS n FROM alerts AS a",
    "unknown function": "SELECT list_sum(a.x) AS n FROM alerts AS a",
}


@pytest.mark.parametrize("name", BAD)
def test_the_lint_sees(name):
    assert violations(BAD[name]) != []


def test_the_lint_admits_what_is_portable():
    assert violations(
        "SELECT a.subject_id AS subject_id, count(a.alert_id) AS n, "
        "CAST(sum(CAST(a.volume_usd AS DECIMAL(22, 6))) AS DOUBLE) / "
        "nullif(CAST(count(a.volume_usd) AS DOUBLE), 0.0e0) AS mean_usd FROM alerts AS a "
        "WHERE a.severity = 'low' GROUP BY a.subject_id ORDER BY a.subject_id ASC NULLS LAST") == []
    assert violations(
        "SELECT CASE WHEN f.volume_cv IS NOT NULL THEN floor(ln(1.0e0 + greatest(f.volume_cv, 0.0e0)) * 1.0e6 + 0.5e0) "
        "/ 1.0e6 END AS log_cv, floor(f.pagerank * 1.0e9 * 1.0e6 + 0.5e0) / 1.0e6 AS pagerank_billionths, "
        "floor(f.burst_factor + 0.5e0) AS bursts, floor(f.burst_factor) AS whole FROM features AS f") == []
