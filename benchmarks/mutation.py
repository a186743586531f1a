"""The share of deliberate faults that the tests notice.

cosmic-ray makes one change at a time to the modules below, such as `+` for `-`,
`<` for `<=` or 1 for 2, and runs the tests of that module: a change that they
let pass has survived. Only changes that could be somebody's mistake are made;
`<<` for `+` would be noticed by anything. Works on copies of the source tree.

    KERAS_BACKEND=jax python -m results.record mutation
    KERAS_BACKEND=jax python -m benchmarks.mutation \\
        --output=results/mutation.json --modules=objective,schedules/anneal

The second does some modules anew and leaves the others in the file as they
are: `figures` says by which of the runs in `provenance` each was measured. The
tests of a change that do not end within five times their processor time are
stopped, which counts as noticed; a change whose tests wait for ever does not.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent import futures

from absl import app
from absl import flags

from benchmarks.equivalent_changes import EQUIVALENT
from examples.common import provenance
from examples.common import results

FLAGS = flags.FLAGS

ROOT = pathlib.Path(__file__).resolve().parents[1]
SOURCE = "keras_ceb/_src"
# What holds the mathematics. The tests of a module are at its mirrored path.
MODULES = (
    "gaussians",
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
timeout = 60
excluded-modules = []
test-command = "false"

[cosmic-ray.distributor]
name = "local"

[cosmic-ray.filters.operators-filter]
exclude-operators = ['^(?!core/({operators})$)']
"""


def copy_of_the_source(folder):
    """Copies what the tests need, as cosmic-ray changes files in place."""
    listed = subprocess.run(
        [
            "git",
            "ls-files",
            "keras_ceb",
            "keras_ceb_cli",
            "tests",
            "pyproject.toml",
        ],
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
    """What the tests of a module make of the changes to it."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        copy_of_the_source(folder)
        config, session = folder / "config.toml", folder / "session.sqlite"
        config.write_text(
            CONFIG.format(
                path=f"{SOURCE}/{module}.py", operators="|".join(OPERATORS)
            )
        )
        # Most of the time goes into compiling what no change has touched.
        environment = dict(
            os.environ,
            JAX_COMPILATION_CACHE_DIR=str(folder / "compiled"),
            JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS="0",
            JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES="-1",
            PYTHONPATH=str(folder),
        )

        def run(*arguments):
            return subprocess.run(
                [str(part) for part in arguments],
                cwd=folder,
                env=environment,
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            ).stdout

        tools = pathlib.Path(sys.executable).parent
        run(tools / "cosmic-ray", "init", config, session)
        run(tools / "cr-filter-operators", session, config)
        script = ROOT / "benchmarks" / "mutants.py"
        found = run(sys.executable, script, session, tests_of(module))
        return counted(module, json.loads(found))


def counted(module, found):
    """The figures of a module.

    Args:
        module: Its name in `MODULES`.
        found: A dict per change, as `mutants.py` prints them.
    """
    survived, equivalent = [], []
    for change in found:
        if change["outcome"] in ("failed", "stopped"):
            continue
        if change["outcome"] not in ("survived", "waited"):
            raise ValueError(f"The tests of {module} broke on {change}.")
        same = EQUIVALENT.get((module, change["change"]))
        if same is None:
            survived.append(f"{change['line']}: {change['change']}")
        else:
            equivalent.append(f"{change['line']}: {change['change']} ({same})")
    return {
        "changes": len(found),
        "stopped": sum(change["outcome"] == "stopped" for change in found),
        "equivalent": sorted(equivalent),
        "survived": sorted(survived),
    }


def merged(earlier, run, figures):
    """The provenance and figures of a file with those of a new run.

    Args:
        earlier: The contents of the file, or `None`.
        run: The new run.
        figures: Its figures by module.

    Returns:
        The runs that still have figures, and the figures of every module, of
        which `run` is the index of its run.
    """
    old = earlier or {"provenance": [], "figures": {}}
    rows = {**old["figures"]}
    runs = [*old["provenance"], run]
    for name, row in figures.items():
        rows[name] = {**row, "run": len(runs) - 1}
    kept = sorted({row["run"] for row in rows.values()})
    for name, row in rows.items():
        rows[name] = {**row, "run": kept.index(row["run"])}
    return [runs[index] for index in kept], rows


def main(_):
    start = time.time()
    names = FLAGS.modules or MODULES
    output = pathlib.Path(FLAGS.output)
    earlier = (
        results.read(output) if FLAGS.modules and output.exists() else None
    )
    # Before the file is written, which Git may know.
    this = provenance.run("measurement", 0, packages=["cosmic-ray", "pytest"])
    figures = {}
    with futures.ThreadPoolExecutor(FLAGS.jobs) as pool:
        for name, figure in zip(names, pool.map(mutate, names), strict=True):
            figures[name] = figure
            print(name, json.dumps(figure, indent=1), flush=True)
            this["seconds"] = round(time.time() - start)
            # After every module: a run that is cut off keeps what it did.
            runs, rows = merged(earlier, this, figures)
            settings = {
                "operators": list(OPERATORS),
                "modules": list(MODULES),
            }
            results.write(FLAGS.output, settings, runs, rows)


if __name__ == "__main__":
    flags.DEFINE_string("output", "mutation.json", "File to write.")
    flags.DEFINE_list("modules", [], "Only these; all of `MODULES` by default.")
    flags.DEFINE_integer("jobs", 1, "How many modules at a time.")
    app.run(main)
