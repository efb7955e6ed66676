"""Tables of both engines as rows whose numbers are compared bit by bit."""

WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "BOOLEAN")


def columns(connection, sql):
    return connection.execute(f"DESCRIBE {sql}").fetchall()


def expression(name, kind):
    """A value that two engines write alike: whole numbers of any width as one, other types as text."""
    if kind in WHOLE:
        return f'CAST("{name}" AS HUGEINT)'
    return f'"{name}"' if kind in ("DOUBLE", "VARCHAR") else f'CAST("{name}" AS VARCHAR)'


def same_bits(value):
    return value.hex() if isinstance(value, float) else repr(value)


def rows_of(connection, sql, left_out=()):
    """Names of columns, and the rows in an order that does not depend on how they were made."""
    wanted = [(name, kind) for name, kind, *_ in columns(connection, sql) if name not in left_out]
    found = connection.execute(f"SELECT {', '.join(expression(*column) for column in wanted)} FROM ({sql})").fetchall()
    return [name for name, _ in wanted], sorted([same_bits(value) for value in row] for row in found)


def difference(ours, theirs):
    """Where two such tables differ first; nothing where they do not."""
    (names, rows), (other_names, other_rows) = ours, theirs
    if names != other_names:
        return f"columns {names} and {other_names}"
    if len(rows) != len(other_rows):
        return f"{len(rows)} and {len(other_rows)} rows"
    for row, other in zip(rows, other_rows, strict=True):
        for name, value, other_value in zip(names, row, other, strict=True):
            if value != other_value:
                return f"column {name} of the row that begins {row[:2]}: {value} and {other_value}"
    return None


def as_in_the_program(connection):
    """The one function of the printed SQL that the program adds to DuckDB: the unscaled number as a double, divided once."""
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("CREATE MACRO decimal_to_double(x) AS CAST(replace(CAST(x AS VARCHAR), '.', '') AS DOUBLE) / "
                       "pow(10.0e0, length(split_part(CAST(x AS VARCHAR), '.', 2)))")


def labels_of(connection, day, file):
    """Words that name a file of labels for the program: every seventh address that pays is a mixer, every third of alerts is sanctioned."""
    found = {}
    for select, step, category in ((f"FROM '{day}/money_flows.parquet' SELECT DISTINCT source_address", 7, "mixer"),
                                   (f"FROM '{day}/alerts.parquet' SELECT DISTINCT address", 3, "sanctions")):
        names = sorted(name for (name,) in connection.execute(select).fetchall() if name)
        found.update(dict.fromkeys(names[::step], category))
    lines = ["address,category,known_since", *(f"{name},{category},2025-01-01" for name, category in found.items())]
    file.write_text("\n".join(lines) + "\n")
    return ["--labels", file]
