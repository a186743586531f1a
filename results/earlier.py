"""Figures of the models that trained with the fault of the class means.

    python results/earlier.py ccc3c81

Until that commit, class means took steps that were too large: on TensorFlow,
with integer labels, the linear classifier and an optimizer that is not linear
in the gradient. Takes the figures of these models out of the result files of a
commit, and writes `results/class_means.json`.
"""

import json
import pathlib
import subprocess
import sys

from absl import app

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from examples.cifar10 import experiments  # noqa: E402
from examples.cifar10 import tables  # noqa: E402

FOLDERS = ("cifar10", "cifar10_few")


def git(*arguments):
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, check=True, capture_output=True
    ).stdout.decode()


def main(arguments):
    if len(arguments) != 2:
        raise app.UsageError("Give a commit.")
    commit = git("rev-parse", arguments[1]).strip()
    found = {folder: {} for folder in FOLDERS}
    for folder in FOLDERS:
        names = git("ls-tree", "--name-only", commit, f"results/{folder}/")
        results = [
            json.loads(git("show", f"{commit}:{name}"))
            for name in names.split()
            if name.endswith(".json")
        ]
        for name in (*experiments.EXPERIMENTS, *experiments.VARIANTS):
            for result in results:
                settings = result["settings"]
                if result["experiment"] == name and (
                    settings["objective"] == "ceb"
                    and settings["classifier"] == "linear"
                ):
                    found[folder].setdefault(name, {})[str(result["seed"])] = {
                        title: figure(result)
                        for title, figure in tables.COMPARED.items()
                    }
    target = ROOT / "results" / "class_means.json"
    command = f"python results/earlier.py {arguments[1]}"
    record = {"command": command, "commit": commit, "cifar10": found}
    target.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    app.run(main)
