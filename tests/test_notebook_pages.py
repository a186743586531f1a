"""Notebooks as pages of the site, from one made by hand."""

import base64
import importlib.util
import json
import pathlib

FILE = pathlib.Path(__file__).parents[1] / "docs" / "notebook_pages.py"


def load():
    spec = importlib.util.spec_from_file_location("notebook_pages", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_page_of_a_notebook():
    png = base64.b64encode(b"picture").decode()
    outputs = [
        {"text": ["one\n", "two\n"]},
        {"data": {"image/png": png, "text/plain": "<Figure>"}},
        {
            "data": {
                "text/html": "<b>x</b>",
                "text/plain": ["\x1b[1mbold\x1b[0m"],
            }
        },
        {"data": {"text/markdown": "# Title\n\n| a |", "text/plain": "x"}},
    ]
    text = ["# Head\n", "\n", "[A](../../docs/a.md)."]
    cells = [
        {
            "cell_type": "markdown",
            "source": text,
        },
        {"cell_type": "code", "source": ["x = 1\n", "x"], "outputs": outputs},
    ]
    page, pictures = load().page(json.dumps({"cells": cells}), "name")
    assert page == (
        "# Head\n\n[A](../a.md).\n\n"
        "```python\nx = 1\nx\n```\n\n"
        "```text\none\ntwo\n```\n\n"
        "![Output of the code above](name_1.png)\n\n"
        "```text\nbold\n```\n\n"
        "### Title\n\n| a |\n"
    )
    assert pictures == {"name_1.png": b"picture"}
