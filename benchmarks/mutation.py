"""The share of deliberate faults that the tests notice.

cosmic-ray makes one change at a time to the modules below, such as `+` for `-`,
`<` for `<=` or 1 for 2, and runs the tests of that module: a change that they
let pass has survived. Only changes that could be somebody's mistake are made;
`<<` for `+` would be noticed by anything. Works on copies of the source tree.

    KERAS_BACKEND=jax python -m results.record mutation
"""

import json
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from concurrent import futures

from absl import app
from absl import flags

from examples.common import provenance
from examples.common import results

FLAGS = flags.FLAGS
flags.DEFINE_string("output", "mutation.json", "File to write.")
flags.DEFINE_list("modules", [], "Only these; all of `MODULES` by default.")
flags.DEFINE_integer("jobs", 2, "How many modules at a time.")

ROOT = pathlib.Path(__file__).resolve().parents[1]
SOURCE = "keras_ceb/_src"
# What holds the mathematics. The tests of a module are at its mirrored path.
MODULES = (
    "objective",
    "layers/class_conditional_marginal",
    "layers/consistent_classifier",
    "layers/feature_average",
    "layers/pooled_backbone",
    "layers/stochastic_encoder",
    "schedules/anneal",
    "schedules/default",
    "schedules/interpolation",
    "schedules/jump_start",
    "training/metrics",
    "robustness/attacks/ball",
    "robustness/attacks/hyperplane_projection",
    "robustness/attacks/losses",
    "robustness/intervals",
    "robustness/metrics",
    "robustness/corruptions/benchmark/error_rates",
    "robustness/corruptions/benchmark/metrics",
)
OPERATORS = (
    "ReplaceBinaryOperator_(Add_Sub|Sub_Add|Mul_Div|Div_Mul|Pow_Mul"
    "|FloorDiv_Mul|Mod_Div|BitAnd_BitOr)",
    "ReplaceComparisonOperator_(Eq_NotEq|NotEq_Eq|Lt_LtE|LtE_Lt|Gt_GtE|GtE_Gt"
    "|Lt_GtE|Gt_LtE|LtE_Gt|GtE_Lt|Is_IsNot|IsNot_Is)",
    "ReplaceUnaryOperator_(USub_UAdd|Delete_USub|Delete_Not)",
    "AddNot",
    "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue",
    "ReplaceAndWithOr",
    "ReplaceOrWithAnd",
    "NumberReplacer",
    "RemoveDecorator",
    "ZeroIterationForLoop",
)
CONFIG = """
[cosmic-ray]
module-path = {path!r}
timeout = {timeout}
excluded-modules = []
test-command = {command!r}

[cosmic-ray.distributor]
name = "local"

[cosmic-ray.filters.operators-filter]
exclude-operators = ['^(?!core/({operators})$)']
"""


def copy_of_the_source(folder):
    """Copies what the tests need, as cosmic-ray changes files in place."""
    listed = subprocess.run(
        ["git", "ls-files", "keras_ceb", "tests", "pyproject.toml"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    for name in listed:
        if (ROOT / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target)


def tests_of(module):
    """The test file at the mirrored path of a module."""
    folder, _, name = f"tests/{module}".rpartition("/")
    return f"{folder}/test_{name}.py"


def mutate(module):
    """The changes made to a module, and those that the tests let pass."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        copy_of_the_source(folder)
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-m", "not slow"]
        command += ["-p", "no:cacheprovider", tests_of(module)]

        def run(*arguments):
            subprocess.run(
                [str(part) for part in arguments],
                cwd=folder,
                check=True,
                stdout=subprocess.DEVNULL,
            )

        # It must pass as it is, or every change would seem to be noticed.
        start = time.time()
        run(*command)
        config = folder / "config.toml"
        config.write_text(
            CONFIG.format(
                path=f"{SOURCE}/{module}.py",
                timeout=round(60 + 5 * (time.time() - start)),
                command=" ".join(command),
                operators="|".join(OPERATORS),
            )
        )
        session = folder / "session.sqlite"
        tools = pathlib.Path(sys.executable).parent
        run(tools / "cosmic-ray", "init", config, session)
        run(tools / "cr-filter-operators", session, config)
        run(tools / "cosmic-ray", "exec", config, session)
        return survivors(session)


def survivors(session):
    """The number of changes in a session, and those that survived."""
    rows = sqlite3.connect(session).execute(
        "select m.module_path, m.start_pos_row, m.operator_name, m.occurrence,"
        " w.test_outcome from mutation_specs m join work_results w"
        " on m.job_id = w.job_id where w.worker_outcome = 'NORMAL'"
    )
    rows = list(rows)
    left = [
        f"{pathlib.Path(path).name}:{line} {operator.removeprefix('core/')}"
        for path, line, operator, _, outcome in rows
        if outcome == "SURVIVED"
    ]
    return {"changes": len(rows), "survived": sorted(left)}


def main(_):
    start = time.time()
    names = FLAGS.modules or MODULES
    figures = {}
    with futures.ThreadPoolExecutor(FLAGS.jobs) as pool:
        for name, result in zip(names, pool.map(mutate, names), strict=True):
            figures[name] = result
            print(name, json.dumps(result, indent=1), flush=True)
    results.write(
        FLAGS.output,
        {"operators": list(OPERATORS), "modules": list(names)},
        [
            provenance.run(
                "measurement",
                time.time() - start,
                packages=["cosmic-ray", "pytest"],
            )
        ],
        figures,
    )


if __name__ == "__main__":
    app.run(main)
