"""`keras-ceb report`, which renders a file of results again."""

import argparse
import json
import pathlib

from keras_ceb._src.cli.output import check_writable
from keras_ceb._src.cli.output import write_result
from keras_ceb.robustness import Comparison
from keras_ceb.robustness import RobustnessReport


def run(options: argparse.Namespace) -> int:
    """Renders a report or a comparison."""
    file = pathlib.Path(options.file)
    if not file.is_file():
        raise FileNotFoundError(f"The file {options.file!r} does not exist.")
    result = read(file)
    folder = pathlib.Path(options.output or file.parent)
    check_writable(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_result(options, result, folder, file.stem)
    return 0


def read(file: pathlib.Path) -> RobustnessReport | Comparison:
    """The report or the comparison of a file."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        content = None
    if isinstance(content, dict) and "reports" in content:
        return Comparison.from_json(file)
    return RobustnessReport.from_json(file)
