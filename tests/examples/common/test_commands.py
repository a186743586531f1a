import os
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


def test_a_command_takes_the_cores_that_it_may_use(tmp_path, monkeypatch):
    # Of more, as after `taskset -c 0`.
    monkeypatch.setattr(commands, "cores", lambda: 1)
    log = tmp_path / "a.log"
    commands.run_all({log: f'{sys.executable} -c "{PRINT}"'}, jobs=1)
    assert log.read_text() == "1\n"


@pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="this system has no affinity"
)
def test_cores_are_those_that_the_process_is_bound_to():
    bound = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(bound)})
        assert commands.cores() == 1
    finally:
        os.sched_setaffinity(0, bound)
    assert commands.cores() == len(bound)
