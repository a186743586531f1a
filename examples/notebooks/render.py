"""Renders the notebooks: from scripts in percent format to .ipynb.

The scripts are the source: `# %%` starts a cell of code, `# %% [markdown]` one
of text. This runs them and writes each with its outputs beside it. Run it
after a change and commit both files.

    python -m examples.notebooks.render
    python -m examples.notebooks.render custom_loop --output=runs/notebooks
"""

import os
import pathlib
import tempfile
import time

import jupytext
import nbclient
import nbformat
from absl import app
from absl import flags

FLAGS = flags.FLAGS
FOLDER = pathlib.Path(__file__).resolve().parent


def scripts():
    """The notebooks' scripts: all but this file."""
    return sorted(set(FOLDER.glob("*.py")) - {pathlib.Path(__file__).resolve()})


def read(script):
    """A script as a notebook without outputs, the same at every call."""
    notebook = jupytext.read(script, fmt="py:percent")
    for number, cell in enumerate(notebook.cells):
        # nbformat draws ids at random, and every rendering would differ.
        cell.id = f"cell-{number}"
        cell.metadata = {}
    notebook.metadata = {
        "kernelspec": {
            "display_name": "Python 3",
            "language": "python",
            "name": "python3",
        },
        "language_info": {"name": "python"},
    }
    return notebook


def execute(notebook, timeout):
    """Runs a notebook in an empty folder and keeps its outputs in it.

    Args:
        notebook: As `read` returns it.
        timeout: Seconds that a cell may take.

    Raises:
        nbclient.exceptions.CellExecutionError: If a cell raises.
        nbclient.exceptions.CellTimeoutError: If a cell takes longer.
    """
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    metadata = notebook.metadata
    with tempfile.TemporaryDirectory() as folder:
        nbclient.NotebookClient(
            notebook,
            timeout=timeout,
            record_timing=False,
            resources={"metadata": {"path": folder}},
        ).execute()
    notebook.metadata = metadata
    for cell in notebook.cells:
        if cell.cell_type == "code":
            # What the C++ libraries log at the start; an exception raises.
            cell.outputs = [
                output
                for output in cell.outputs
                if output.get("name") != "stderr"
            ]


def main(arguments):
    names = arguments[1:] or [script.stem for script in scripts()]
    folder = pathlib.Path(FLAGS.output or FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        start = time.time()
        notebook = read(FOLDER / f"{name}.py")
        execute(notebook, FLAGS.timeout)
        file = folder / f"{name}.ipynb"
        nbformat.write(notebook, file)
        print(
            f"{file}: {time.time() - start:.0f} s, "
            f"{file.stat().st_size / 1000:.0f} kB"
        )


if __name__ == "__main__":
    # Not at import: tests import this module beside others.
    flags.DEFINE_string("output", None, "Folder of the .ipynb files.")
    flags.DEFINE_integer("timeout", 300, "Seconds that a cell may take.")
    app.run(main)
