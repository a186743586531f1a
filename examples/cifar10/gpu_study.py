"""CEB with plain and with adversarial training on one GPU, in 25 minutes.

    KERAS_BACKEND=jax python -m examples.cifar10.gpu_study --minutes=25 \
        --data=cifar10.npz --workdir=runs/gpu

Trains PreActResNet-18 (BatchNorm) and a Wide ResNet 16-4 (no normalization)
on CIFAR-10 with cross-entropy, CEB and the consistent classifier, each plain
and with `FastTraining` at 8/255, and measures accuracy, PGD-20 and AutoAttack.

The study times a training step first, and chooses the epochs so that the
core models fit into `--minutes`; the remaining time is used for the others.
Finished models are kept. If `--call_minutes` end earlier, the next call with
the same arguments resumes. `--workers` processes share the GPU, so that one
computes while another compiles. There is one file per model in
`workdir/results`; `python -m results.record cifar10_gpu --study=runs/gpu`
records them. If the source is a copy without its history, set
`KERAS_CEB_COMMIT` to its commit.
"""

import dataclasses
import os
import pathlib
import subprocess
import sys
import time

# Before JAX starts: several processes share the memory.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

import jax
import keras
from absl import app
from absl import flags

from examples.cifar10.gpu import batches as batches_lib
from examples.cifar10.gpu import costs as costs_lib
from examples.cifar10.gpu import measure
from examples.cifar10.gpu import settings as settings_lib
from examples.cifar10.gpu import train
from examples.cifar10.gpu.clock import Clock
from examples.common import evaluator
from examples.common import provenance
from examples.common import workdir

FLAGS = flags.FLAGS
flags.DEFINE_float("minutes", 25.0, "For the study.", lower_bound=0.0)
flags.DEFINE_float("call_minutes", None, "For this call; default: no limit.")
flags.DEFINE_string("data", None, "CIFAR-10, an .npz file.", required=True)
flags.DEFINE_string("workdir", None, "Folder of the study.", required=True)
flags.DEFINE_string("preset", "full", ", ".join(settings_lib.PRESETS))
flags.DEFINE_integer("workers", 1, "Processes that share the GPU.", 1)
flags.DEFINE_string("policy", None, "Dtype policy, in place of the preset's.")
flags.DEFINE_bool("plan_only", False, "Time the steps, and train nothing.")
# Given by the first process to the others.
flags.DEFINE_float("call_start", None, "When the call began.")


class Study:
    """The folder of a study, what it is about, and how far it is."""

    def __init__(self):
        self.settings = settings_lib.preset(FLAGS.preset)
        if FLAGS.policy is not None:
            self.settings = dataclasses.replace(
                self.settings, policy=FLAGS.policy
            )
        folder = pathlib.Path(FLAGS.workdir)
        self.folder = workdir.claim(folder, dataclasses.asdict(self.settings))
        self.clock = Clock(
            self.folder, FLAGS.minutes, FLAGS.call_minutes, FLAGS.call_start
        )
        self.costs = costs_lib.Costs(self.folder)
        self.train_set, (images, labels) = batches_lib.load(FLAGS.data)
        self.test_set = images.astype("float32") / 255, labels
        self.image_shape = images.shape[1:]

    def batches(self, seed):
        return batches_lib.Batches(
            *self.train_set, self.settings.batch_size, seed
        )

    def plan(self):
        """Times what decides how long all takes, and chooses the epochs."""
        file = self.folder / "plan.json"
        if not file.exists():
            self._time_steps()
            costs = self.costs.all()
            steps = len(self.train_set[0]) // self.settings.batch_size
            epochs = costs_lib.longest(
                self.settings,
                costs,
                steps,
                len(self.test_set[1]),
                self.clock.left(),
            )
            workdir.write(file, {"epochs": epochs, "seconds": costs})
        found = workdir.read(file)
        print(f"{found['epochs']} epochs; {found['seconds']}", flush=True)
        return found["epochs"]

    def _time_steps(self):
        settings = self.settings
        batches = self.batches(0)
        # The epochs of a program are a number in it: a likely one.
        epochs = settings.epochs[len(settings.epochs) // 2]
        rows = {row.kind: row for row in settings.core}
        for kind, row in rows.items():
            seconds = train.time_step(
                dataclasses.replace(row, head="baseline"),
                settings,
                self.image_shape,
                batches,
                epochs,
            )
            self.costs.add(
                **{f"compile {kind}": seconds[0], f"step {kind}": seconds[1]}
            )
            self.clock.tick()
        for network in {row.network for row in rows.values()}:
            seconds = measure.time_gradient(
                network, settings, self.image_shape, self.test_set
            )
            self.costs.add(
                **{
                    # AutoAttack has about five times the programs of PGD.
                    f"compile attack {network}": 5 * seconds[0],
                    f"gradient {network}": seconds[1],
                }
            )
            self.clock.tick()

    def work(self, epochs):
        """Does the models that nobody does yet, as long as there is time."""
        core = list(self.settings.core)
        if FLAGS.call_start is not None:
            # Where the first process is not, so that none compiles the same.
            core.sort(key=lambda row: row.network, reverse=True)
        for row in (*core, *self.settings.more):
            if self.clock.left_to_call() <= 0:
                return
            result = self.folder / "results" / f"{row.name}.json"
            if result.exists() or not self._fits(row, epochs):
                continue
            folder = self.folder / "models" / row.name
            folder.mkdir(parents=True, exist_ok=True)
            try:
                held = workdir.lock(folder)
            except ValueError:
                continue  # Another process is at it.
            done = result.exists() or self._do(row, epochs, folder, result)
            del held
            if not done:
                return  # The time of this call is up.

    def _fits(self, row, epochs):
        """Whether a model that was not begun can still be finished."""
        history = self.folder / "models" / row.name / "history.json"
        if history.exists():
            return True
        steps = len(self.train_set[0]) // self.settings.batch_size
        seconds = costs_lib.predicted(
            row,
            self.settings,
            self.costs.all(),
            epochs,
            steps,
            len(self.test_set[1]),
        )
        # The others slow it down as it does them.
        return seconds * FLAGS.workers <= self.clock.left()

    def _do(self, row, epochs, folder, result):
        """Trains and measures a model; whether it was finished."""
        start = time.time()
        batches = self.batches(row.seed)
        model = train.build(
            row, self.settings, self.image_shape, epochs * len(batches)
        )
        done, history = train.train(
            model, batches, self.settings, epochs, folder, self.clock
        )
        if done < epochs:
            print(f"{row.name}: {done} of {epochs} epochs", flush=True)
            return False
        target = measure.evaluator(row.network, self.settings, self.image_shape)
        evaluator.transfer(model, target)
        measured = self._measure(row, target, folder)
        if measured is None:
            return False
        workdir.write(
            result,
            {
                **dataclasses.asdict(row),
                "preset": FLAGS.preset,
                "settings": _shared(self.settings),
                "epochs": epochs,
                "workers": FLAGS.workers,
                "parameters": model.count_params(),
                "history": history,
                "measures": measured,
                **_provenance(),
            },
        )
        self.clock.tick()
        clean = measured["clean"]["accuracy"]
        last = list(measured)[-1]
        print(
            f"{row.name}: clean {clean:.4f}, {last} "
            f"{measured[last]['accuracy']:.4f}, {time.time() - start:.0f} s",
            flush=True,
        )
        return True

    def _measure(self, row, model, folder):
        """All measures of a row, or `None` where the time did not suffice."""
        file = folder / "measures.json"
        done = workdir.read(file)["measures"] if file.exists() else {}
        for name, (kind, eps) in measure.measures(row, self.settings).items():
            if name in done:
                continue
            costs = self.costs.all()
            seconds = costs.get(f"{name} {row.kind}", 0.0)
            if self.clock.left_to_call() < seconds:
                return None
            done[name] = measure.measure(
                kind, eps, model, self.test_set, self.settings
            )
            self.costs.add(**{f"{name} {row.kind}": done[name]["seconds"]})
            workdir.write(file, {"measures": done})
            self.clock.tick()
        attacks = [v["seconds"] for k, v in done.items() if "auto" in k]
        self.costs.add(**{f"autoattack {row.kind}": sum(attacks)})
        return done


def _shared(settings):
    """The settings without the list of models."""
    found = dataclasses.asdict(settings)
    for name in ("core", "more"):
        found.pop(name)
    return found


def _provenance():
    found = provenance.run("training", 0, packages=("jaxlib",))
    for name in ("step", "seconds", "seeds"):
        found.pop(name)
    words = found["command"].split()
    own = ("--call_start", "--plan_only")
    found["command"] = " ".join(w for w in words if not w.startswith(own))
    return found


def _start_others(clock):
    """Processes that do the same, each beginning where it finds work."""
    command = [sys.executable, "-m", "examples.cifar10.gpu_study"]
    command += [*sys.argv[1:], f"--call_start={clock.start}"]
    return [subprocess.Popen(command) for _ in range(FLAGS.workers - 1)]


def main(_):
    if keras.config.backend() != "jax":
        raise app.UsageError("The study runs on JAX: set KERAS_BACKEND=jax.")
    study = Study()
    # What a process or an earlier call compiled, the next one reads.
    cache = str(study.folder.absolute() / "compiled")
    jax.config.update("jax_compilation_cache_dir", cache)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 1.0)
    epochs = study.plan()
    if FLAGS.plan_only:
        return
    others = []
    if FLAGS.call_start is None:
        others = _start_others(study.clock)
    study.work(epochs)
    failed = [other.wait() for other in others]
    study.clock.tick()
    done = len(list((study.folder / "results").glob("*.json")))
    if FLAGS.call_start is None:
        print(f"{done} models are done.", flush=True)
    if any(failed):
        sys.exit("A process failed.")


if __name__ == "__main__":
    app.run(main)
