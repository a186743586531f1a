import subprocess
import sys

import pytest

import keras_ceb
from keras_ceb._src.cli import evaluate
from keras_ceb._src.cli import main as cli
from keras_ceb._src.data.readers.resizing import WAYS
from keras_ceb._src.robustness.attacks.ball import NORMS
from keras_ceb_cli import main
from keras_ceb_cli import options
from keras_ceb_cli import parser
from keras_ceb_cli import values


def test_nothing_heavy_is_imported_for_help_and_wrong_options():
    """So that they take a moment, wherever this runs."""
    code = (
        "import sys\n"
        "from keras_ceb_cli import main\n"
        "ends = [main(arguments.split()) for arguments in ("
        "'--help', '--version', 'evaluate --help', 'evaluate', 'completion zsh'"
        ")]\n"
        "heavy = {'keras', 'keras_ceb', 'numpy', 'tensorflow', 'torch'}\n"
        "print(ends, sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True
    )
    assert result.stdout.splitlines()[-1] == "[0, 0, 0, 1, 0] []"
    assert f"keras-ceb {keras_ceb.__version__}\n" in result.stdout
    assert result.stderr == (
        "keras-ceb: the following arguments are required: model, --data (see "
        "`keras-ceb evaluate --help`)\n"
    )


def test_it_repeats_what_the_package_defines():
    assert options.WAYS == WAYS
    assert values.NORMS == NORMS
    assert options.ATTACKS == tuple(evaluate.ATTACKS)
    assert parser.ERROR == cli.ERROR == 1
    assert parser.INTERRUPTED == cli.INTERRUPTED == 130


EVALUATE = ["evaluate", "m.keras", "--data", "x.npz"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "required: COMMAND"),
        (["train"], "invalid choice: 'train'"),
        ([*EVALUATE, "--attaks"], "unrecognized arguments: --attaks"),
        ([*EVALUATE, "--output"], "--output: expected one argument"),
        ([*EVALUATE, "--json", "--quiet"], "not allowed with argument --json"),
        ([*EVALUATE, "--limit", "2.5"], "--limit: must be a positive integer"),
        ([*EVALUATE, "--eps", "8/0"], "--eps: must be a finite number"),
        ([*EVALUATE, "--eps", "1e999"], "--eps: must be a finite number"),
        ([*EVALUATE, "--fail-under", "linf=0.3"], "must be clean=ACCURACY"),
        ([*EVALUATE, "--fail-under", "l1:1=0.3"], "must be clean=ACCURACY"),
        ([*EVALUATE, "--fail-under", "l2:1=30"], "must be clean=ACCURACY"),
        ([*EVALUATE, "--fail-under", "clean"], "must be clean=ACCURACY"),
        (["corrupt", "a", "--severities", "6"], "invalid choice: 6"),
        (["completion", "fish"], "invalid choice: 'fish'"),
    ],
)
def test_wrong_options_are_an_error_of_one_line(arguments, expected, capsys):
    assert main(arguments) == 1
    printed = capsys.readouterr()
    assert expected in printed.err and printed.err.count("\n") == 1
    assert printed.out == ""
