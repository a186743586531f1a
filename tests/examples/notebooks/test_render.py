"""The notebooks are their scripts, with outputs, and they run."""

import pathlib
import subprocess
import sys

import pytest

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("jupytext")
pytest.importorskip("absl")

from examples.notebooks import render  # noqa: E402

NAMES = [script.stem for script in render.scripts()]
ROOT = pathlib.Path(__file__).parents[3]
KILOBYTES = 400
SECONDS = 300


def committed(name):
    return nbformat.read(render.FOLDER / f"{name}.ipynb", as_version=4)


def outputs(notebook):
    return [
        output
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    ]


def pictures(notebook):
    return [o for o in outputs(notebook) if "image/png" in o.get("data", {})]


def test_every_notebook_has_a_script():
    notebooks = sorted(file.stem for file in render.FOLDER.glob("*.ipynb"))
    assert notebooks == NAMES
    readme = (render.FOLDER / "README.md").read_text()
    for name in NAMES:
        assert f"{name}.ipynb" in readme


@pytest.mark.parametrize("name", NAMES)
def test_the_notebook_is_its_script_cell_by_cell(name):
    script = render.read(render.FOLDER / f"{name}.py")
    notebook = committed(name)
    nbformat.validate(notebook)
    assert [
        (cell.id, cell.cell_type, cell.source) for cell in notebook.cells
    ] == [(cell.id, cell.cell_type, cell.source) for cell in script.cells]


@pytest.mark.parametrize("name", NAMES)
def test_the_notebook_was_run_from_top_to_bottom(name):
    notebook = committed(name)
    code = [c for c in notebook.cells if c.cell_type == "code"]
    counts = [cell.execution_count for cell in code]
    assert counts == list(range(1, len(code) + 1))
    assert all(output.output_type != "error" for output in outputs(notebook))


@pytest.mark.parametrize("name", NAMES)
def test_the_notebook_shows_pictures_and_what_to_try_next(name):
    notebook = committed(name)
    assert pictures(notebook)
    assert "## What to try next" in notebook.cells[-1].source
    size = (render.FOLDER / f"{name}.ipynb").stat().st_size
    assert size < 1000 * KILOBYTES


def small(tmp_path, code):
    script = tmp_path / "small.py"
    script.write_text(f"# %% [markdown]\n# # Small\n\n# %%\n{code}\n")
    return render.read(script)


@pytest.mark.slow
def test_outputs_are_kept_and_what_is_logged_is_not(tmp_path):
    notebook = small(
        tmp_path, "import sys\nprint(6 * 7)\nprint('log', file=sys.stderr)"
    )
    assert [cell.cell_type for cell in notebook.cells] == ["markdown", "code"]
    render.execute(notebook, timeout=60)
    (output,) = outputs(notebook)
    assert (output.name, output.text) == ("stdout", "42\n")


@pytest.mark.slow
def test_a_cell_that_raises_or_takes_too_long_is_an_error(tmp_path):
    with pytest.raises(nbclient.exceptions.CellExecutionError):
        render.execute(small(tmp_path, "1 / 0"), timeout=60)
    endless = small(tmp_path, "while True:\n    pass")
    with pytest.raises(nbclient.exceptions.CellTimeoutError):
        render.execute(endless, timeout=2)


@pytest.mark.slow
@pytest.mark.tf_only
@pytest.mark.parametrize("name", NAMES)
def test_the_notebook_runs(name, tmp_path):
    if name == "transfer":
        pytest.importorskip("keras_cv")
        pytest.importorskip("keras_hub")
    if name in ("transfer", "what_the_bottleneck_learns"):
        pytest.importorskip("skimage")
    subprocess.run(
        [
            *(sys.executable, "-m", "examples.notebooks.render"),
            *(name, f"--output={tmp_path}"),
        ],
        check=True,
        cwd=ROOT,
        timeout=SECONDS,
    )
    notebook = nbformat.read(tmp_path / f"{name}.ipynb", as_version=4)
    assert len(pictures(notebook)) == len(pictures(committed(name)))
