"""What the README says runs."""

import pathlib
import re

import pytest

from tests import code_blocks

ROOT = pathlib.Path(__file__).parents[1]


@pytest.mark.slow_on_jax
def test_the_readme_runs_as_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "README.md").read_text()
    blocks = code_blocks.find(text)
    assert len(blocks) >= 3
    namespace = {}
    for block, line in blocks:
        code_blocks.run(block, namespace, "README.md", line)
    assert namespace["model"].num_classes == 1000
    assert namespace["logits"].shape == (4, 3)
    assert (tmp_path / "report.html").stat().st_size > 10_000


def test_the_readme_starts_with_the_two_commands():
    text = (ROOT / "README.md").read_text()
    commands = re.findall(r"^    (\S.*)$", text, flags=re.MULTILINE)
    assert commands[:2] == ["make quickstart", "make test"]
