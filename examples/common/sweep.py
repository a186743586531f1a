"""A study as a list of commands, one per model and step."""

import pathlib
import shlex
import sys

from examples.common import commands
from examples.common import training

STEPS = ("train", "evaluate")


def command(package, step, row, preset, data, folder, results):
    """The shell command of one step for one model.

    Args:
        package: Of the study, with modules `train` and `evaluate`.
        step: One of `STEPS`.
        row: Name of the experiment and seed.
        preset: Name of the preset.
        data: Path of the images, or `None`.
        folder: Of the run.
        results: Folder of the results.
    """
    arguments = [sys.executable, "-m", f"{package}.{step}"]
    if step == "train":
        name, seed = row
        arguments += [f"--experiment={name}", f"--preset={preset}"]
        arguments += [f"--seed={seed}"]
    else:
        arguments.append(f"--results={results}")
    arguments.append(f"--workdir={folder}")
    if data:
        arguments.append(f"--data={data}")
    return shlex.join(arguments)


def todo(package, rows, steps, preset, data, runs, results):
    """What is left to do of a study: {path of the log: shell command}.

    Args:
        package: Of the study.
        rows: Pairs of a name and a seed, in the order in which they run.
        steps: Those of `STEPS` to take.
        preset: Name of the preset.
        data: Path of the images, or `None`.
        runs: Folder of the runs of all presets.
        results: Folder of the results.
    """
    found = {}
    for name, seed in rows:
        folder = pathlib.Path(runs) / preset / name / f"seed_{seed}"
        done = {
            "train": folder / training.TRAINED,
            "evaluate": pathlib.Path(results) / f"{name}-seed{seed}.json",
        }
        lines = [
            command(package, step, (name, seed), preset, data, folder, results)
            for step in STEPS
            if step in steps and not done[step].exists()
        ]
        if lines:
            found[folder.with_suffix(".log")] = " && ".join(lines)
    return found


def run(left, jobs, only_list):
    """Runs what is left, or prints it.

    Args:
        left: Function without arguments that returns what `todo` does; asked
            again when all is done, as what was found may ask for more.
        jobs: Commands at a time.
        only_list: Whether to print the commands, and run nothing.
    """
    done = set()
    while True:
        lines = left()
        if only_list:
            print("\n".join(lines.values()))
            return
        if not lines.keys() - done:
            return
        done |= lines.keys()
        commands.run_all(lines, jobs)


def main(package, rows, flags):
    """Runs or lists a study, as the flags of `define_flags` say.

    Args:
        package: Of the study.
        rows: Function without arguments that returns the rows of `todo`.
        flags: The values of the flags.
    """
    preset = flags.preset
    results = flags.results or f"{flags.runs}/{preset}/results"

    def left():
        places = flags.data, flags.runs, results
        return todo(package, rows(), flags.step, preset, *places)

    run(left, flags.jobs, flags.list)


def define_flags(flags, presets, runs):
    """Defines the flags of a study's module `sweep`.

    Args:
        flags: `absl.flags`.
        presets: Names of the presets, the default first.
        runs: Default folder of the runs.
    """
    flags.DEFINE_multi_enum("step", list(STEPS), STEPS, "What to do.")
    flags.DEFINE_string("preset", presets[0], ", ".join(presets))
    flags.DEFINE_string("data", None, "Path of the images.")
    flags.DEFINE_string("runs", runs, "Folder of the runs.")
    flags.DEFINE_string(
        "results", None, "Folder of results. By default RUNS/PRESET/results."
    )
    flags.DEFINE_integer("jobs", 1, "Models at a time.", lower_bound=1)
    flags.DEFINE_bool("list", False, "Print the commands, run nothing.")
