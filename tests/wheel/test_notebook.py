"""examples/explain.ipynb runs as it stands, in a real kernel, and draws what it promises."""

import json
import subprocess

from conftest import ROOT

# In the wheel's environment, which has Jupyter's client.
RUN = """
import json, sys, nbclient, nbformat
notebook = nbformat.read(sys.argv[1], 4)
nbclient.NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": sys.argv[2]}}).execute()
print(json.dumps([output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]))
"""


def test_the_notebook_runs_and_draws_its_pictures(installed, tmp_path):
    notebook = ROOT / "examples/explain.ipynb"
    done = subprocess.run([installed.python, "-c", RUN, notebook, tmp_path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    outputs = json.loads(done.stdout)
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 2
    assert "'auc_roc': [" in "".join(output.get("data", {}).get("text/plain", "") for output in outputs), "the interval is told"


def test_the_notebook_is_kept_without_outputs():
    cells = json.loads((ROOT / "examples/explain.ipynb").read_text())["cells"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells if cell["cell_type"] == "code")
