"""What an evaluation of the robustness of a model runs."""

import dataclasses
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from typing import TYPE_CHECKING
from typing import Any

from keras_ceb._src.robustness import arguments
from keras_ceb._src.robustness.attacks.arguments import check_attacks
from keras_ceb._src.robustness.attacks.attack import Attack
from keras_ceb._src.robustness.attacks.autoattack import AutoAttack
from keras_ceb._src.robustness.attacks.ball import NORMS
from keras_ceb._src.robustness.attacks.curve import Curve
from keras_ceb._src.robustness.attacks.pgd import PGD
from keras_ceb._src.robustness.certify.arguments import check_certificates
from keras_ceb._src.robustness.certify.certificate import Certificate
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.ood.evaluate import check_ood
from keras_ceb._src.robustness.ood.evaluate import check_shapes
from keras_ceb._src.robustness.robust_accuracy import check_before_reading
from keras_ceb._src.validation import boolean

if TYPE_CHECKING:
    from keras_ceb._src.robustness.corruptions.benchmark.suite import (
        CorruptionSuite,
    )


@dataclasses.dataclass
class Plan:
    """What an evaluation runs.

    Attributes:
        attacks: The attacks of the tables.
        curves: By norm, the attacks with increasing radii.
        suite: `CorruptionSuite`, or `None`.
        audited: An attack in the ball of the audit, or `None` for no audit.
        ood: Out-of-distribution data sets by name.
        certificates: The certificates to compute.
    """

    attacks: list[Attack]
    curves: dict[str, list[Attack]]
    suite: "CorruptionSuite | None"
    audited: Attack | None
    ood: dict[str, Any]
    certificates: list[Certificate]

    @property
    def all_attacks(self) -> list[Attack]:
        return [*self.attacks, *sum(self.curves.values(), [])]

    def check_before_reading(self, classifier: Classifier, data: Any) -> None:
        """Raises an error if a part does not fit, as far as is known."""
        shape = arguments.known_shape(classifier.model, data)
        if self.suite is not None and shape is not None:
            self.suite.check_fits(shape)
        check_shapes(self.ood, shape)
        for certificate in self.certificates:
            certificate.check_fits(classifier)
        check_before_reading(classifier, data, self.all_attacks)

    def check_fits(
        self, classifier: Classifier
    ) -> Callable[[int, tuple[int, ...]], None]:
        """A check of the parts by the number of classes and the shape."""

        def check(num_classes: int, shape: tuple[int, ...]) -> None:
            for attack in self.all_attacks:
                attack.check_fits(classifier.bounds, num_classes, shape)
            if self.suite is not None:
                self.suite.check_fits(shape)
            check_shapes(self.ood, shape)

        return check


def make_plan(
    classifier: Classifier,
    attacks: Any,
    corruptions: Any,
    ood: Any,
    audit: Any,
    certificates: Any = None,
) -> Plan:
    """The arguments of `evaluate_robustness`, checked."""
    bounds = classifier.bounds
    attacks, curves = _split(attacks, bounds)
    audited = None
    if boolean(audit, "audit"):
        audited = (attacks or default_attacks(bounds))[0]
        if audited.eps == 0:
            raise ValueError(
                "`audit` must be False if the `eps` of the first attack, whose "
                "ball is audited, is not larger than 0. Received: audit=True, "
                f"attacks[0].eps={audited.eps}"
            )
        if audited.norm not in NORMS:
            raise ValueError(
                "`audit` must be False unless the `norm` of the first attack, "
                f"whose ball is audited, is one of {', '.join(NORMS)}. "
                f"Received: audit=True, attacks[0].norm={audited.norm!r}"
            )
    suite = _check_corruptions(corruptions)
    return Plan(
        attacks,
        curves,
        suite,
        audited,
        check_ood(ood),
        check_certificates(certificates),
    )


def _split(
    attacks: Any, bounds: tuple[float, float]
) -> tuple[list[Attack], dict[str, list[Attack]]]:
    """The attacks, and those of the curves by norm."""
    if attacks is None:
        attacks = [*default_attacks(bounds), Curve("linf"), Curve("l2")]
    elif isinstance(attacks, Curve):
        attacks = [attacks]
    curves: dict[str, list[Attack]] = {}
    if isinstance(attacks, Iterable) and not isinstance(attacks, str | Mapping):
        given = list(attacks)
        attacks = [a for a in given if not isinstance(a, Curve)]
        for curve in (a for a in given if isinstance(a, Curve)):
            if curve.norm in curves:
                raise ValueError(
                    "`attacks` must hold at most one `Curve` per norm, with "
                    f"all its radii. Received: twice norm={curve.norm!r}"
                )
            curves[curve.norm] = [*curve.attacks(bounds)]
    return check_attacks(attacks), curves


def _check_corruptions(corruptions: Any) -> "CorruptionSuite | None":
    """A `CorruptionSuite` whose files have been checked, or `None`."""
    if corruptions is None or corruptions is False:
        return None
    # Imported only if needed: no attack needs it.
    from keras_ceb._src.robustness.corruptions.benchmark.suite import make_suite

    suite = make_suite(corruptions)
    suite.check()
    return suite


def default_attacks(bounds: tuple[float, float]) -> list[Attack]:
    """AutoAttack and PGD in the balls by which CIFAR-10 models are compared."""
    width = bounds[1] - bounds[0]
    attacks: list[Attack] = []
    for norm, radius in (("linf", 8 / 255), ("l2", 0.5)):
        ball = norm, radius * width
        attacks += [AutoAttack(*ball, version="fast"), PGD(*ball)]
    return attacks
