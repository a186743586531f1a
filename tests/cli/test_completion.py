import shutil
import subprocess

import pytest

from keras_ceb_cli import main
from keras_ceb_cli.completion import completion
from keras_ceb_cli.completion import subparsers
from keras_ceb_cli.parser import make_parser


def completed(*words):
    """What bash completes the last of some words with."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("needs bash")
    script = completion(make_parser(), "bash")
    line = " ".join(f"'{word}'" for word in words)
    script += (
        f"\nCOMP_WORDS=({line})\nCOMP_CWORD={len(words) - 1}\n"
        '_keras_ceb\necho "${COMPREPLY[@]}"'
    )
    result = subprocess.run(
        [bash, "-c", script], capture_output=True, text=True, check=True
    )
    return result.stdout.split()


def test_bash_completes_commands_and_options():
    assert completed("keras-ceb", "co") == ["compare", "corrupt", "completion"]
    assert completed("keras-ceb", "evaluate", "--no-d") == ["--no-download"]
    assert completed("keras-ceb", "report", "--ov") == []
    # Files, by the default of bash.
    assert completed("keras-ceb", "evaluate", "mod") == []


def test_every_option_of_every_command(capsys):
    assert main(["completion", "zsh"]) == 0
    script = capsys.readouterr().out
    assert script.startswith("autoload -U +X bashcompinit")
    commands = subparsers(make_parser())
    assert len(commands) == 6
    for name, parser in commands.items():
        (line,) = (x for x in script.splitlines() if f" {name}) " in x)
        words = line.split('"')[1].split()
        options = [o for o in parser._option_string_actions if "--" in o]
        assert words == options
