"""What is measured of a trained model of the Fashion-MNIST study."""

import functools

import keras
import numpy as np

import keras_ceb
from examples.common import calibration
from examples.common import evaluator
from examples.common import ood
from examples.common import paired
from examples.fashion_mnist import data
from examples.fashion_mnist import outside
from examples.fashion_mnist import train
from keras_ceb.robustness import Classifier
from keras_ceb.robustness import audit
from keras_ceb.robustness import robust_accuracy
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import AutoAttack
from keras_ceb.robustness.corruptions import evaluate_corruptions


@functools.cache
def _target(preset, image_shape):
    backbone = train.build_backbone(preset, 0.0, image_shape, 0)
    return keras_ceb.wrap(backbone, data.CLASSES, objective="xent")


class Measured:
    """A trained model, the images to measure it on, and the measures.

    Attacks run on one model per process that takes the weights of each.

    Args:
        model: The trained model.
        images: Of the test set, 0 to 1.
        labels: Integers.
        preset: A `Preset`.
        radius: In question, of the audit: that of the adversarial training,
            or where plain models still stand.
    """

    def __init__(self, model, images, labels, preset, radius):
        self.model = model
        self.images, self.labels = images, labels
        self.preset = preset
        self.radius = radius
        target = _target(preset, images.shape[1:])
        evaluator.transfer(model, target)
        self.classifier = Classifier(
            target, batch_size=preset.attack_batch, allow_chance=True
        )

    @property
    def first(self):
        """The images that are attacked and corrupted, with labels."""
        count = self.preset.images
        return self.images[:count], self.labels[:count]

    def plan(self, main):
        """The measures by name, each a function without arguments.

        Args:
            main: Whether it is a model of the main rows.
        """
        found = {"clean": self.clean}
        for eps in self.preset.linf:
            found[f"pgd linf {eps:g}"] = functools.partial(
                self.attacked, PGD, "linf", eps
            )
        for eps in sorted(self.preset.autoattack, reverse=True):
            found[f"autoattack linf {eps:g}"] = functools.partial(
                self.attacked, AutoAttack, "linf", eps
            )
        if main:
            eps = self.preset.l2
            for name, attack in (("pgd", PGD), ("autoattack", AutoAttack)):
                found[f"{name} l2 {eps:g}"] = functools.partial(
                    self.attacked, attack, "l2", eps
                )
        found["ood"] = self.out_of_distribution
        if self.preset.corruptions:
            found["corruptions"] = self.corrupted
        if self.preset.audit:
            found["audit"] = self.audited
        return found

    def logits(self, images):
        """The logits of images, in float32."""
        return self.classifier.model.predict(
            images, batch_size=self.preset.attack_batch, verbose=0
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
        size = self.preset.attack_batch
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
        if self.preset.stand_in:
            attack = PGD(norm, eps, steps=2)
        elif attack is PGD:
            attack = PGD(norm, eps, steps=20)
        else:
            attack = AutoAttack(norm, eps)
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
        size = self.preset.attack_batch
        inside = ood.scores(self.model, self.images, size)
        return {
            "sets": {
                name: ood.separations(
                    inside, ood.scores(self.model, images, size)
                )
                for name, images in outside.sets(self.images).items()
            }
        }

    def corrupted(self):
        """Errors on images with common corruptions."""
        report = evaluate_corruptions(
            self.classifier, self.first, self.preset.corruptions, verbose=0
        )
        return report.to_dict()

    def audited(self):
        """Signs of masked gradients."""
        report = audit(
            self.classifier,
            self.first,
            norm="linf",
            eps=self.radius,
            num_images=min(128, self.preset.images),
        )
        return report.to_dict()
