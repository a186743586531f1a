"""The documentation builds without a warning, holds all, and its code runs."""

import inspect
import pathlib
import re
import subprocess
import sys

import keras
import pytest

from tests import code_blocks
from tests.public_names import MODULES
from tests.public_names import public_names

ROOT = pathlib.Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(
    page.relative_to(DOCS).as_posix()
    for page in DOCS.rglob("*.md")
    if code_blocks.find(page.read_text())
)


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_is_in_the_api_pages(module):
    pages = "\n".join(page.read_text() for page in (DOCS / "api").glob("*.md"))
    listed = re.findall(r"^::: (\S+)$", pages, flags=re.MULTILINE)
    assert len(listed) == len(set(listed))
    namespace = sys.modules[module]
    for name in public_names(module):
        value = getattr(namespace, name)
        if inspect.ismodule(value) or name.startswith("__"):
            continue
        # `evaluate_robustness` has two names, of which one is listed.
        home = (
            "keras_ceb.robustness" if name == "evaluate_robustness" else module
        )
        assert f"{home}.{name}" in listed


def test_the_api_pages_list_what_is_there():
    for page in (DOCS / "api").glob("*.md"):
        for full in re.findall(r"^::: (\S+)$", page.read_text(), re.MULTILINE):
            module, _, name = full.rpartition(".")
            assert name in public_names(module), full


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_the_code_of_a_page_runs(page, tmp_path, monkeypatch):
    text = (DOCS / page).read_text()
    code = "".join(block for block, _ in code_blocks.find(text))
    # Keras reads folders with tf.data.
    needs = ("import tensorflow", "image_dataset_from_directory")
    if any(n in code for n in needs) and keras.config.backend() != "tensorflow":
        pytest.skip("needs the TensorFlow backend")
    if "keras.distillation" in text and not hasattr(keras, "distillation"):
        pytest.skip("needs Keras 3.12")
    monkeypatch.chdir(tmp_path)
    names = {}
    for code, line in code_blocks.find(text):
        code_blocks.run(code, names, page, line)


@pytest.mark.slow
def test_the_site_builds_without_a_warning(tmp_path):
    pytest.importorskip("mkdocs", reason="needs the extra docs")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    result = subprocess.run(
        [*command, "--site-dir", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    for page in ("index", "results/index", "api/layers/index", "faq/index"):
        assert (tmp_path / f"{page}.html").stat().st_size > 5_000
    # The classes are there, not only their names.
    text = (tmp_path / "api" / "layers" / "index.html").read_text()
    assert "Adds Gaussian noise to a feature vector" in text
    # Functions, where a module has the same name.
    for page in (tmp_path / "api").glob("*/index.html"):
        assert "doc-module" not in page.read_text(), page
    # A notebook with its pictures, and a report.
    notebook = tmp_path / "notebooks" / "choosing_rho" / "index.html"
    assert "../choosing_rho_1.png" in notebook.read_text()
    assert (tmp_path / "notebooks" / "choosing_rho_1.png").exists()
    live = tmp_path / "reports" / "quickstart.html"
    assert 50_000 < live.stat().st_size < 3_000_000
    # What a page shows comes with it, so that it can be read offline.
    sources = re.findall(r'<(?:script|img)[^>]* src="(\w+:[^"]*)"', text)
    assert sources == []
