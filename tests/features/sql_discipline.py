"""The discipline that keeps the feature SQL the same on DuckDB and Spark: docs/features.md has the reasons."""

import json
import pathlib
import re
import subprocess

import sqlglot
from sqlglot import exp

ROOT = pathlib.Path(__file__).resolve().parents[2]

# What both engines compute alike. Anything else has to be tried on both before it is added here.
FUNCTIONS = {
    "SUM", "COUNT", "MIN", "MAX", "COALESCE", "NULLIF", "GREATEST", "LEAST", "FLOOR", "CEIL", "ABS",
    "SQRT", "LN", "EXP", "LOWER", "UPPER", "LENGTH", "PERCENT_RANK", "RANK", "DENSE_RANK", "ROW_NUMBER",
    "LAG", "LEAD", "CASE", "CAST", "AND", "OR",
}
NEEDS_TIE_BREAKER = {"ROW_NUMBER", "LAG", "LEAD"}
INTEGERS = {"BIGINT", "INT", "SMALLINT", "TINYINT"}
# Each engine has its own last digit for these; rounded to fewer digits, they agree.
ROUNDED_ONLY = (exp.Ln, exp.Exp)
# Shares of the whole network: the more addresses it has, the more zeros stand before their first digit.
TINY = {"pagerank", "betweenness"}


def double_columns():
    """Columns of the loaded tables that hold doubles, as the load step declares them."""
    schema = (ROOT / "src/snapshot/schema.cpp").read_text()
    names = set(re.findall(r'\{"(\w+)", Kind::number[,}]', schema))
    load = (ROOT / "src/snapshot/tables.cpp").read_text()
    names |= {name for name in re.findall(r"AS (evidence_\w+)", load) if name != "evidence_patterns"}
    return names | {f"hour_{h:02}" for h in range(24)} | {f"day_{d}" for d in range(7)}


def bare_text(sql):
    """The text without comments and with emptied string literals."""
    return re.sub(r"'(?:[^']|'')*'", "''", re.sub(r"--[^\n]*", "", sql))


def order_items(text):
    """The items of every ORDER BY."""
    for match in re.finditer(r"\bORDER\s+BY\b", text, re.I):
        depth, item = 0, ""
        for char in text[match.end():] + ")":
            depth += {"(": 1, ")": -1}.get(char, 0)
            if depth < 0 or (depth == 0 and char == ","):
                yield item.strip()
                item = ""
                if depth < 0:
                    break
            else:
                item += char
        # An ORDER BY in an OVER() may be followed by a frame, which is no item.


def function_name(node):
    return node.name.upper() if isinstance(node, exp.Anonymous) else node.sql_name().upper()


def is_double(node, doubles):
    """Whether the expression surely is a double on both engines."""
    if isinstance(node, exp.Cast):
        return node.to.this == exp.DataType.Type.DOUBLE
    if isinstance(node, exp.Literal):
        return not node.is_string and "e" in node.this.lower()
    if isinstance(node, exp.Column):
        return node.name in doubles
    if isinstance(node, (exp.Sqrt, exp.Ln, exp.Exp)):
        return True
    if isinstance(node, (exp.Paren, exp.Neg, exp.Nullif, exp.Floor, exp.Greatest, exp.Least)):
        return is_double(node.this, doubles)
    if isinstance(node, (exp.Add, exp.Sub, exp.Mul, exp.Div)):
        return is_double(node.this, doubles) or is_double(node.expression, doubles)
    if isinstance(node, exp.Coalesce):
        return is_double(node.this, doubles)
    return False


def is_exact(node):
    """Whether a sum over the expression is one of integers or decimals."""
    if isinstance(node, exp.Cast):
        return node.to.this.name in INTEGERS or node.to.this == exp.DataType.Type.DECIMAL
    if isinstance(node, (exp.Add, exp.Sub, exp.Mul)):
        return is_exact(node.this) and is_exact(node.expression)
    return isinstance(node, exp.Paren) and is_exact(node.this)


def text_violations(text):
    for pattern, words in (
        (r"(?<![\w.])\d+\.\d+(?![\d.eE])", "double literals are written 1.0e0: a point alone is a decimal"),
        (r"(?<![\w.])\d+[eE]", "double literals are written 1.0e0"),
        (r"::", "CAST(x AS type), not x::type"),
        (r"//", "no integer division //"),
        (r"%", "no %: its type differs"),
        (r"[\[\]{}]", "no lists or structs: the load step deals with them"),
        (r"\bUSING\b", "no USING"),
        (r"\bNATURAL\b", "no NATURAL"),
        (r"\bQUALIFY\b", "no QUALIFY"),
        (r"\bASOF\b", "no ASOF"),
        (r"\bFILTER\b", "no FILTER: use CASE inside the aggregate"),
        (r"\b(LIMIT|OFFSET|SAMPLE|TABLESAMPLE)\b", "no LIMIT, OFFSET or SAMPLE"),
        (r"\b(SEMI|ANTI|LATERAL|PIVOT|UNPIVOT)\b", "no SEMI, ANTI, LATERAL or PIVOT"),
        (r"\bGROUP\s+BY\s+(ALL\b|\d)", "GROUP BY names columns"),
        (r"\bROWS\s+(BETWEEN|UNBOUNDED|\d)", "window frames are RANGE over seconds"),
        (r"\bUNBOUNDED\b", "window frames are bounded"),
    ):
        if re.search(pattern, text, re.I):
            yield words
    for item in order_items(text):
        item = re.sub(r"\bRANGE\b.*", "", item, flags=re.I | re.S).strip()
        if not re.search(r"\b(ASC|DESC)\s+NULLS\s+(FIRST|LAST)$", item, re.I):
            yield f"ORDER BY {item}: say ASC or DESC and NULLS FIRST or LAST"


def name_violations(tree):
    for select in tree.find_all(exp.Select):
        for item in select.expressions:
            if not isinstance(item, exp.Alias):
                yield f"{item.sql()}: every result has a name by AS"
    for source in [f.this for f in tree.find_all(exp.From)] + [j.this for j in tree.find_all(exp.Join)]:
        if not source.alias:
            yield f"{source.sql()[:40]}: every table has an alias"
    for column in tree.find_all(exp.Column):
        if not column.table:
            yield f"{column.sql()}: every column names its table"
    if any(True for _ in tree.find_all(exp.Star)):
        yield "no *"


def join_violations(tree):
    for join in tree.find_all(exp.Join):
        condition = join.args.get("on")
        if condition is None:
            yield f"{join.sql()[:40]}: joins have ON"
            continue
        for part in condition.flatten() if isinstance(condition, exp.And) else [condition]:
            sides = [part.this, part.expression] if isinstance(part, exp.EQ) else []
            if len(sides) != 2 or not all(isinstance(s, exp.Column) for s in sides) or \
                    sides[0].table == sides[1].table:
                yield f"ON {part.sql()}: only equalities of two tables' columns, else it is a nested loop"


def value_violations(tree, doubles):
    for node in tree.find_all(exp.Func):
        if isinstance(node, exp.If) and isinstance(node.parent, exp.Case):
            continue
        if function_name(node) not in FUNCTIONS:
            yield f"{function_name(node)}: not among the functions known to agree"
    for node in tree.find_all(exp.Sum):
        if not is_exact(node.this):
            yield f"{node.sql()[:60]}: cast to BIGINT or DECIMAL inside the sum"
    for node in tree.find_all(exp.Div):
        if not (is_double(node.this, doubles) and is_double(node.expression, doubles)):
            known = [is_double(side, doubles) for side in (node.this, node.expression)]
            qualified = all(k or isinstance(s, (exp.Column, exp.Paren))
                            for k, s in zip(known, (node.this, node.expression)))
            if not (qualified and any(known)):
                yield f"{node.sql()[:80]}: both sides of a division are cast to DOUBLE"
    for node in tree.find_all(exp.Cast):
        is_integer = node.to.this.name in INTEGERS
        if (is_integer or node.to.this == exp.DataType.Type.DECIMAL) and is_double(node.this, doubles) and \
                not any(isinstance(inner, (exp.Floor, exp.Ceil)) for inner in node.this.walk()):
            yield f"{node.sql()[:60]}: round a double before casting it"
    for node in tree.find_all(exp.Window):
        name = function_name(node.this)
        order = node.args.get("order")
        last = order.expressions[-1].this if order is not None else None
        if name in NEEDS_TIE_BREAKER and not (isinstance(last, exp.Column) and last.name.endswith("_id")):
            yield f"{name}: the last ORDER BY key is a unique *_id"


def bare(node):
    """The node inside parentheses."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def literal(node):
    node = bare(node)
    return float(node.this) if isinstance(node, exp.Literal) and not node.is_string else None


def rounding(floor):
    """What floor(x * k + 0.5e0) rounds and to which part of 1: (x, k), or None where it is another use of floor."""
    add = bare(floor.this)
    if not isinstance(add, exp.Add) or literal(add.expression) != 0.5:
        return None
    scaled = bare(add.this)
    if isinstance(scaled, exp.Mul) and literal(scaled.expression) is not None:
        return bare(scaled.this), literal(scaled.expression)
    return scaled, 1.0


def rounding_violations(tree):
    inside = set()
    for floor in tree.find_all(exp.Floor):
        found = rounding(floor)
        if found is None:
            continue
        rounded, parts = found
        inside.update(id(node) for node in rounded.walk())
        parent = floor.parent
        while isinstance(parent, exp.Paren):
            parent = parent.parent
        divisor = literal(parent.expression) if isinstance(parent, exp.Div) else 1.0
        if divisor != parts:
            yield f"{floor.sql()[:60]}: rounding is floor(x * k + 0.5e0) / k, with the same k twice"
        for column in rounded.find_all(exp.Column):
            scaled = any(isinstance(node, exp.Mul) and (literal(node.expression) or 0) >= 1e6
                         for node in rounded.walk() if column in node.walk())
            if column.name in TINY and not scaled:
                yield f"{column.sql()}: of the order of 1 by the number of addresses: times 1.0e9 before it is rounded"
    for node in tree.find_all(*ROUNDED_ONLY):
        if id(node) not in inside:
            yield f"{node.sql()[:60]}: rounded by floor(x * k + 0.5e0) / k, for the engines differ in its last digit"


def null_violations(tree):
    """greatest and least pass over NULL: of NULL and a bound they make the bound."""
    for node in tree.find_all(exp.Greatest, exp.Least):
        if not any(literal(side) is not None for side in [node.this, *node.expressions]):
            continue
        above = node.parent
        while above is not None and not (isinstance(above, exp.If) and
                                         "IS NULL" in above.this.sql() and "NOT" in above.this.sql()):
            above = above.parent
        if above is None:
            yield f"{node.sql()[:60]}: inside CASE WHEN … IS NOT NULL, for a bound takes the place of NULL"


def violations(sql):
    """Sentences that say where `sql` leaves the discipline."""
    try:
        trees = sqlglot.parse(sql, read="duckdb")
        sqlglot.parse(sql, read="spark")
    except sqlglot.errors.ParseError as error:
        return [f"does not parse: {error}"]
    if len(trees) != 1 or not isinstance(trees[0], exp.Select):
        return ["a file holds one SELECT"]
    doubles = double_columns()
    return [*text_violations(bare_text(sql)), *name_violations(trees[0]), *join_violations(trees[0]),
            *value_violations(trees[0], doubles), *rounding_violations(trees[0]), *null_violations(trees[0])]


def result_columns(sql):
    return [item.alias for item in sqlglot.parse_one(sql, read="duckdb").expressions]


def feature_list(aml_miner, folder):
    """What the program makes of a folder of feature SQL: its features, and each step's SQL as it runs."""
    done = subprocess.run([aml_miner, "features", "--features-dir", folder, "--json"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def folder_violations(aml_miner, folder):
    """Sentences that say where the files of a folder leave the discipline, and features without a meaning."""
    found = feature_list(aml_miner, folder)
    for step in found["steps"]:
        for sentence in violations(step["sql"]):
            yield f"{step['file']} ({step['table']}): {sentence}"
    for feature in found["features"]:
        if not feature["meaning"]:
            yield f"{feature['file']}:{feature['line']}: {feature['name']} has no meaning behind it"
