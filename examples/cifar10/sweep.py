"""The CIFAR-10 study as a list of commands, and a runner for one machine.

    python -m examples.cifar10.sweep --preset=cpu --data=cifar10.npz --list
    python -m examples.cifar10.sweep --preset=cpu --data=cifar10.npz --jobs=2
    python -m examples.cifar10.sweep --preset=few --data=cifar10.npz \
        --experiments=madry,fast_baseline,fast_ceb_4

Each line of `--list` trains and evaluates one model and is independent of the
other lines, so any scheduler can run them as an array. Without `--list` they
run here, `--jobs` at a time. Models that have a result are skipped, and
interrupted ones resume.
"""

import pathlib
import shlex
import sys

from absl import app
from absl import flags

from examples.cifar10 import experiments
from examples.common import commands

FLAGS = flags.FLAGS
flags.DEFINE_list(
    "experiments",
    list(experiments.EXPERIMENTS),
    "Names in experiments.py; by default the paper's 26.",
)
flags.DEFINE_list("seeds", ["0", "1"], "Seeds of each.")
flags.DEFINE_string("preset", "cpu", ", ".join(experiments.PRESETS))
flags.DEFINE_string("data", None, "File (.npz) or folder (TFDS) of CIFAR-10.")
flags.DEFINE_string("runs", "runs/cifar10", "Folder of the runs.")
flags.DEFINE_string(
    "results", None, "Folder of results. By default RUNS/PRESET/results."
)
flags.DEFINE_integer("jobs", 1, "Models at a time.", lower_bound=1)
flags.DEFINE_bool("list", False, "Print the commands, run nothing.")


def command(name, seed, data, preset, runs, results):
    """The shell command that trains and evaluates one model."""
    folder = f"{runs}/{preset}/{name}/seed_{seed}"
    python = shlex.quote(sys.executable)
    train = [f"--experiment={name}", f"--preset={preset}", f"--seed={seed}"]
    train += [f"--workdir={folder}", "--verbose=2"]
    evaluate = [f"--workdir={folder}", f"--results={results}", "--verbose=0"]
    if data:
        train.append(f"--data={data}")
        evaluate.append(f"--data={data}")
    return (
        f"{python} -m examples.cifar10.train {shlex.join(train)} && "
        f"{python} -m examples.cifar10.evaluate {shlex.join(evaluate)}"
    )


def result_file(results, name, seed):
    """Where `evaluate.py` puts the result of a model."""
    return pathlib.Path(results) / f"{name}-seed{seed}.json"


def main(_):
    preset = FLAGS.preset
    experiments.preset(preset)
    results = FLAGS.results or f"{FLAGS.runs}/{preset}/results"
    todo = {}
    # All models of one seed before the next: the study is whole early.
    for seed in FLAGS.seeds:
        for name in FLAGS.experiments:
            experiments.experiment(name)
            if not result_file(results, name, seed).exists():
                todo[name, seed] = command(
                    name, seed, FLAGS.data, preset, FLAGS.runs, results
                )
    if FLAGS.list:
        print("\n".join(todo.values()))
        return
    commands.run_all(
        {
            pathlib.Path(FLAGS.runs) / preset / name / f"seed_{seed}.log": line
            for (name, seed), line in todo.items()
        },
        FLAGS.jobs,
    )


if __name__ == "__main__":
    app.run(main)
