"""Runs the tests of one module against each change of a cosmic-ray session.

A part of `mutation.py`, run inside a copy of the source tree. Every change has
a process of its own, forked from one that has imported all but the package and
its tests. The limit is on processor time, which a busy machine does not use up.

    python mutants.py session.sqlite tests/test_objective.py > outcomes.json
"""

import difflib
import json
import os
import pathlib
import resource
import signal
import sys

# What the forked processes have in common, before any of it starts threads.
import jax.numpy  # noqa: F401
import keras  # noqa: F401
import pytest
import scipy.stats  # noqa: F401
from cosmic_ray import plugins
from cosmic_ray.mutating import mutate_code
from cosmic_ray.work_db import WorkDB

# A process that waits for ever uses no processor time.
LONGEST_SECONDS = 1200


def outcome(tests, limit):
    """Runs tests in a forked process: how they ended, and their CPU seconds."""
    child = os.fork()
    if not child:
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        signal.alarm(LONGEST_SECONDS)
        arguments = ["-q", "-x", "-m", "not slow", "-p", "no:cacheprovider"]
        os._exit(pytest.main([*arguments, tests]))
    _, status, usage = os.wait4(child, 0)
    seconds = usage.ru_utime + usage.ru_stime
    if os.WIFEXITED(status):
        # 1: a test failed; 2: the tests do not import.
        code = os.WEXITSTATUS(status)
        name = {0: "survived", 1: "failed", 2: "failed"}.get(code, "broken")
    elif os.WTERMSIG(status) == signal.SIGALRM:
        name = "waited"
    else:
        name = "stopped" if seconds >= limit - 1 else "crashed"
    return name, seconds


def changed_lines(before, after):
    """The first changed line of a text: its number, and the new line."""
    before, after = before.splitlines(), after.splitlines()
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, start, _, new, end in matcher.get_opcodes():
        if tag != "equal":
            text = " ".join(line.strip() for line in after[new:end])
            return start + 1, text or f"without {before[start].strip()}"
    raise ValueError("Nothing was changed.")


def main(session, tests):
    sys.path.insert(0, os.getcwd())
    # Changes follow each other faster than the times of compiled files tell.
    sys.dont_write_bytecode = True
    unchanged, seconds = outcome(tests, resource.RLIM_INFINITY)
    # They must pass as they are, or every change would seem to be noticed.
    if unchanged != "survived":
        raise SystemExit(f"{tests} {unchanged} without a change.")
    limit = round(20 + 5 * seconds)
    found = []
    for item in WorkDB(session, WorkDB.Mode.open).pending_work_items:
        (mutation,) = item.mutations
        path = pathlib.Path(mutation.module_path)
        source = path.read_text()
        operator = plugins.get_operator(mutation.operator_name)()
        changed = mutate_code(source, operator, mutation.occurrence)
        path.write_text(changed)
        try:
            name, _ = outcome(tests, limit)
        finally:
            path.write_text(source)
        line, text = changed_lines(source, changed)
        found.append({"outcome": name, "line": line, "change": text})
        print(path.name, line, text, name, file=sys.stderr, flush=True)
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
