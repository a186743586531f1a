"""The Fashion-MNIST study as a list of commands, and a runner.

    python -m examples.fashion_mnist.sweep --data=fashion_mnist.npz --list
    python -m examples.fashion_mnist.sweep --data=fashion_mnist.npz --jobs=2

First the models over rho, of one seed; from them the paper's rule selects the
rho of all other rows, then these are listed and run. Training and measurement
are separate commands, `--step=train` or `--step=evaluate`; by default both are
run. Models that have a result are skipped, and interrupted ones resume.
"""

import pathlib
import shlex
import sys

from absl import app
from absl import flags

from examples.common import commands
from examples.common import training
from examples.fashion_mnist import experiments
from examples.fashion_mnist import selection

FLAGS = flags.FLAGS
STEPS = ("train", "evaluate")


def rows(rho):
    """The models of the study in the order in which they are run.

    Args:
        rho: What the rule selected, or `None`.

    Returns:
        Pairs of a name and a seed.
    """
    first, *others = experiments.SEEDS
    found = [(name, first) for name in ("baseline", *experiments.SWEEP)]
    if rho is not None:
        main = experiments.main_rows(rho)
        further = experiments.further_rows(rho)
        found += [(name, first) for name in main]
        # All main rows of one seed before the next: it is whole early.
        found += [(name, seed) for seed in others for name in main]
        found += [(name, first) for name in further]
    return list(dict.fromkeys(found))


def command(step, name, seed, data, folder, preset, results):
    """The shell command of one step for one model."""
    arguments = [sys.executable, "-m", f"examples.fashion_mnist.{step}"]
    if step == "train":
        arguments += [f"--experiment={name}", f"--preset={preset}"]
        arguments += [f"--seed={seed}"]
    else:
        arguments.append(f"--results={results}")
    arguments.append(f"--workdir={folder}")
    if data:
        arguments.append(f"--data={data}")
    return shlex.join(arguments)


def todo(rho, steps, data, runs, preset, results):
    """What is left to do: {(name, seed): shell command}."""
    found = {}
    for name, seed in rows(rho):
        folder = pathlib.Path(runs) / preset / name / f"seed_{seed}"
        done = {
            "train": folder / training.TRAINED,
            "evaluate": pathlib.Path(results) / f"{name}-seed{seed}.json",
        }
        lines = [
            command(step, name, seed, data, folder, preset, results)
            for step in STEPS
            if step in steps and not done[step].exists()
        ]
        if lines:
            found[name, seed] = " && ".join(lines)
    return found


def main(_):
    preset = FLAGS.preset
    experiments.preset(preset)
    results = FLAGS.results or f"{FLAGS.runs}/{preset}/results"
    done = set()
    while True:
        rho = selection.selected_rho(f"{FLAGS.runs}/{preset}")
        left = todo(rho, FLAGS.step, FLAGS.data, FLAGS.runs, preset, results)
        if FLAGS.list:
            print("\n".join(left.values()))
            return
        if not left.keys() - done:
            return
        done |= left.keys()
        commands.run_all(
            {
                pathlib.Path(FLAGS.runs)
                / preset
                / name
                / f"seed_{seed}.log": line
                for (name, seed), line in left.items()
            },
            FLAGS.jobs,
        )


if __name__ == "__main__":
    # Not at import: tests import this module beside others.
    flags.DEFINE_multi_enum("step", list(STEPS), STEPS, "What to do.")
    flags.DEFINE_string("preset", "full", ", ".join(experiments.PRESETS))
    flags.DEFINE_string("data", None, "File (.npz) or folder (TFDS).")
    flags.DEFINE_string("runs", "runs/fashion_mnist", "Folder of the runs.")
    flags.DEFINE_string(
        "results", None, "Folder of results. By default RUNS/PRESET/results."
    )
    flags.DEFINE_integer("jobs", 1, "Models at a time.", lower_bound=1)
    flags.DEFINE_bool("list", False, "Print the commands, run nothing.")
    app.run(main)
