"""axe-core in the page: what it can see of the rules that help who cannot see, point or guess."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
AXE = pathlib.Path(os.environ.get("AML_DEPS", ROOT / ".deps")) / "axe" / "axe-core" / "axe.min.js"


def violations(page):
    """Rules that are broken, each with where."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert len(found["passes"]) > 10
    return {rule["id"]: [(node["target"], node["failureSummary"]) for node in rule["nodes"]][:3] for rule in found["violations"]}
