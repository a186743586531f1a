"""What is measured of a trained model of a study, and how it is kept."""

import dataclasses
import functools
import pathlib
import time

import keras
import numpy as np

from examples.common import calibration
from examples.common import evaluator
from examples.common import ood
from examples.common import paired
from examples.common import provenance
from examples.common import results
from examples.common import training
from examples.common import workdir
from keras_ceb.robustness import Classifier
from keras_ceb.robustness import audit
from keras_ceb.robustness import robust_accuracy
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import AutoAttack
from keras_ceb.robustness.corruptions import evaluate_corruptions


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """How much is measured: the part of a preset that training ignores.

    Attributes:
        images: How many of the test set are attacked and corrupted; clean
            images and those of another kind are all measured.
        batch_size: Images at a time.
        linf: Radii of PGD-20, L-infinity.
        autoattack: Radii of AutoAttack, L-infinity: where plain models still
            stand first.
        version: Of AutoAttack.
        l2: Radius of both in L2, which the main rows alone are measured at;
            `None` for none.
        corruptions: See `evaluate_corruptions`; `None` for none.
        audit: Whether to look for masked gradients.
        stand_in: Whether a short PGD takes the place of each attack: in a
            test.
    """

    images: int
    batch_size: int
    linf: tuple[float, ...]
    autoattack: tuple[float, ...]
    version: str = "standard"
    l2: float | None = None
    corruptions: str | tuple[str, ...] | None = "cifar10-c"
    audit: bool = True
    stand_in: bool = False

    def radii(self, main):
        """The radii of every attack, by norm or attack."""
        found = {"linf": list(self.linf), "autoattack": list(self.autoattack)}
        if main and self.l2 is not None:
            found["l2"] = found["autoattack_l2"] = [self.l2]
        return found


class Measured:
    """A trained model, the images to measure it on, and the measures.

    Attacks run on one model per process that takes the weights of each.

    Args:
        model: The trained model.
        target: The model that takes its weights; see `evaluator.transfer`.
        test: Images, 0 to 1, and integer labels.
        evaluation: An `Evaluation`.
        radius: In question, of the audit.
        outside: {name: images of another kind}.
    """

    def __init__(self, model, target, test, evaluation, radius, outside):
        self.model = model
        self.images, self.labels = test
        self.evaluation = evaluation
        self.radius = radius
        self.outside = outside
        evaluator.transfer(model, target)
        self.classifier = Classifier(
            target, batch_size=evaluation.batch_size, allow_chance=True
        )

    @property
    def first(self):
        """The images that are attacked and corrupted, with labels."""
        count = self.evaluation.images
        return self.images[:count], self.labels[:count]

    def plan(self, main):
        """The measures by name, each a function without arguments.

        Args:
            main: Whether it is a model of the main rows.
        """
        found = {"clean": self.clean}
        for eps in self.evaluation.linf:
            found[f"pgd linf {eps:g}"] = functools.partial(
                self.attacked, PGD, "linf", eps
            )
        for eps in sorted(self.evaluation.autoattack, reverse=True):
            found[f"autoattack linf {eps:g}"] = functools.partial(
                self.attacked, AutoAttack, "linf", eps
            )
        if main and self.evaluation.l2 is not None:
            eps = self.evaluation.l2
            for name, attack in (("pgd", PGD), ("autoattack", AutoAttack)):
                found[f"{name} l2 {eps:g}"] = functools.partial(
                    self.attacked, attack, "l2", eps
                )
        if self.outside:
            found["ood"] = self.out_of_distribution
        if self.evaluation.corruptions:
            found["corruptions"] = self.corrupted
        if self.evaluation.audit:
            found["audit"] = self.audited
        return found

    def logits(self, images):
        """The logits of images, in float32."""
        return self.classifier.model.predict(
            images, batch_size=self.evaluation.batch_size, verbose=0
        )

    def clean(self):
        """Accuracy, calibration and residual information on all images."""
        logits = self.logits(self.images)
        right = logits.argmax(axis=1) == self.labels
        scaled, temperatures = calibration.cross_fitted(logits, self.labels)
        figures = {
            "accuracy": float(right.mean()),
            "right": paired.text_of(right),
            "nll": calibration.nll(logits, self.labels),
            "ece": calibration.ece(logits, self.labels),
            "temperatures": temperatures,
            "scaled_nll": calibration.nll(scaled, self.labels),
            "scaled_ece": calibration.ece(scaled, self.labels),
            "reliability": calibration.reliability(logits, self.labels),
            "images": len(right),
        }
        if self.model.has_bottleneck:
            figures["rex"] = self._residual_information()
        return figures

    def _residual_information(self):
        """Its mean on all images, nats."""
        size = self.evaluation.batch_size
        nats = [
            keras.ops.convert_to_numpy(
                self.model.residual_information(
                    self.images[start : start + size],
                    self.labels[start : start + size],
                )
            )
            for start in range(0, len(self.images), size)
        ]
        return float(np.concatenate(nats).mean())

    def attacked(self, attack, norm, eps):
        """Accuracy under an attack, and which images withstand it."""
        if self.evaluation.stand_in:
            attack = PGD(norm, eps, steps=2)
        elif attack is PGD:
            attack = PGD(norm, eps, steps=20)
        else:
            attack = AutoAttack(norm, eps, self.evaluation.version)
        result = robust_accuracy(self.classifier, self.first, attack, verbose=0)
        return {
            "attack": result.attack["name"],
            "norm": norm,
            "eps": eps,
            "accuracy": result.accuracy,
            "clean": result.clean_accuracy,
            "interval": list(result.interval),
            "after": result.after,
            "stands": paired.text_of(result.robust),
            "images": len(result.robust),
        }

    def out_of_distribution(self):
        """How well scores tell the test set from other images, all of it."""
        size = self.evaluation.batch_size
        inside = ood.scores(self.model, self.images, size)
        return {
            "sets": {
                name: ood.separations(
                    inside, ood.scores(self.model, images, size)
                )
                for name, images in self.outside.items()
            }
        }

    def corrupted(self):
        """Errors on images with common corruptions."""
        report = evaluate_corruptions(
            self.classifier, self.first, self.evaluation.corruptions, verbose=0
        )
        return report.to_dict()

    def audited(self):
        """Signs of masked gradients."""
        report = audit(
            self.classifier,
            self.first,
            norm="linf",
            eps=self.radius,
            num_images=min(128, self.evaluation.images),
        )
        return report.to_dict()


def evaluate_run(folder, target, test, evaluation, radius, outside, main):
    """Measures the model of a run, as far as that is not done.

    Args:
        folder: Path of the run.
        target: See `Measured`, as for all arguments up to `outside`.
        test: Images and labels.
        evaluation: An `Evaluation`.
        radius: Of the audit.
        outside: Images of another kind.
        main: Whether it is a model of the main rows.

    Returns:
        The result.

    Raises:
        ValueError: If no trained model is there.
    """
    trained = training.trained(folder)
    held = workdir.lock(folder)
    file = folder / "result.json"
    if not file.exists():
        measured = Measured(
            training.load(folder), target, test, evaluation, radius, outside
        )
        plan = measured.plan(main)
        done, runs = _measure(plan, folder / "measures.json")
        results.write(
            file,
            {
                **trained["settings"],
                "radii": evaluation.radii(main),
                "audit_eps": radius,
            },
            [*trained["provenance"], *runs],
            {**trained["figures"], "measures": done},
        )
    del held
    return results.read(file)


def _measure(plan, file):
    """Does what is not done yet; each measure is kept as soon as it is.

    Returns:
        The measures of the plan, and the runs that made them.
    """
    kept = {"measures": {}, "runs": []}
    if file.exists():
        kept = workdir.read(file)
        kept.pop("format")
    begin = time.time()
    earlier = list(kept["runs"])
    for name, function in plan.items():
        if name in kept["measures"]:
            continue
        start, cpu_start = time.time(), time.process_time()
        figures = function()
        figures["seconds"] = round(time.time() - start, 1)
        figures["cpu_seconds"] = round(time.process_time() - cpu_start, 1)
        kept["measures"][name] = figures
        # The default seed of the attacks and the corruptions.
        run = provenance.run("measurement", time.time() - begin, [0])
        kept["runs"] = [*earlier, run]
        workdir.write(file, kept)
        print(
            f"{file.parent}: {name} {figures.get('accuracy', '')} "
            f"{figures['cpu_seconds']} s",
            flush=True,
        )
    return {name: kept["measures"][name] for name in plan}, kept["runs"]


def evaluate_runs(folders, load, evaluate, results_folder=None):
    """Measures the models of several runs of one preset.

    Args:
        folders: Paths of the runs.
        load: Function from the settings of the first run to the arguments of
            `evaluate` behind the folder, the same for all runs.
        evaluate: Function that measures the model of a run, and returns the
            result.
        results_folder: For a copy of each result, or `None`.

    Raises:
        ValueError: If a run is not trained.
    """
    arguments = None
    for folder in map(pathlib.Path, folders):
        if arguments is None:
            arguments = load(training.trained(folder)["settings"])
        result = evaluate(folder, *arguments)
        if results_folder:
            copy(result, results_folder)


def arrays(dataset):
    """Images, 0 to 1, and integer labels of an `ArrayDataset` of pixels."""
    images = dataset.images.astype("float32") / 255
    return images, np.asarray(dataset.labels, "int32")


def copy(result, folder):
    """Writes a result into the folder of a study, beside those of others."""
    name = f"{result['settings']['experiment']}-seed{results.seed_of(result)}"
    workdir.write(pathlib.Path(folder) / f"{name}.json", result)
