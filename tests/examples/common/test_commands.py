import sys

import pytest

from examples.common import commands

PRINT = "import os; print(os.environ['TF_NUM_INTRAOP_THREADS'])"


def test_each_command_has_a_log_and_its_share_of_the_threads(tmp_path):
    log = tmp_path / "logs" / "a.log"
    assert commands.run(f'{sys.executable} -c "{PRINT}"', log, 3) == 0
    assert log.read_text() == "3\n"


def test_failures_are_said_at_the_end(tmp_path, capsys):
    lines = {tmp_path / "a.log": "exit 1", tmp_path / "b.log": "true"}
    with pytest.raises(SystemExit, match="These failed.*a.log$"):
        commands.run_all(lines, jobs=1)
    assert "b.log done" in capsys.readouterr().out
